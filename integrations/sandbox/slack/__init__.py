"""A Slack workspace of one's own: a real HTTP server that stands where Slack stands, for the demo, tests and evaluations.

It knows Slack and nothing else. Apps reach it with Slack's own libraries by their base URL, over HTTP or Socket Mode.
"""
