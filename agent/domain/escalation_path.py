"""Why a ticket goes to this group: its area and tier, whose business the module is, who is on call, its hours, and how long the SLA still has."""

from collections.abc import Iterator
from typing import Any

from agent.domain import weighing
from agent.domain.decision import CandidateRecord, Decision
from agent.domain.facts import Fact

_SAID_ALREADY = ("group.tier", "group.open_now", "ticket.minutes_to_sla")
_SOURCES = {"helpdesk": "by the ticket", "rule": "by its words", "examples": "by settled tickets", "model": "by a model"}


def escalation_path(decision: Decision, candidate: CandidateRecord | None) -> list[str]:
    """A sentence for each part of the way, from the facts that the decision was made from; empty where the candidate goes to no group.

    What is not known is said to be.
    """
    if candidate is None or candidate.target is None:
        return []
    facts = weighing.known(decision)

    def fact(name: str) -> Fact | None:
        return weighing.fact_of(facts, name, candidate)

    return [
        *_who(fact("group.name"), fact("group.area"), fact("group.tier"), candidate.target),
        *_module(candidate, fact("ticket.product"), fact("triage.product"), fact("triage.product_by")),
        _reached(fact("group.on_call_name"), fact("group.open_now"), fact("group.reachable")),
        _sla(fact("ticket.minutes_to_sla")),
        *_because(candidate),
    ]


def _who(name: Fact | None, area: Fact | None, tier: Fact | None, target: str) -> Iterator[str]:
    named = _value(name) or target
    about = [str(part) for part in (_value(area), "" if _value(tier) is None else f"tier {_value(tier):g}") if part]
    yield f"Group: {', '.join([str(named), *(about or ['its area and tier are not known'])])}"


def _module(candidate: CandidateRecord, product: Fact | None, told: Fact | None, by: Fact | None) -> Iterator[str]:
    """Which module the ticket is about, who says so, and where that is so, that it is not the group's business."""
    named = _value(product)
    module, source = (named, "by the ticket") if named else (_value(told), _SOURCES.get(str(_value(by)), ""))
    if not module:
        yield "Module: not known"
        return
    values = [fit.get("values", {}).get("group.handles_product") for fit in _fits(candidate)]
    yield f"Module: {module}, {source}{', not its business' if False in values else ''}"


def _reached(on_call: Fact | None, open_now: Fact | None, reachable: Fact | None) -> str:
    """A lead is not called: who is on call is for the helpdesk to name, and where it names nobody the group is there in its hours alone."""
    hours = {True: "at work now", False: "outside its hours"}.get(_value(open_now), "its hours are not known")
    who = "not known" if on_call is None or not on_call.known else on_call.value or "nobody is named"
    return f"On call: {who}; {hours}{'; nobody there can be reached now' if _value(reachable) is False else ''}"


def _sla(left: Fact | None) -> str:
    if left is None or not left.known:
        return "SLA: not known"
    if left.value is None:
        return "SLA: none runs"
    return f"SLA: {_span(float(left.value))} left" if left.value >= 0 else f"SLA: broken {_span(-float(left.value))} ago"


def _because(candidate: CandidateRecord) -> Iterator[str]:
    """What policy says for it: clauses of the rules that took hold, and what fits the case and is not said above."""
    ruled = [clause.says for rule in weighing.matched(candidate) for clause in rule.clauses if clause.result == "true"]
    fits = [str(fit["says"]) for fit in _fits(candidate) if fit["weight"] > 0 and not set(fit.get("values", {})) & set(_SAID_ALREADY)]
    if said := list(dict.fromkeys([*ruled, *fits])):
        yield f"Because {'; '.join(said)}"


def _fits(candidate: CandidateRecord) -> list[dict[str, Any]]:
    return list((candidate.score.terms.get("fits") or ()) if candidate.score else ())


def _value(fact: Fact | None) -> Any:
    return fact.value if fact is not None and fact.known else None


def _span(minutes: float) -> str:
    whole = round(minutes)
    if whole < 120:
        return f"{whole} minute{'' if whole == 1 else 's'}"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
