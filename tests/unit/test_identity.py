"""Whom an event is about, when ids, records and sources disagree or are silent."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.domain.event import Event
from agent.identity import Standing, identify
from tests.unit.tools.world import World
from tools.freshness import needed_since
from tools.listening import Listening, TooSlow
from tools.ports import SourceError

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
TOLD = Event("billing", "e", "ticket.created", AT, AT, "ticket", "t")
DEAL = replace(TOLD, type="deal.stage_changed", subject_kind="deal", subject_id="d")
SECONDS = 0.05


def world(**changes: Any) -> World:
    records: dict[str, Any] = {
        "accounts": {"acc_1": {"name": "Acme"}, "acc_2": {"name": "Globex"}},
        "tickets_": {"t": {"account": "acc_1"}, "loose": {"subject": "hello"}},
        "deals": {"d": {"account": "acc_1"}},
        "deleted": {("account", "acc_gone")},
        "links": {("billing", "account", "B-1"): "acc_1", ("billing", "account", "B-2"): "acc_2"},
    }
    return World(**{**records, **changes})


async def standing(event: Event, **changes: Any) -> Standing:
    heard = Listening(world(**changes).sources, SECONDS).in_turn
    return await identify(heard.crm, heard.helpdesk, event)


@pytest.mark.parametrize(
    ("named", "source", "account", "claimed"),
    [
        (None, "billing", "acc_1", None),
        ("acc_1", "billing", "acc_1", None),
        ("B-1", "billing", "acc_1", None),
        ("acc_2", "billing", "acc_1", "acc_2"),
        ("B-2", "billing", "acc_1", "B-2"),
        ("acc_gone", "billing", "acc_1", "acc_gone"),
        ("nobody", "billing", None, "nobody"),
        ("nobody", "zendesk", "acc_1", None),
        ("nobody", "hubspot", "acc_1", None),
    ],
)
@pytest.mark.parametrize("event", [TOLD, DEAL], ids=["ticket", "deal"])
async def test_the_record_counts_unless_the_event_names_an_account_that_never_was(
    event: Event, named: str | None, source: str, account: str | None, claimed: str | None
) -> None:
    found = await standing(replace(event, account=named, source=source))
    assert (found.event.account, found.known, found.claimed) == (account, account is not None, claimed)


async def test_what_an_event_tells_of_is_not_known_from_before_it_came_and_the_rest_may_be() -> None:
    needed: dict[str, datetime | None] = {}
    heard = Listening(world().sources, SECONDS).in_turn
    for name in ("known", "deal", "resolve"):
        asked = getattr(heard.crm, name)

        async def noting(*args: Any, name: str = name, asked: Any = asked) -> Any:
            needed[f"{name} {args[0]}"] = needed_since()
            return await asked(*args)

        setattr(heard.crm, name, noting)
    await identify(heard.crm, heard.helpdesk, DEAL)
    assert needed == {"resolve billing": AT, "known deal": AT, "deal d": AT, "known account": None}


@pytest.mark.parametrize(("named", "account"), [("acc_2", "acc_2"), ("B-2", "acc_2"), ("nobody", None), ("acc_gone", None), (None, None)])
async def test_a_ticket_that_nobody_filed_belongs_to_whom_the_event_names(named: str | None, account: str | None) -> None:
    found = await standing(replace(TOLD, subject_id="loose", account=named))
    assert (found.event.account, found.known, found.claimed) == (account, account is not None, None)


@pytest.mark.parametrize(
    ("slow", "named", "account", "unheard"),
    [
        ("helpdesk", "B-2", "acc_2", True),
        ("helpdesk", "nobody", None, True),
        ("helpdesk", None, None, True),
        ("crm", "acc_2", "acc_1", False),  # the ticket's own record says so
        ("crm", None, "acc_1", False),
    ],
)
async def test_a_ticket_goes_on_without_what_a_source_is_too_slow_to_say(slow: str, named: str | None, account: str | None, unheard: bool) -> None:
    found = await standing(replace(TOLD, account=named), slow={slow})
    assert (found.event.account, found.unheard, found.known) == (account, unheard, account is not None)


async def test_what_another_system_calls_an_account_is_not_taken_for_ours_while_nobody_can_say() -> None:
    found = await standing(replace(TOLD, source="zendesk", subject_id="loose", account="9911"), slow={"crm"})
    assert (found.event.account, found.known) == (None, False)


async def test_a_ticket_by_another_systems_id_waits_until_somebody_can_say_which_it_is() -> None:
    with pytest.raises(TooSlow):
        await standing(replace(TOLD, source="zendesk", subject_id="55"), slow={"crm"})


async def test_who_repeats_anothers_news_speaks_in_their_ids() -> None:
    again = replace(TOLD, source="clock", subject_id="loose", account="B-2", data={"told_by": "billing"})
    assert (await standing(again)).event.account == "acc_2"
    assert (await standing(replace(again, source="erp"))).event.account is None, "nobody else may say so"


async def test_other_news_waits_for_a_slow_source() -> None:
    with pytest.raises(TooSlow):
        await standing(replace(DEAL, account="acc_1"), slow={"crm"})


@pytest.mark.parametrize("event", [TOLD, DEAL], ids=["ticket", "deal"])
async def test_everything_waits_for_a_source_that_says_it_is_down(event: Event) -> None:
    with pytest.raises(SourceError, match="it is down"):
        await standing(event, down={"crm"})
