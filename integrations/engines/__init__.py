"""Engines decide who calls `drive`, and when. Losing a call only delays."""
