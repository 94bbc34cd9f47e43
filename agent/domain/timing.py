"""From when on the timed rules (deferrals, caps, cooldowns) allow one candidate."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.deferrals import Earliest, after_cooldown, recipient_hours, within_cap
from agent.domain.evidence import Evidence, OpenProposal, Past, Touch
from agent.domain.facts import FactView, moment_of
from agent.domain.playbook import Playbook, is_proactive
from agent.domain.rules import EffectKind, Rule
from agent.domain.spans import parse_span

TIMED = frozenset({EffectKind.DEFER, EffectKind.CAP, EffectKind.COOLDOWN})

DEPENDS_ON = ("play", "contact", "group")
"""What of a candidate its moments depend on, as roots of its facts."""


class Timing:
    """Finds moments for the candidates of one decision. They depend on a candidate's play, recipient and target alone."""

    def __init__(self, playbook: Playbook, evidence: Evidence, view: FactView) -> None:
        self._playbook = playbook
        self._evidence = evidence
        self._view = view

    def earliest(self, rule: Rule, candidate: Candidate) -> Earliest:
        """When the rule, if it holds, allows the candidate."""
        effect, now = rule.effect, self._evidence.at
        match effect.kind:
            case EffectKind.CAP:
                touches = (t for t in self._touches(candidate) if self._counts(rule, candidate, t.contact, t.account))
                return within_cap(touches, rule.span(), int(rule.setting(effect.limit)), now=now)
            case EffectKind.COOLDOWN:
                return after_cooldown(self._past(rule, candidate), rule.span())
            case _:
                return self._deferral(rule, candidate, effect.until or "")

    def _counts(self, rule: Rule, candidate: Candidate, contact: str, account: str) -> bool:
        """Whether something that happened to a contact or account is within the rule's scope."""
        if rule.scope == "contact":
            return contact == candidate.recipient
        return rule.scope == "family" or account == self._evidence.account

    def _touches(self, candidate: Candidate) -> Iterator[Touch]:
        """What anybody sent or will send, and what we have proposed to send besides this."""
        yield from self._evidence.touches
        for one in self._evidence.open_proposals:
            if self._starts_contact(one.play) and not self._replaces(candidate, one):
                yield Touch(
                    contact=one.recipient, account=one.account, at=self._evidence.at, channel="", purpose="",
                    sender="", status="pending", ours=True,
                )  # fmt: skip

    def _starts_contact(self, play: str) -> bool:
        known = self._playbook.plays.get(play)
        surfaces = self._playbook.surfaces.values()
        return known is not None and any(play in s.plays and is_proactive(s, known) for s in surfaces)

    def _replaces(self, candidate: Candidate, other: OpenProposal) -> bool:
        """A newer decision takes the place of an open proposal of its group, or of the same play on the same subject."""
        if other.account != self._evidence.account:
            return False
        if candidate.exclusive_group is not None:
            return other.exclusive_group == candidate.exclusive_group
        return (other.play, other.subject) == (candidate.play, self._evidence.event.subject_id)

    def _past(self, rule: Rule, candidate: Candidate) -> Iterator[Past]:
        wanted = rule.effect.of or ("rejected",)
        for one in self._evidence.past:
            if one.what in wanted and one.play == candidate.play:
                if self._counts(rule, candidate, one.recipient, one.account):
                    yield one

    def _deferral(self, rule: Rule, candidate: Candidate, until: str) -> Earliest:
        if until == "recipient_hours":
            return self._hours(rule, candidate.recipient)
        if until == "group_hours":
            return self._hours(rule, candidate.target)
        return _from(self._end(rule, until))

    def _end(self, rule: Rule, until: str) -> datetime | None:
        """The moment of a deferral that ends once: a span after the event, or a time fact."""
        if until.startswith("after:"):
            span = parse_span(rule.setting(until.removeprefix("after:")))
            return self._evidence.event.occurred_at + span
        root, _, field = until.partition(".")
        return moment_of(self._view.roots.get(root, {}).get(field))

    def _hours(self, rule: Rule, whose: str | None) -> Earliest:
        """Hours that nobody knows never come."""
        calendar = self._evidence.calendars.get(whose or "")
        if calendar is None:
            return _from(None)
        opens: Any = rule.params.get("open_hour", 0)
        closes: Any = rule.params.get("close_hour", 24)
        return recipient_hours(calendar, float(opens), float(closes))


def _from(moment: datetime | None) -> Earliest:
    """Allowed from a moment on; never when it is not known."""
    return lambda at: None if moment is None else max(at, moment)
