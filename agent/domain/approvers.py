"""Who is asked, who may answer, and until when."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from agent.domain.calendars import OFFICE_HOURS, add_working_time
from agent.domain.clocks import protected_clocks
from agent.domain.evidence import Evidence, Person
from agent.domain.plays import Play, Surface
from agent.domain.records import Approval, AskOf

RELATIONS: dict[str, str] = {
    "deal_owner": "sales_rep",
    "account_owner": "sales_rep",
    "account_csm": "csm",
    "owner_manager": "sales_manager",
    "ticket_assignee": "support_agent",
    "lead_on_shift": "support_lead",
}
"""Roles that depend on the case, with the role a stand-in must hold."""

ROLES = frozenset({
    "sales_rep", "sales_manager", "csm", "cs_manager", "deal_desk", "exec_sponsor", "support_agent", "support_lead",
    "incident_manager", "billing", "legal", "revops", "operator", "admin",
})  # fmt: skip
"""Roles that people hold in the directory."""

_NEARNESS = ("owner_manager", "account_csm", "account_owner", "deal_owner")
"""Relations to the case, the nearest first."""

LEADS = ("support_lead", "incident_manager")
"""Whom a protective play concerns."""

_LAST_RESORT = (frozenset({"operator", "admin"}), frozenset({"sales_manager", "cs_manager", "exec_sponsor"}), ROLES)

AND = "; "
"""Stands between the names of several requesters, and of several who passed an ask on."""

HEAD_START = timedelta(minutes=1)
"""An ask ends this long before the clock that it protects, so that the clock is not what ends it."""

PROTECTIVE_EXPIRY = timedelta(minutes=15)
"""How long the lead on shift has for a required play: minutes, whatever the calendar says."""


class Around(Protocol):
    """Who there is, and who stands in which relation to the case: by relation the id of a colleague."""

    @property
    def people(self) -> tuple[Person, ...]: ...
    @property
    def roles(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One role's ask: whom to tell, whose answer counts (e-mail addresses), and why them, where it is not plain."""

    role: str
    asked: tuple[str, ...]
    allowed: tuple[str, ...]
    routing: str = ""


def resolve_all(roles: Sequence[str], surface: Surface, evidence: Evidence, *, requester: str | None, without: Set[str] = frozenset()) -> list[Ask]:
    """One ask for each role, and one person for each ask: two roles are to mean two pairs of eyes.

    Who alone can answer for one role is not asked for another that somebody else can answer for. Where nobody else can, there is one ask less, and
    its answer counts for both. Nobody `without` whom it goes (e-mail addresses) is asked.
    """
    alone = {role: resolve(role, surface, evidence, requester=requester, engaged=without) for role in roles}
    found: dict[str, Ask] = {}
    for role in sorted(alone, key=lambda role: len(alone[role].allowed)):
        engaged = frozenset(ask.asked[0] for ask in found.values() if len(ask.asked) == 1)
        ask = resolve(role, surface, evidence, requester=requester, engaged=engaged | without)
        both = next((other for other in found.values() if set(alone[role].asked) <= set(other.asked)), None) if alone[role].asked else None
        if ask.asked or both is None:
            found[role] = ask
        else:
            found[both.role] = replace(both, routing="; ".join(filter(None, (both.routing, f"answers for {role} too: nobody else may"))))
    return [found[role] for role in alone if role in found]


def resolve(role: str, surface: Surface, evidence: Around, *, requester: str | None, engaged: Set[str] = frozenset()) -> Ask:
    """Find who answers for a role: its holder, else their delegate if *they* hold the role, else the surface's fallback role.

    Who requested a concession never counts, in no role; nor do those (e-mail addresses) who are engaged with another ask of the same round. When
    nobody is left the ask has no one allowed, and is visible as such.
    """
    people = {p.id: p for p in evidence.people}
    barred = {p.id for p in evidence.people if requested(p, requester) or p.email in engaged}
    holders = _holders(role, evidence.roles, people)
    free = [p for p in holders if p.id not in barred]
    present = [p for p in free if p.away_until is None]
    why = "; ".join(f"{p.name} is away: {p.away_why}" for p in holders if p.away_until is not None and p.away_why)
    if present:
        return _ask(role, _nearest(role, holders, present, evidence.roles, people), free, why)
    stand_ins = {p.name: d for p in holders if (d := _delegate(p, role, people)) and d.id not in barred}
    if stand_ins:
        return _ask(role, [*stand_ins.values()], free, "; ".join(filter(None, (f"stands in for {' and '.join(stand_ins)}", why))))
    fallback = [p for p in _holders(surface.review.fallback, evidence.roles, people) if p.id not in barred]
    here = [p for p in fallback if p.away_until is None]
    fell = f"nobody else may answer for {role}: asked as {surface.review.fallback}{f'; {why}' if why else ''}"
    return _ask(role, here or fallback, [*free, *fallback], fell)


def requested(person: Person, requester: str | None) -> bool:
    """Whether this person is among the requesters of a concession: named by id, by address or by name."""
    names = {person.id.casefold(), person.email.casefold(), person.name.casefold()}
    return any(one.strip().casefold() in names for one in (requester or "").split(AND))


def engaged_beside(ask: Approval, asks: Sequence[Approval]) -> frozenset[str]:
    """Who has answered another ask of the same round, or alone can."""
    others = [one for one in asks if one.round == ask.round and one.id != ask.id]
    return frozenset(email for one in others for email in (one.answered_by, *(one.asked if len(one.asked) == 1 else ())) if email)


def passed_on_by(asks: Iterable[AskOf]) -> frozenset[str]:
    """Who said of these asks that they are not theirs: nobody asks or reminds them of it again, and their answer does not count."""
    return frozenset(email for ask in asks for email in (ask.passed_on_by or "").split(AND) if email)


def to_tell(people: Iterable[Person], *roles: str) -> tuple[str, ...]:
    """The addresses of those who hold one of the roles; where nobody does, of the next who can act, so that no alarm goes to nobody."""
    active = [person for person in people if person.active]
    found = (tuple(p.email for p in active if wanted & set(p.roles)) for wanted in (frozenset(roles), *_LAST_RESORT))
    return next((emails for emails in found if emails), ())


def _holders(role: str, roles: Mapping[str, str], people: Mapping[str, Person]) -> list[Person]:
    if role in RELATIONS:
        person = people.get(roles.get(role, ""))
        return [person] if person and person.active else []
    return sorted((p for p in people.values() if p.active and role in p.roles), key=lambda p: p.id)


def _nearest(
    role: str, holders: Sequence[Person], present: Sequence[Person], roles: Mapping[str, str], people: Mapping[str, Person]
) -> Sequence[Person]:
    """Of several holders the one nearest to the case, or who stands in for them, if one of them has a part in it; else all."""
    held = {person.id: person for person in holders}
    for relation in _NEARNESS:
        near = held.get(roles.get(relation, ""))
        one = near if near is None or near.away_until is None else _delegate(near, role, people)
        if one is not None and one in present:
            return [one]
    return present


def _delegate(person: Person, role: str, people: Mapping[str, Person]) -> Person | None:
    """Who stands in: the person's delegate, or who stands in for them while they are absent too. They must hold the role themselves."""
    needed, seen, delegate = RELATIONS.get(role, role), {person.id}, people.get(person.delegate or "")
    while delegate is not None and delegate.id not in seen:
        if not delegate.active:
            return None
        if delegate.away_until is None:
            return delegate if needed in delegate.roles else None
        seen.add(delegate.id)
        delegate = people.get(delegate.delegate or "")
    return None


def _ask(role: str, asked: Sequence[Person], allowed: Sequence[Person], routing: str = "") -> Ask:
    return Ask(role, _emails(asked), _emails([*asked, *allowed]), routing)


def _emails(people: Sequence[Person]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.email for p in people))


def expires_at(surface: Surface, play: Play, evidence: Evidence, asked: Sequence[str], *, protective: bool) -> datetime:
    """When an ask ends: after the surface's time in the approver's working hours, but always before the clock that it protects."""
    end = evidence.at + PROTECTIVE_EXPIRY if protective else working_deadline(evidence, asked, surface.review.expire_after)
    clocks = [moment for moment in (*protected_clocks(evidence).values(), evidence.at + play.window) if moment > evidence.at]
    return min([end, *(moment - HEAD_START if moment - HEAD_START > evidence.at else moment for moment in clocks)])


def working_deadline(evidence: Evidence, asked: Sequence[str], span: timedelta) -> datetime:
    """The moment at which `span` of the first asked person's working time has passed."""
    calendar = next((p.calendar for p in evidence.people if p.email in asked and p.calendar), OFFICE_HOURS)
    return add_working_time(calendar, evidence.at, span)
