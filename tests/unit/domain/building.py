"""Small playbooks and evidence, built by hand. The defaults are benign: one mail to one contact, that nothing forbids and that is worth it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.confidence import Confidence
from agent.domain.considered import Considered
from agent.domain.event import Event
from agent.domain.evidence import Block, Calendar, Contact, Evidence, Group, Material, Past, Person, Touch
from agent.domain.facts import Fact, Status
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface
from agent.domain.proposing import NOTHING
from agent.domain.ranking import rank
from agent.domain.rules import ClauseResult, ClauseValue, Rule, RuleResult

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""The moment of every decision here: a Monday morning."""

ALWAYS = Calendar("UTC", dict.fromkeys(range(7), (0, 24 * 60)))
"""Open at every hour of every day."""

DAY = timedelta(days=1)


def fact(name: str, value: Any, *, of: str | None = None, status: Status = Status.FRESH) -> Fact:
    """A fact read just now; `of` names the contact, group or content it is about."""
    known = status is not Status.MISSING
    return Fact(name, value if known else None, "crm", AT if known else None, AT if known else None, status, of)


def facts(values: dict[str, Any] | None = None, *, of: str | None = None) -> tuple[Fact, ...]:
    """Fresh facts by name; a Status as value makes a fact that is missing or stale."""
    return tuple(
        fact(name, None, of=of, status=value) if isinstance(value, Status) else fact(name, value, of=of) for name, value in (values or {}).items()
    )


def surface(**changes: Any) -> Surface:
    """A revenue surface in `auto` with the play `mail`."""
    plain: dict[str, Any] = {
        "id": "deals", "area": "revenue", "owner": "o@x.test", "why": "w", "mode": "auto", "subject": "deal",
        "trigger": {"types": ["deal.stage_changed"]}, "plays": ["mail"], "outcome": {"metric": "won"},
        "review": {
            "approver": "deal_owner", "fallback": "sales_manager", "remind_after": "3h", "delegate_after": "6h",
            "expire_after": "8h",
        },
        "confidence": {"act_at_least": 0.5},
    }  # fmt: skip
    return Surface.model_validate({**plain, **changes})


def play(id: str = "mail", **changes: Any) -> Play:  # noqa: A002  the catalogue's own word
    """A marketing mail worth 30: 0.3 more chance of 100."""
    plain: dict[str, Any] = {
        "id": id, "kind": id, "title": id.capitalize(), "owner": "o@x.test", "why": "w", "reach": "customer",
        "purpose": "marketing", "channels": ["email"], "steps": [{"do": "send_content"}], "value": "100.0",
        "prior": {"with": "0.4", "without": "0.1"}, "window": "10d",
    }  # fmt: skip
    return Play.model_validate({**plain, **changes})


def task(id: str = "task", **changes: Any) -> Play:  # noqa: A002  the catalogue's own word
    """An internal play: nobody at the customer sees it."""
    plain: dict[str, Any] = {
        "reach": "internal", "purpose": "service", "channels": ["internal"], "steps": [{"do": "crm_task"}],
    }  # fmt: skip
    return play(id, **{**plain, **changes})


def rule(cel: str | Iterable[str] = (), *, id: str = "r", **changes: Any) -> Rule:  # noqa: A002
    """A forbidding suitability rule with one clause for each expression; without any it always holds."""
    sources = [cel] if isinstance(cel, str) else list(cel)
    when = [{"id": f"c{i}", "cel": source, "says": f"{source} holds"} for i, source in enumerate(sources)]
    plain: dict[str, Any] = {
        "id": id, "owner": "o@x.test", "why": "w", "layer": "suitability", "effect": "forbid", "when": when,
    }  # fmt: skip
    return Rule.model_validate({**plain, **changes})


def playbook(*rules: Rule, plays: Iterable[Play] | None = None, on: Surface | None = None, surfaces: Iterable[Surface] = ()) -> Playbook:
    """A playbook whose one surface (unless given) has all the plays."""
    catalogue = list(plays) if plays is not None else [play()]
    first = on or surface(plays=[one.id for one in catalogue])
    return Playbook.of([first, *surfaces], catalogue, rules, "v1")


def event(**changes: Any) -> Event:
    """A deal has moved."""
    plain: dict[str, Any] = {
        "source": "crm", "id": "evt", "type": "deal.stage_changed", "occurred_at": AT, "received_at": AT,
        "subject_kind": "deal", "subject_id": "deal", "account": "acc",
    }  # fmt: skip
    return Event(**{**plain, **changes})


def contact(id: str = "ann", **changes: Any) -> Contact:  # noqa: A002
    """Somebody at the customer."""
    plain: dict[str, Any] = {
        "account": "acc", "name": f"{id.capitalize()} A", "first_name": id.capitalize(), "email": f"{id}@acc.test",
        "role": "champion", "title": "Head", "language": "en", "timezone": "UTC",
    }  # fmt: skip
    return Contact(id=id, **{**plain, **changes})


def material(id: str = "guide", **changes: Any) -> Material:  # noqa: A002
    """An asset that fits well."""
    plain: dict[str, Any] = {
        "kind": "asset", "type": "guide", "title": "A guide", "url": "https://x.test/guide", "language": "en",
        "visibility": "public", "topics": ("security",), "stages": (), "product": "", "passage": "", "strength": 0.8,
    }  # fmt: skip
    return Material(id=id, **{**plain, **changes})


def group(id: str = "tier2", **changes: Any) -> Group:  # noqa: A002
    """A helpdesk group of the second tier."""
    plain: dict[str, Any] = {"name": id, "area": "support", "tier": 2}
    return Group(id=id, **{**plain, **changes})


def person(id: str, *roles: str, **changes: Any) -> Person:  # noqa: A002
    """A colleague who is at work."""
    return Person(id=id, email=f"{id}@x.test", name=id.capitalize(), roles=roles, **changes)


def touch(days_ago: float = 1, **changes: Any) -> Touch:
    """A message that ann got; negative days are still to come."""
    plain: dict[str, Any] = {
        "contact": "ann", "account": "acc", "channel": "email", "purpose": "marketing", "sender": "rep@x.test",
        "status": "scheduled" if days_ago < 0 else "sent",
    }  # fmt: skip
    return Touch(at=AT - days_ago * DAY, **{**plain, **changes})


def past(days_ago: float = 1, **changes: Any) -> Past:
    """A proposal of the play `mail` that was rejected."""
    plain: dict[str, Any] = {
        "decision": "dec", "play": "mail", "kind": "mail", "account": "acc", "subject": "deal", "recipient": "ann",
        "material": "", "what": "rejected",
    }  # fmt: skip
    return Past(at=AT - days_ago * DAY, **{**plain, **changes})


def block(target: str = "play", ref: str = "mail", **changes: Any) -> Block:
    """An operator's stop."""
    plain: dict[str, Any] = {"id": "blk", "why": "a mistake", "by": "op@x.test", "target": target, "ref": ref}
    return Block(**{**plain, **changes})


def evidence(values: dict[str, Any] | None = None, **changes: Any) -> Evidence:
    """Evidence with the given facts about the account and deal, one contact, and enough answered cases to be calibrated."""
    plain: dict[str, Any] = {
        "at": AT, "event": event(), "surface": "deals", "account": "acc",
        "facts": facts({"account.name": "Acc", **(values or {})}), "contacts": (contact(),),
        "calendars": {"ann": ALWAYS}, "labels": {"mail": 60}, "family": ("acc",),
        "people": (person("rep", "sales_rep"), person("boss", "sales_manager")), "roles": {"deal_owner": "rep"},
    }  # fmt: skip
    return Evidence(**{**plain, **changes})


def candidate(id: str = "mail/ann", **changes: Any) -> Candidate:  # noqa: A002
    """The mail to ann."""
    plain: dict[str, Any] = {
        "play": "mail", "kind": "mail", "title": "Mail", "reach": "customer", "purpose": "marketing",
        "channel": "email", "recipient": "ann", "proactive": True, "customer_visible": True,
    }  # fmt: skip
    return Candidate(id=id, **{**plain, **changes})


def verdict(candidate_id: str = "mail/ann", word: Any = "allow", *rules: RuleResult, **changes: Any) -> Verdict:
    """What the gate would have said."""
    return Verdict(candidate_id, word, rules, **changes)


def score(candidate_id: str = "mail/ann", priority: float | None = 30.0, **changes: Any) -> Score:
    """A score with the given priority."""
    plain: dict[str, Any] = {
        "p": 0.3, "value": 100.0, "cost_always": 0.0, "cost_if_taken": 0.0, "c": 1.0, "l": 1.0,
        "terms": {"unit": "money"},
    }  # fmt: skip
    return Score(candidate=candidate_id, priority=priority, **{**plain, **changes})


def considered(*verdicts: Verdict, book: Playbook, given: Evidence | None = None, **changes: Any) -> Considered:
    """What was considered when these verdicts were given: candidate ids are `play` or `play/recipient`, each worth 30 unless `scores` say else."""
    found = {NOTHING.id: NOTHING}
    for one in verdicts:
        name, _, recipient = one.candidate.partition("/")
        found[one.candidate] = _of_play(one.candidate, book.plays[name], recipient or None)
    worth: dict[str, float | None] = {**dict.fromkeys(found, 30.0), NOTHING.id: 0.0, **changes.pop("worth", {})}
    scores = {name: score(name, priority) for name, priority in worth.items()}
    said = {NOTHING.id: verdict(NOTHING.id), **{one.candidate: one for one in verdicts}}
    given = given or evidence()
    ranking = rank(book, given, list(found.values()), said, scores)
    plain: dict[str, Any] = {"confidence": Confidence(0.9, calibrated=True, terms={})}
    return Considered(book, given, found, said, scores, ranking, **{**plain, **changes})


def _of_play(candidate_id: str, of: Play, recipient: str | None) -> Candidate:
    return candidate(
        candidate_id, play=of.id, kind=of.kind, title=of.title, reach=of.reach, purpose=of.purpose, recipient=recipient,
        customer_visible=of.customer_visible,
    )  # fmt: skip


def clause_result(result: ClauseValue = "true", values: dict[str, Any] | None = None, **changes: Any) -> ClauseResult:
    """What one clause said."""
    return ClauseResult(**{"id": "c", "result": result, "says": "it is so", "values": values or {}, **changes})


def rule_result(effect: str = "forbid", *clauses: ClauseResult, id: str = "r", **changes: Any) -> RuleResult:  # noqa: A002
    """What one rule said; it matched."""
    plain: dict[str, Any] = {"layer": "suitability", "matched": True, "clauses": clauses or (clause_result(),)}
    return RuleResult(id=id, effect=effect, **{**plain, **changes})
