import asyncio

from integrations.slack.lanes import in_lanes


async def test_what_is_slow_in_one_lane_holds_up_no_other() -> None:
    other, done = asyncio.Event(), list[str]()

    async def do(thing: str) -> bool:
        if thing == "a1":
            await other.wait()  # one after the other this would never end
        if thing == "b1":
            other.set()
        done.append(thing)
        return thing != "a2"

    async with asyncio.timeout(5):
        assert await in_lanes(["a1", "a2", "b1"], lambda thing: thing[0], do) == 2
    assert done == ["b1", "a1", "a2"], "and in a lane the order is kept"


async def test_an_order_that_is_given_is_kept_in_each_lane() -> None:
    done = list[str]()

    async def do(thing: str) -> bool:
        done.append(thing)
        return True

    async def backwards(lane: list[str]) -> list[str]:
        return lane[::-1]

    assert await in_lanes(["a1", "b1", "a2"], lambda thing: thing[0], do, backwards) == 3
    assert done == ["a2", "a1", "b1"]
