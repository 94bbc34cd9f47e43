"""What a sync found, as events that are the same however often it is found."""

from collections.abc import Mapping
from typing import Any

from integrations.vendors.connector import Told
from integrations.vendors.copy import Changed
from integrations.vendors.news import news_of
from tests.integration.vendors.fake import account, deal, told
from tests.unit.domain.building import AT


def now(told: Told, before: Mapping[str, Any] | None, **ours: object) -> Changed:
    return Changed(told, before, {**told.fields, **ours})


def news(*changed: Changed) -> list[tuple[str, str, dict[str, Any]]]:
    return [(event.type, event.id, event.data) for event in news_of("acme", changed, AT)]


def test_each_field_that_matters_is_news_of_its_own() -> None:
    before = {"stage": "proposal", "amount": {"amount": 5.0, "currency": "EUR"}, "name": "old"}
    found = news(now(deal("7", 4, stage="won", amount={"amount": 6.0, "currency": "EUR"}, name="new"), before))
    assert [one[0] for one in found] == ["deal.stage_changed", "deal.amount_changed"]
    assert found[0][1:] == ("sync:deal.stage_changed:7:4", {"stage": "won", "previous_stage": "proposal"})


def test_whom_the_copy_knows_by_another_id_is_no_change() -> None:
    """A deal's owner whom the directory knows: the vendor names them by its own id for ever."""
    assert news(now(deal("7", 4, owner="acme-person-88", name="new"), {"stage": "proposal", "owner": "u_rae"}, owner="u_rae")) == []


def test_what_is_new_was_created() -> None:
    assert news(now(told("tickets", "3", subject="Help", status="new"), None)) == [("ticket.created", "sync:ticket.created:3:1", {})]


def test_what_starts_no_work_is_no_news() -> None:
    assert news(now(account(), None), now(deal(deleted=True), {}), now(deal(), {"stage": "proposal"})) == []


def test_an_event_speaks_in_the_vendors_ids_and_times() -> None:
    [event] = news_of("acme", [now(deal("7", 4, stage="won"), {"stage": "proposal"})], AT)
    assert (event.source, event.subject_kind, event.subject_id, event.occurred_at, event.received_at) == ("acme", "deal", "7", AT, AT)
