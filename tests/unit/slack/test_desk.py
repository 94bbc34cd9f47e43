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
