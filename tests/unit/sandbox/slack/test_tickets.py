"""Triggers live three seconds and once; response URLs half an hour and five times."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.tickets import Tickets


class Hand:
    now = datetime(2026, 11, 25, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_trigger_is_good_once() -> None:
    tickets = Tickets(Hand())
    trigger = tickets.trigger("U1")
    assert tickets.spend(trigger).user == "U1"
    with pytest.raises(Refused, match="exchanged_trigger_id"):
        tickets.spend(trigger)
    with pytest.raises(Refused, match="invalid_trigger_id"):
        tickets.spend("1.2.3")


def test_a_trigger_is_good_for_three_seconds() -> None:
    hand = Hand()
    tickets = Tickets(hand)
    first, second = tickets.trigger("U1"), tickets.trigger("U1")
    hand.now += timedelta(seconds=3)
    tickets.spend(first)
    hand.now += timedelta(milliseconds=1)
    with pytest.raises(Refused, match="expired_trigger_id"):
        tickets.spend(second)


def test_a_response_url_is_good_five_times_in_half_an_hour() -> None:
    hand = Hand()
    tickets = Tickets(hand)
    first, second = tickets.response("U1", "C1"), tickets.response("U1", "C1")
    for _ in range(5):
        tickets.use(first)
    with pytest.raises(Refused, match="used_url"):
        tickets.use(first)
    hand.now += timedelta(minutes=30, seconds=1)
    with pytest.raises(Refused, match="expired_url"):
        tickets.use(second)
    with pytest.raises(Refused, match="no_service"):
        tickets.use("another")


def test_a_socket_ticket_admits_once() -> None:
    tickets = Tickets(Hand())
    link = tickets.link()
    assert tickets.admits(link)
    assert not tickets.admits(link)
