import asyncio

from integrations.slack.desk import Desk


async def test_a_desk_that_is_woken_while_it_is_stopped_stops() -> None:
    """Else the server could not end: what wakes it may come at the very moment."""
    looked = asyncio.Event()

    async def look() -> int:
        looked.set()
        return 0

    desk = Desk([look], every_s=60)
    running = asyncio.create_task(desk.run())
    await looked.wait()
    await asyncio.sleep(0)
    desk.wake()
    running.cancel()

    done, _ = await asyncio.wait({running}, timeout=5)

    assert done == {running}
    assert running.cancelled()


async def test_what_is_paced_does_not_follow_every_news() -> None:
    """Each of its passes asks Slack, which does not like to be asked too often."""
    hurried, paced, passes = list[int](), list[int](), asyncio.Queue[int]()

    async def hurry() -> int:
        hurried.append(1)
        passes.put_nowait(1)
        return 0

    async def pace() -> int:
        paced.append(1)
        return 0

    desk = Desk([hurry], paced=[pace], every_s=60)
    running = asyncio.create_task(desk.run())
    async with asyncio.timeout(10):
        await passes.get()
        for _ in range(5):
            desk.wake()
            await passes.get()
    running.cancel()
    await asyncio.wait({running})

    assert len(hurried) == 6
    assert len(paced) == 1
