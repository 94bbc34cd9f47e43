"""Slack: cards that ask, clicks that answer, and commands for support agents. The door's parts parse, call the service once, and render."""
