"""What a sync found, as events that are the same however often it is found."""

from typing import Any

from integrations.vendors.copy import Changed
from integrations.vendors.news import news_of
from tests.integration.vendors.fake import account, deal, told
from tests.unit.domain.building import AT


def news(*changed: Changed) -> list[tuple[str, str, dict[str, Any]]]:
    return [(event.type, event.id, event.data) for event in news_of("acme", changed, AT)]


def test_each_field_that_matters_is_news_of_its_own() -> None:
    before = {"stage": "proposal", "amount": {"amount": 5.0, "currency": "EUR"}, "name": "old"}
    found = news(Changed(deal("7", 4, stage="won", amount={"amount": 6.0, "currency": "EUR"}, name="new"), before))
    assert [one[0] for one in found] == ["deal.stage_changed", "deal.amount_changed"]
    assert found[0][1:] == ("sync:deal.stage_changed:7:4", {"stage": "won", "previous_stage": "proposal"})


def test_what_is_new_was_created() -> None:
    assert news(Changed(told("tickets", "3", subject="Help", status="new"), None)) == [("ticket.created", "sync:ticket.created:3:1", {})]


def test_what_starts_no_work_is_no_news() -> None:
    assert news(Changed(account(), None), Changed(deal(deleted=True), {}), Changed(deal(), {"stage": "proposal"})) == []


def test_an_event_speaks_in_the_vendors_ids_and_times() -> None:
    [event] = news_of("acme", [Changed(deal("7", 4, stage="won"), {"stage": "proposal"})], AT)
    assert (event.source, event.subject_kind, event.subject_id, event.occurred_at, event.received_at) == ("acme", "deal", "7", AT, AT)
