"""The LangGraph state machine. Read `build.py`: it is the product."""
