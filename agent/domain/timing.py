"""From when on the timed rules (deferrals, caps, cooldowns) allow one candidate."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from agent.domain.calendars import closed_days
from agent.domain.candidates import Candidate
from agent.domain.deferrals import Cap, Earliest, From, after_cooldown, recipient_hours, slots
from agent.domain.evidence import SINCE_CONTACT, Evidence, OpenProposal, Past, Touch
from agent.domain.facts import FactView, moment_of
from agent.domain.playbook import Playbook, is_proactive
from agent.domain.rules import ClauseResult, EffectKind, Rule
from agent.domain.spans import format_span

_HOURS_FACT = {"recipient_hours": "contact.timezone", "group_hours": "group.open_now"}
"""The fact that is missing where the hours of a recipient or a group are not known."""

TIMED = frozenset({EffectKind.DEFER, EffectKind.CAP, EffectKind.COOLDOWN})


def depends_on(rule: Rule) -> set[str]:
    """What of a candidate the moments of a timed rule depend on, as roots of its facts."""
    if rule.effect.kind is EffectKind.DEFER:
        return {"recipient_hours": {"contact"}, "group_hours": {"group"}}.get(rule.effect.until or "", set())
    return {"play", "contact"} if rule.scope == "contact" else {"play"}


def may_bite(rule: Rule, evidence: Evidence) -> bool:
    """Whether a timed rule may keep anything from any moment, as far as the past tells: where nothing has happened, caps and pauses do not bite."""
    if rule.effect.kind is EffectKind.COOLDOWN:
        per, begins = rule.span(rule.effect.per), _paused_by(rule)
        return any(one.what in begins and one.at + per > evidence.at for one in evidence.past)
    if rule.effect.kind is EffectKind.CAP:
        waiting = (_pending(one, evidence.at) for one in evidence.open_proposals)
        taken = tuple(slots([*evidence.touches, *waiting], evidence.at))
        return _cap(rule, taken).bites(evidence.at)
    return True


class Timing:
    """Finds moments for the candidates of one decision."""

    def __init__(self, playbook: Playbook, evidence: Evidence, view: FactView) -> None:
        self._playbook = playbook
        self._evidence = evidence
        self._view = view
        self._slots: dict[tuple[str, str, str | None], tuple[datetime, ...]] = {}

    def earliest(self, rule: Rule, candidate: Candidate) -> Earliest:
        """When the rule, if it holds, allows the candidate."""
        effect = rule.effect
        if effect.kind is EffectKind.CAP:
            return _cap(rule, self._taken(rule, candidate))
        if effect.kind is EffectKind.COOLDOWN:
            return after_cooldown(self._past(rule, candidate), rule.span(effect.per))
        return self._deferral(rule, candidate, effect.until or "")

    def lacking(self, rule: Rule, candidate: Candidate) -> str | None:
        """The fact without which nobody can say when the rule allows it; None when it is known, or nobody is to be reached."""
        if rule.effect.kind is EffectKind.CAP:
            enough = self.earliest(rule, candidate).bites(self._evidence.at)  # already of what is known
            return SINCE_CONTACT if self._evidence.history_unknown and not enough else None
        until = rule.effect.until or ""
        if rule.effect.kind is not EffectKind.DEFER or until.startswith("after:"):
            return None
        whose = {"recipient_hours": candidate.recipient, "group_hours": candidate.target}
        if until in whose:
            return _HOURS_FACT[until] if whose[until] is not None and whose[until] not in self._evidence.calendars else None
        return until if self._end(rule, until) is None else None

    def because(self, rule: Rule, candidate: Candidate, until: datetime) -> ClauseResult:
        """What moved the moment to `until`, for people to read."""
        match rule.effect.kind:
            case EffectKind.CAP:
                says = self._because_of_cap(rule, candidate)
            case EffectKind.COOLDOWN:
                latest = max(self._past(rule, candidate), key=lambda one: one.at, default=None)
                says = f"it was {latest.what} on {latest.at:%d %b}" if latest else "a pause is running"
            case _:
                says = self._because_of_hours(rule, candidate, until)
        return ClauseResult("moment", "true", says, {})

    def _because_of_cap(self, rule: Rule, candidate: Candidate) -> str:
        per, limit = rule.span(rule.effect.per), int(rule.setting(rule.effect.limit))
        near = [moment for moment in self._taken(rule, candidate) if moment > self._evidence.at - per]
        since = f" since {near[0]:%d %b}" if near else ""
        return f"{len(near)} contacts{since}, of at most {limit} in {format_span(per)}"

    def _because_of_hours(self, rule: Rule, candidate: Candidate, until: datetime) -> str:
        whose = {"recipient_hours": candidate.recipient, "group_hours": candidate.target}.get(rule.effect.until or "")
        calendar = self._evidence.calendars.get(whose or "")
        if calendar is None:
            return "its moment has not come"
        holidays, off = closed_days(calendar, self._evidence.at, until)
        opens = f"closed until {until.astimezone(ZoneInfo(calendar.timezone)):%a %d %b %H:%M}, {calendar.timezone}"
        days = ((holidays, "holiday"), (off, "day off"))
        return "; ".join([opens, *(f"{name}: {', '.join(f'{day:%a %d %b}' for day in found)}" for found, name in days if found)])

    # --- caps and cooldowns -------------------------------------------------------------------------------------------

    def _taken(self, rule: Rule, candidate: Candidate) -> tuple[datetime, ...]:
        key = (rule.scope, candidate.play, candidate.recipient if rule.scope == "contact" else None)
        if key not in self._slots:
            self._slots[key] = tuple(slots(self._touches(rule, candidate), self._evidence.at))
        return self._slots[key]

    def _touches(self, rule: Rule, candidate: Candidate) -> Iterator[Touch]:
        """What anybody sent or will send within the rule's scope, and what we have proposed to send besides this."""
        for touch in self._evidence.touches:
            if self._counts(rule, candidate, touch.contact, touch.account):
                yield touch
        for one in self._proposed:
            if self._counts(rule, candidate, one.recipient, one.account) and not self._replaces(candidate, one):
                yield _pending(one, self._evidence.at)

    def _past(self, rule: Rule, candidate: Candidate) -> Iterator[Past]:
        wanted = _paused_by(rule)
        for one in self._evidence.past:
            same = one.what in wanted and one.play == candidate.play
            if same and self._counts(rule, candidate, one.recipient, one.account):
                yield one

    def _counts(self, rule: Rule, candidate: Candidate, contact: str, account: str) -> bool:
        """Whether something that happened to a contact or account is within the rule's scope."""
        if rule.scope == "contact":
            return contact == candidate.recipient
        return rule.scope == "family" or account == self._evidence.account

    @cached_property
    def _proposed(self) -> list[OpenProposal]:
        """Our own open proposals that would start a contact."""
        plays, surfaces = self._playbook.plays, self._playbook.surfaces.values()
        starts = {p for s in surfaces for p in s.plays if p in plays and is_proactive(s, plays[p])}
        return [one for one in self._evidence.open_proposals if one.play in starts]

    def _replaces(self, candidate: Candidate, other: OpenProposal) -> bool:
        """A newer decision takes the place of an open proposal of its group, or of its play on the same subject."""
        if other.account != self._evidence.account:
            return False
        if candidate.exclusive_group is not None:
            return other.exclusive_group == candidate.exclusive_group
        return (other.play, other.subject) == (candidate.play, self._evidence.event.subject_id)

    # --- deferrals ----------------------------------------------------------------------------------------------------

    def _deferral(self, rule: Rule, candidate: Candidate, until: str) -> Earliest:
        if until == "recipient_hours":
            return self._hours(rule, candidate.recipient)
        if until == "group_hours":
            return self._hours(rule, candidate.target)
        return From(self._end(rule, until))

    def _hours(self, rule: Rule, whose: str | None) -> Earliest:
        """Hours that nobody knows never come."""
        calendar = self._evidence.calendars.get(whose or "")
        if calendar is None:
            return From(None)
        opens: Any = rule.params.get("open_hour", 0)
        closes: Any = rule.params.get("close_hour", 24)
        return recipient_hours(calendar, float(opens), float(closes))

    def _end(self, rule: Rule, until: str) -> datetime | None:
        """When a deferral ends once and for all: a span after the event, or at a time fact."""
        if until.startswith("after:"):
            return self._evidence.event.occurred_at + rule.span(until.removeprefix("after:"))
        root, _, field = until.partition(".")
        return moment_of(self._view.roots.get(root, {}).get(field))


def _cap(rule: Rule, taken: tuple[datetime, ...]) -> Cap:
    return Cap(taken, rule.span(rule.effect.per), int(rule.setting(rule.effect.limit)))


def _paused_by(rule: Rule) -> tuple[str, ...]:
    """What a pause counts from."""
    return rule.effect.of or ("rejected",)


def _pending(one: OpenProposal, at: datetime) -> Touch:
    """A proposal holds its slot like anything that may go out at any moment."""
    return Touch(contact=one.recipient, account=one.account, at=at, channel="", purpose="", sender="", status="pending", ours=True)
