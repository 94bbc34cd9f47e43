"""Operator scenarios: each through the command line, on a small world of its own, with a twin in which one input differs and the result flips."""
