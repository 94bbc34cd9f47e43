"""The way of an escalation in words: from facts, and what is not known is said to be."""

from dataclasses import replace
from typing import Any

from agent.domain.decision import CandidateRecord, Decision
from agent.domain.escalation_path import escalation_path
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, Status
from tests.unit.cli.made import AT, decision


def fact(name: str, value: Any, of: str | None = None) -> Fact:
    return Fact(name, value, CATALOGUE[name].source, AT, AT, Status.FRESH, of)


GROUP = {"group.name": "Connect engineering", "group.area": "engineering", "group.tier": 2, "group.on_call_name": "Oda Vik", "group.open_now": False}
OF_TICKET = {"ticket.product": "connect", "ticket.minutes_to_sla": 24.6}


def way(group: dict[str, Any] = GROUP, ticket: dict[str, Any] = OF_TICKET, fits: list[dict[str, Any]] | None = None) -> list[str]:
    made: Decision = decision()
    first = made.candidates[0]
    score = replace(first.score, terms={"fits": fits or []}) if first.score else None
    chosen: CandidateRecord = first.model_copy(update={"target": "g", "rules": (), "score": score})
    facts = [*(fact(name, value, "g") for name, value in group.items()), *(fact(name, value) for name, value in ticket.items())]
    return escalation_path(made.model_copy(update={"facts": tuple(facts)}), chosen)


def test_area_tier_module_on_call_hours_and_sla_are_told() -> None:
    assert way() == [
        "Group: Connect engineering, engineering, tier 2",
        "Module: connect, by the ticket",
        "On call: Oda Vik; outside its hours",
        "SLA: 25 minutes left",
    ]


def test_whose_business_the_module_is_and_what_else_speaks_for_it() -> None:
    fits = [
        {"id": "module", "weight": 0.3, "says": "the module is the group's business", "values": {"group.handles_product": True}},
        {"id": "open", "weight": 0.2, "says": "the group is at work now", "values": {"group.open_now": True}},
        {"id": "tagged", "weight": 0.4, "says": "it is about security", "values": {"ticket.tags": ["security"]}},
        {"id": "against", "weight": -0.4, "says": "it is expensive", "values": {"ticket.tags": []}},
    ]
    found = way(fits=fits)
    assert found[1] == "Module: connect, by the ticket"
    assert found[-1] == "Because the module is the group's business; it is about security"
    other = [{"id": "other", "weight": -0.5, "says": "it is not", "values": {"group.handles_product": False}}]
    assert way(fits=other)[1] == "Module: connect, by the ticket, not its business"


def test_a_module_that_was_told_from_the_text_says_by_what() -> None:
    for by, said in (("rule", "by its words"), ("examples", "by settled tickets"), ("model", "by a model")):
        assert way(ticket={"ticket.product": None, "triage.product": "flow", "triage.product_by": by})[1] == f"Module: flow, {said}"


def test_an_sla_that_is_broken_none_that_runs_and_longer_spans() -> None:
    def sla(left: Any) -> str:
        return way(ticket={"ticket.minutes_to_sla": left})[3]

    assert sla(-5) == "SLA: broken 5 minutes ago"
    assert sla(None) == "SLA: none runs"
    assert sla(1) == "SLA: 1 minute left"
    assert sla(300) == "SLA: 5 hours left"
    assert sla(60 * 24 * 3) == "SLA: 3 days left"


def test_what_is_not_known_is_said_to_be() -> None:
    assert way({}, {}) == [
        "Group: g, its area and tier are not known",
        "Module: not known",
        "On call: not known; its hours are not known",
        "SLA: not known",
    ]


def test_that_nobody_is_on_call_is_told_only_where_the_helpdesk_says_so() -> None:
    assert way({**GROUP, "group.on_call_name": None})[2] == "On call: nobody is named; outside its hours"
    assert way({"group.open_now": True})[2] == "On call: not known; at work now"


def test_that_a_group_cannot_be_reached_is_said_whoever_is_named() -> None:
    drawer = {**GROUP, "group.reachable": False}
    assert way(drawer)[2] == "On call: Oda Vik; outside its hours; nobody there can be reached now"
    assert way({**drawer, "group.on_call_name": None})[2] == "On call: nobody is named; outside its hours; nobody there can be reached now"
    assert way({**GROUP, "group.reachable": True})[2] == "On call: Oda Vik; outside its hours"


def test_what_goes_to_no_group_has_no_way() -> None:
    made = decision()
    assert escalation_path(made, None) == []
    assert escalation_path(made, made.candidates[0].model_copy(update={"target": None})) == []
