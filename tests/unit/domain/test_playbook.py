"""A playbook in force: which rules look at what."""

from typing import Any

import pytest

from agent.domain.playbook import applies, is_proactive
from agent.domain.rules import AppliesTo
from tests.unit.domain.building import play, playbook, rule, surface, task


@pytest.mark.parametrize(
    ("filter_", "admitted"),
    [
        ({}, True),
        ({"surfaces": ["deals"]}, True),
        ({"surfaces": ["tickets"]}, False),
        ({"plays": ["mail"]}, True),
        ({"plays": ["call"]}, False),
        ({"kinds": ["mail", "call"]}, True),
        ({"kinds": ["call"]}, False),
        ({"reach": "customer"}, True),
        ({"reach": "internal"}, False),
        ({"purpose": ["contractual", "marketing"]}, True),
        ({"purpose": ["service"]}, False),
        ({"channels": ["email"]}, True),
        ({"channels": ["ticket"]}, False),
        ({"proactive": True}, True),
        ({"proactive": False}, False),
        ({"plays": ["mail"], "surfaces": ["tickets"]}, False),
    ],
)
def test_filters(filter_: dict[str, Any], admitted: bool) -> None:
    assert applies(AppliesTo.model_validate(filter_), surface(), play(), "email") is admitted


def test_only_what_we_start_with_a_customer_is_proactive() -> None:
    assert is_proactive(surface(), play())
    assert not is_proactive(surface(answers_customer=True), play())
    assert not is_proactive(surface(), task())


def test_rules_come_in_the_order_of_their_ids_and_once_worked_out() -> None:
    book = playbook(rule(id="b"), rule(id="a"), rule(id="c", applies_to={"plays": ["call"]}))
    found = book.rules_for(book.surfaces["deals"], book.plays["mail"], "email")
    assert [one.id for one in found] == ["a", "b"]
    assert book.rules_for(book.surfaces["deals"], book.plays["mail"], "email") is found


def test_clauses_are_compiled_once_with_the_parameters_of_their_rule() -> None:
    first = rule("deal.amount > params.x", id="a", params={"x": 1})
    second = rule("deal.amount > params.x", id="b", params={"x": 2})
    book = playbook(first, second)
    assert book.clauses_of(first) is book.clauses_of(first)
    assert book.clauses_of(first)[0].program.source != book.clauses_of(second)[0].program.source


def test_an_event_type_has_one_surface() -> None:
    book = playbook()
    assert book.surface_of("deal.stage_changed") is book.surfaces["deals"]
    assert book.surface_of("deal.unknown") is None
