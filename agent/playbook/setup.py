"""Names that a rule case may use beside the facts, for what is no fact: earlier messages, and the time of day."""

SETUP_KEYS: dict[str, str] = {
    "touches.contact": "messages that the recipient got from us, by anybody, in the last day",
    "touches.account": "messages that other people of the account got from us, by anybody, in the last day",
    "clock.hour": "the local hour of the recipient and of the group, on a working day",
}
"""Setup name and meaning."""
