"""Which colours states have: never alone, the word is always there."""

from integrations.reports import Tone

ROUTE_TONES: dict[str, Tone] = {
    "act": "good", "ask": "warn", "deferred": "c1", "none": "plain", "shadow": "plain", "holdout": "plain", "suppressed": "plain",
}  # fmt: skip
VERDICT_TONES: dict[str, Tone] = {"allow": "good", "ask": "warn", "defer": "c1", "forbid": "bad"}
STATE_TONES: dict[str, Tone] = {
    **dict.fromkeys(("approved", "edited", "done"), "good"), **dict.fromkeys(("open", "snoozed", "planned", "started"), "warn"),
    **dict.fromkeys(("rejected", "expired", "blocked", "failed", "unknown"), "bad"), **dict.fromkeys(("superseded", "void"), "plain"),
}  # fmt: skip
"""Of asks and of actions."""
