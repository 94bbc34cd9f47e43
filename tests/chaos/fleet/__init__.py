"""A whole deployment as processes, under traffic and under faults: what was acknowledged is neither lost nor done twice.

The helpdesk is a process of its own with a log of its own, senders behave as webhooks' senders do, people answer through the API, and a checker
that uses none of our code for it reads nothing but the database and those logs.
"""
