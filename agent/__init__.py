"""Nextplay's own part: the deciding. Read `agent/graph/build.py` first."""

import os

# Checkpoints must not be able to name classes to import. LangGraph reads this when it is first imported, and its own default is still off.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
