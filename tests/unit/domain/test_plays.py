"""Plays and surfaces as data."""

from typing import Any

import pytest
from pydantic import ValidationError

from agent.domain.plays import MODES, Mode, channel_for, lower_mode
from tests.unit.domain.building import play, surface, task


@pytest.mark.parametrize(
    ("steps", "visible"),
    [
        ([{"do": "send_content"}], True),
        ([{"do": "crm_note"}, {"do": "send_content"}], True),
        ([{"do": "ticket_comment", "public": True}], True),
        ([{"do": "ticket_comment", "public": False}], False),
        ([{"do": "ticket_comment"}], False),
        ([{"do": "crm_task"}, {"do": "assign_group"}], False),
    ],
)
def test_what_the_customer_sees(steps: list[dict[str, Any]], visible: bool) -> None:
    assert play(steps=steps).customer_visible is visible


@pytest.mark.parametrize(
    ("changes", "commercial"),
    [({}, True), ({"purpose": "contractual"}, True), ({"purpose": "service"}, False), ({"reach": "internal"}, False)],
)
def test_commercial(changes: dict[str, Any], commercial: bool) -> None:
    assert play(**changes).commercial is commercial
    assert not task().commercial


@pytest.mark.parametrize("a", MODES)
@pytest.mark.parametrize("b", MODES)
def test_the_more_careful_mode(a: Mode, b: Mode) -> None:
    assert MODES.index(lower_mode(a, b)) == min(MODES.index(a), MODES.index(b))


def test_amounts_may_be_plain_numbers() -> None:
    assert play(value=120, cost_always=1.5).value == "120"
    with pytest.raises(ValidationError):
        play(value=True)


@pytest.mark.parametrize("changes", [{"holdout": {"share": 0.6}}, {"explore": {"epsilon": 0.21}}, {"explore": {"epsilon": -0.1}}, {"mode": "wild"}])
def test_a_surface_refuses_what_it_cannot_do(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        surface(**changes)


@pytest.mark.parametrize(("channel", "sensitive", "goes_to"), [("direct", False, None), ("C0DEALS", False, "C0DEALS"), ("C0DEALS", True, None)])
def test_where_an_ask_goes_that_nobody_can_be_given(channel: str, sensitive: bool, goes_to: str | None) -> None:
    with_channel = surface(review={**surface().review.model_dump(), "channel": channel})
    assert channel_for(with_channel, sensitive=sensitive) == goes_to


@pytest.mark.parametrize("channel", ["#deals", "deals", "", "D0DIRECT", "c0deals"])
def test_a_channel_is_named_by_its_id(channel: str) -> None:
    with pytest.raises(ValidationError, match="the channel's id"):
        surface(review={**surface().review.model_dump(), "channel": channel})
