"""Work that goes on beside the serving."""

import asyncio

from agent.errors import Refused
from integrations.console.working import Work, Works


async def test_work_is_begun_once_and_tells_how_far_it_is() -> None:
    works, go = Works(), asyncio.Event()

    async def count(work: Work) -> str:
        work.progress(1, 2)
        await go.wait()
        return "counted"

    assert works.of("figures") is None
    first = works.begin("figures", count)
    await asyncio.sleep(0)
    assert works.begin("figures", count) is first, "it is under way"
    assert (first.running, first.done, first.every) == (True, 1, 2)
    go.set()
    assert first.task is not None
    await first.task
    assert (first.running, first.result, first.error) == (False, "counted", "")
    assert works.begin("figures", count) is not first
    again = works.of("figures")
    assert again is not None
    assert again.task is not None
    await again.task


async def test_why_work_failed_is_told_without_its_insides() -> None:
    works = Works()

    async def refuse(work: Work) -> None:
        raise Refused("The draft gives no playbook.", "Correct it first.")

    async def break_(work: Work) -> None:
        raise RuntimeError("secret path /etc/x")

    for key, do, says in (("a", refuse, "The draft gives no playbook. Correct it first."), ("b", break_, "It failed (RuntimeError).")):
        work = works.begin(key, do)
        assert work.task is not None
        await work.task
        assert says in work.error
        assert "secret" not in work.error


async def test_who_waits_long_enough_is_told_the_end_once() -> None:
    works, go, times = Works(), asyncio.Event(), []

    async def check(work: Work) -> int:
        times.append(1)
        await go.wait()
        return len(times)

    first = await works.awaited("check", check, within_s=0)
    assert first.running
    go.set()
    assert (await works.awaited("check", check, within_s=60)) is first
    assert first.result == 1
    assert (await works.awaited("check", check, within_s=60)).result == 2, "told once; who asks again has it checked again"


async def test_what_has_not_ended_is_given_up_when_the_server_stops() -> None:
    works, let_go = Works(), asyncio.Event()

    async def simulate(work: Work) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            let_go.set()

    async def count(work: Work) -> str:
        return "counted"

    going, ended = works.begin("trial", simulate), works.begin("figures", count)
    assert ended.task is not None
    await ended.task
    await works.stop()
    assert (going.running, let_go.is_set(), ended.result) == (False, True, "counted")
