"""How often a vendor may be asked."""

import asyncio

import pytest

from integrations.vendors.allowance import APART_S, Allowance, Limit
from integrations.vendors.errors import Busy
from tests.unit.vendors.time import Time


def allowance(time: Time, requests: float = 10, seconds: float = 1, share: float = 1.0, patience_s: float = 2.0) -> Allowance:
    return Allowance("hubspot", Limit(requests, seconds), clock=time.monotonic, sleep=time.sleep, share=share, patience_s=patience_s)


async def taken(of: Allowance, times: int) -> None:
    for _ in range(times):
        await of.take()


async def test_what_is_there_is_taken_at_once_and_then_it_goes_as_it_fills() -> None:
    time = Time()
    own = allowance(time)
    await taken(own, 10)
    assert time.slept == []
    await taken(own, 3)
    assert time.now == pytest.approx(0.3)


async def test_a_share_is_left_to_others() -> None:
    time = Time()
    await taken(allowance(time, share=0.7), 7)
    assert time.slept == []
    own = allowance(time, share=0.7)
    await taken(own, 8)
    assert time.now == pytest.approx(1 / 7)


async def test_who_would_wait_too_long_is_told_when_to_come_back_and_has_taken_nothing() -> None:
    time = Time()
    own = allowance(time, requests=1, seconds=10)
    await own.take()
    with pytest.raises(Busy) as told:
        await own.take()
    assert told.value.seconds == pytest.approx(10)
    time.now += 10
    await own.take()
    assert time.slept == []


async def test_nobody_asks_before_the_vendor_said_to_come_back() -> None:
    time = Time()
    own = allowance(time)
    own.close(1.5)
    await own.take()
    assert time.now == 1.5
    own.close(30)
    own.close(3)  # a shorter wait does not undo a longer one
    with pytest.raises(Busy, match="ask again in 30 s"):
        await own.take()


async def test_what_the_vendor_says_of_its_limit_is_believed() -> None:
    time = Time()
    own = allowance(time, requests=1, seconds=1)
    own.learn(Limit(100, 10))
    time.now += 10
    await taken(own, 100)
    assert time.slept == []


async def test_what_others_have_used_up_is_gone_for_us_too() -> None:
    time = Time()
    own = allowance(time, requests=100, seconds=10, share=0.5)
    own.learn(left=52)  # 50 are kept free for others
    await taken(own, 2)
    assert time.slept == []
    await own.take()
    assert time.now == pytest.approx(0.2)


class Crowd(Time):
    """Many wait at once; while they do, the vendor says again and again that it is too much."""

    def __init__(self, *waits: float) -> None:
        super().__init__()
        self.own, self._waits = allowance(self, requests=1000), [*waits]

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)
        if self._waits:
            self.own.close(self._waits.pop(0))


async def test_who_waits_goes_on_waiting_where_the_vendor_says_once_more_that_it_is_too_much() -> None:
    crowd = Crowd(0.5, 0.5)
    crowd.own.close(1)
    await crowd.own.take()
    assert crowd.now == pytest.approx(2)


async def test_that_too_has_an_end_and_then_nothing_was_taken() -> None:
    crowd = Crowd(30)
    crowd.own.learn(Limit(1, 1000))
    crowd.own.close(1)
    with pytest.raises(Busy, match="ask again in 30 s"):
        await crowd.own.take()
    crowd.now += 30
    await crowd.own.take()
    assert crowd.now == pytest.approx(31)


async def test_after_a_wait_they_come_back_one_after_the_other_and_whoever_comes_later_behind_them() -> None:
    crowd, came = Crowd(), list[float]()
    crowd.own.close(1)

    async def comes() -> None:
        await crowd.own.take()
        came.append(crowd.now)
        if len(came) == 1:
            await comes()

    await asyncio.gather(*(comes() for _ in range(4)))
    assert came == pytest.approx([1 + number * APART_S for number in range(5)])
    crowd.now += 1
    began = crowd.now
    await taken(crowd.own, 100)
    assert crowd.now == began, "the line is at its end"


async def test_a_line_that_is_too_long_is_left_to_those_who_stand_in_it() -> None:
    crowd = Crowd()
    crowd.own.close(1.9)
    told = await asyncio.gather(*(crowd.own.take() for _ in range(4)), return_exceptions=True)
    assert [type(one) for one in told] == [type(None), type(None), type(None), Busy]
