"""How the reviewers of the month answer what they are asked: each kind of play has its share of friends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.sandbox.month.dice import Dice

LIKING = {
    "follow_up": 0.74, "objection": 0.80, "multi_thread": 0.50, "executive": 0.42, "offer": 0.66, "renewal_play": 0.88, "expansion": 0.46,
    "adoption": 0.72, "onboarding": 0.85, "article_reply": 0.78, "refund": 0.90, "replacement": 0.55, "escalation": 0.92,
}  # fmt: skip
"""Chance that a reviewer endorses a proposal of this kind: the truth that confidence is to find."""

USUAL = 0.7
SILENT = 0.10
_LABELS = {
    "irrelevant": 4.0,
    "poorly_timed": 4.0,
    "repetitive": 2.0,
    "handled_already": 3.0,
    "low_margin": 1.0,
    "insensitive": 0.5,
    "impossible": 0.5,
}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and when it is given."""

    kind: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reviewers:
    """All reviewers."""

    dice: Dice

    def answer(self, ask: str, kind: str, asked_at: datetime) -> Said | None:
        """What is said to an ask of a kind of play; None when nobody says anything."""
        if self.dice.happens(SILENT, "silent", ask):
            return None
        at = asked_at + self.dice.hours(0.1, 12, "when", ask) + timedelta(minutes=1)
        if self.dice.happens(LIKING.get(kind, USUAL), "likes", ask):
            return Said("approve", at)
        return Said("reject", at, self.dice.weighted(_LABELS, "label", ask))
