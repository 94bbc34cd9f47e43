"""Salesforce: what is asked of it, how its answers are read into our words, and how effects are written to it."""
