"""Nextplay's own part: the deciding. Read `agent/graph/build.py` first."""
