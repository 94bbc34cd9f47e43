"""What rules see of one candidate: its recipient, target, material, parameters and history, as CEL roots."""

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.deferrals import HOLDING
from agent.domain.evidence import Evidence, Past
from agent.domain.facts import FactView
from agent.domain.plays import Play

NEVER_DAYS = 9999.0
"""Stands for "it never happened" in `history.days_since_*`."""

_DAY = timedelta(days=1)


class CandidateFacts:
    """Gives the per-candidate roots of one decision. Roots with the same source are the same mapping."""

    def __init__(self, view: FactView, evidence: Evidence) -> None:
        self._view = view
        self._evidence = evidence
        self._materials = {m.id: m.kind for m in evidence.materials}
        self._amount = _concession_base(view, evidence.event.subject_kind)
        self._sent = _already_sent(evidence)
        self._days: dict[str, tuple[float, float]] = {}
        self._kept: dict[tuple[str, Hashable], Mapping[str, Any]] = {}

    def sources(self, candidate: Candidate) -> dict[str, Hashable]:
        """What the facts of each root hang on: candidates with the same source have the same facts there."""
        return {
            "contact": candidate.recipient,
            "group": candidate.target,
            "asset": candidate.material,
            "article": candidate.material,
            "play": candidate.play,
            "history": ((candidate.recipient, candidate.material) in self._sent, *self._days_since(candidate.play)),
            "candidate": (candidate.play, candidate.channel, candidate.requester, repr(candidate.params)),
        }

    def roots(self, play: Play, candidate: Candidate) -> Mapping[str, Mapping[str, Any]]:
        """`{root: {field: value}}` for contact, group, asset, article, candidate, play and history."""
        sources = self.sources(candidate)
        for root, source in sources.items():
            if (root, source) not in self._kept:
                self._kept[root, source] = self._values(root, play, candidate)
        return {root: self._kept[root, source] for root, source in sources.items()}

    def _values(self, root: str, play: Play, candidate: Candidate) -> Mapping[str, Any]:
        match root:
            case "contact":
                return self._view.entity(root, candidate.recipient)
            case "group":
                return self._group(candidate.target)
            case "asset" | "article":
                kind = self._materials.get(candidate.material or "")
                return self._view.entity(root, candidate.material) if kind == root else {}
            case "play":
                return {name: getattr(play, name) for name in ("id", "kind", "reach", "purpose", "risk")}
            case "history":
                rejected, overridden = self._days_since(play.id)
                sent = (candidate.recipient, candidate.material) in self._sent
                return {"sent_before": sent, "days_since_rejected": rejected, "days_since_override": overridden}
            case _:
                return self._own(play, candidate)

    def _group(self, group_id: str | None) -> Mapping[str, Any]:
        """A group's facts, and whether the module that the ticket is about, if that is known, is its business.

        Where the helpdesk does not say which, the one that was told from the ticket counts: it only ever chooses among groups.
        """
        known, ticket = self._view.entity("group", group_id), self._view.roots.get("ticket", {})
        told = self._view.roots.get("triage", {}).get("product")
        if group_id is None or ("product" not in ticket and not told):
            return known
        product = ticket.get("product") or told
        handles = any(group.id == group_id and product in group.products for group in self._evidence.groups)
        return {**known, "handles_product": handles}

    def _own(self, play: Play, candidate: Candidate) -> dict[str, Any]:
        own: dict[str, Any] = {
            "channel": candidate.channel,
            "proactive": candidate.proactive,
            "has_disclosure": play.disclosure,
            "requester": candidate.requester or "",
        }
        discount, refund = self._asked(play, candidate, "discount_pct"), self._asked(play, candidate, "refund")
        own |= {name: value for name, value in (("discount_pct", discount), ("refund_value", refund)) if value is not None}
        if discount == 0:
            own["discount_value"] = 0.0
        elif discount is not None and self._amount is not None:
            own["discount_value"] = round(discount / 100 * self._amount, 2)
        return own

    def _asked(self, play: Play, candidate: Candidate, name: str) -> float | None:
        """A concession that the candidate makes; None where nobody knows how much was asked for."""
        value = candidate.params.get(name, None if name in play.params else 0.0)
        return None if value is None else float(value)

    def _days_since(self, play: str) -> tuple[float, float]:
        """Days since the play was last rejected for the account, and since a person undid it on the subject."""
        if play not in self._days:
            at, subject = self._evidence.at, self._evidence.event.subject_id
            past = [p for p in self._evidence.past if (p.play, p.account) == (play, self._evidence.account)]
            rejected = [p for p in past if p.what == "rejected"]
            overridden = [p for p in past if p.what == "overridden" and p.subject == subject]
            self._days[play] = _days_since(rejected, at), _days_since(overridden, at)
        return self._days[play]


def _already_sent(evidence: Evidence) -> frozenset[tuple[str | None, str | None]]:
    """Who had which content: (recipient, material). What bounced was not had."""
    ours = {(p.recipient, p.material) for p in evidence.past if p.what == "delivered"}
    touches = [t for t in evidence.touches if t.direction == "out" and t.status in HOLDING]
    return frozenset(ours | {(t.contact, t.content) for t in touches})


def _concession_base(view: FactView, subject_kind: str) -> float | None:
    """What a discount is a share of, in the reporting currency: the deal's amount, or else the contract's value."""
    root, name = ("deal", "amount") if subject_kind == "deal" else ("contract", "value")
    value = view.roots.get(root, {}).get(name)
    return None if value is None else float(value)


def _days_since(past: list[Past], at: datetime) -> float:
    latest = max((p.at for p in past), default=None)
    return NEVER_DAYS if latest is None else (at - latest) / _DAY
