"""A mail server that takes letters and delivers none: they are in its log."""
