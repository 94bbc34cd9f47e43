"""What rules see of one candidate: its recipient, target, material, parameters and history, as CEL roots."""

from datetime import datetime, timedelta
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.evidence import Evidence, Past
from agent.domain.facts import FactView
from agent.domain.plays import Play

NEVER_DAYS = 9999.0
"""Stands for "it never happened" in `history.days_since_*`."""

_DAY = timedelta(days=1)


class CandidateFacts:
    """Gives the per-candidate roots of one decision. Keeps what several candidates share."""

    def __init__(self, view: FactView, evidence: Evidence) -> None:
        self._view = view
        self._evidence = evidence
        self._materials = {m.id: m.kind for m in evidence.materials}
        self._amount = self._concession_base(view, evidence.event.subject_kind)

    def roots(self, play: Play, candidate: Candidate) -> dict[str, dict[str, Any]]:
        """`{root: {field: value}}` for contact, group, asset, article, candidate, play and history."""
        kind = self._materials.get(candidate.material or "")
        entity = self._view.entity
        return {
            "contact": entity("contact", candidate.recipient),
            "group": entity("group", candidate.target),
            "asset": entity("asset", candidate.material) if kind == "asset" else {},
            "article": entity("article", candidate.material) if kind == "article" else {},
            "candidate": self._own(play, candidate),
            "play": {"id": play.id, "kind": play.kind, "reach": play.reach, "purpose": play.purpose, "risk": play.risk},
            "history": self._history(candidate),
        }

    def _own(self, play: Play, candidate: Candidate) -> dict[str, Any]:
        own: dict[str, Any] = {
            "channel": candidate.channel,
            "proactive": candidate.proactive,
            "has_disclosure": play.disclosure,
            "requester": candidate.requester or "",
            "discount_pct": float(candidate.params.get("discount_pct", 0.0)),
            "refund_value": float(candidate.params.get("refund", 0.0)),
        }
        if own["discount_pct"] == 0:
            own["discount_value"] = 0.0
        elif self._amount is not None:
            own["discount_value"] = round(own["discount_pct"] / 100 * self._amount, 2)
        return own

    def _history(self, candidate: Candidate) -> dict[str, Any]:
        past = self._evidence.past
        at = self._evidence.at
        same_play = [p for p in past if p.play == candidate.play and p.account == (self._evidence.account or "")]
        return {
            "sent_before": bool(candidate.material) and self._sent_before(candidate),
            "days_since_rejected": _days_since([p for p in same_play if p.what == "rejected"], at),
            "days_since_override": _days_since(
                [p for p in same_play if p.what == "overridden" and p.subject == self._evidence.event.subject_id], at
            ),
        }

    def _sent_before(self, candidate: Candidate) -> bool:
        ours = any(
            p.what == "delivered" and p.material == candidate.material and p.recipient == candidate.recipient
            for p in self._evidence.past
        )
        return ours or any(
            t.content == candidate.material and t.contact == candidate.recipient and t.direction == "out"
            for t in self._evidence.touches
        )

    @staticmethod
    def _concession_base(view: FactView, subject_kind: str) -> float | None:
        """What a discount is a share of, in the reporting currency: the deal's amount, or else the contract's value."""
        root, name = ("deal", "amount") if subject_kind == "deal" else ("contract", "value")
        value = view.roots.get(root, {}).get(name)
        return None if value is None else float(value)


def _days_since(past: list[Past], at: datetime) -> float:
    latest = max((p.at for p in past), default=None)
    return NEVER_DAYS if latest is None else (at - latest) / _DAY
