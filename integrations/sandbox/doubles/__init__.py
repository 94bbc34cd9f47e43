"""Vendors of our own: small servers that speak a vendor's wire protocol, keep what was done to them, and misbehave when told to.

They know nothing of our clients, so that both sides of the wire are written twice.
"""
