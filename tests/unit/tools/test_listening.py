"""One run's time: a source that used up its share is not waited for a second time, and the others lose nothing by it."""

import asyncio

import pytest

from tests.unit.tools.world import World
from tools.listening import Listening, TooSlow
from tools.ports import SourceError

SECONDS = 0.08


def listening(**changes: object) -> tuple[World, Listening]:
    here = World(accounts={"acc_1": {"name": "Acme"}}, **changes)  # type: ignore[arg-type]  # test data
    return here, Listening(here.sources, SECONDS)


async def test_a_source_that_answers_costs_nothing() -> None:
    _, run = listening()
    account = await run.in_turn.crm.account("acc_1")
    assert account is not None
    assert account.data["name"] == "Acme"
    assert run.left > SECONDS * 0.5


async def test_a_source_that_never_answers_is_given_up_after_its_share_and_not_asked_again() -> None:
    here, run = listening(slow={"crm"})
    with pytest.raises(TooSlow, match=r"crm did not answer: no answer within the 0.08 s of a run"):
        await run.in_turn.crm.resolve("hubspot", "deal", "1")
    assert run.left == pytest.approx(SECONDS * 0.5)

    for ask in (run.in_turn.crm.known("deal", "1"), run.in_turn.crm.resolve("hubspot", "deal", "2"), run.sources.crm.resolve("hubspot", "deal", "1")):
        with pytest.raises(TooSlow):
            await ask
    assert dict(here.reads) == {"resolve": 1}
    assert run.left == pytest.approx(SECONDS * 0.5)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "nobody waits any more"


async def test_the_others_are_still_asked() -> None:
    here, run = listening(slow={"crm"}, tickets_={"t": {"subject": "Export"}})
    with pytest.raises(TooSlow):
        await run.in_turn.crm.known("ticket", "t")
    assert await run.in_turn.helpdesk.ticket("t") is not None
    assert await run.sources.helpdesk.ticket("t") is not None
    assert here.reads["ticket"] == 2


async def test_side_by_side_only_what_was_cut_off_is_not_asked_again() -> None:
    here, run = listening(slow={"crm"})
    asking = asyncio.ensure_future(run.sources.crm.account("acc_1"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    here.slow.clear()

    with pytest.raises(TooSlow):
        await run.sources.crm.account("acc_1")
    assert await run.sources.crm.family("acc_1")


async def test_what_a_source_refuses_is_told_as_it_is_and_asked_again() -> None:
    here, run = listening(down={"crm"})
    for _ in range(2):
        with pytest.raises(SourceError, match="it is down") as told:
            await run.in_turn.crm.account("acc_1")
        assert not isinstance(told.value, TooSlow)
    assert here.reads["account"] == 2
