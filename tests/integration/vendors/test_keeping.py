"""The copies are kept young whatever goes wrong in one of them, and only after what must come before."""

import asyncio

import pytest

from agent.errors import InvalidInput
from integrations.vendors.copy import Copy
from integrations.vendors.errors import VendorError
from integrations.vendors.keeping import keep_synced
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.fake import Acme


class Rounds:
    """Sleeps so many times, and is then stopped as the server is."""

    def __init__(self, count: int) -> None:
        self.left = count

    async def __call__(self, _seconds: float) -> None:
        self.left -= 1
        if not self.left:
            raise asyncio.CancelledError


class Work:
    """Fails in the first round."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.done = 0

    async def __call__(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error
        self.done += 1


@pytest.mark.parametrize("error", [VendorError("acme", "it broke"), ValueError("a bug"), InvalidInput("No file.", "Make one.")])
async def test_whatever_fails_is_tried_again_and_stops_nothing_else(copy: Copy, vendor: Acme, watch: Watch, error: Exception) -> None:
    vendor.keys = ("deals",)
    fails, other = Work(error), Work(error)
    other.error = None
    with pytest.raises(asyncio.CancelledError):
        await keep_synced([Syncing(copy, vendor, watch)], after=[fails, other], sleep=Rounds(2))
    assert (fails.done, other.done, len(vendor.asked)) == (1, 2, 2)


async def test_nothing_is_synced_before_what_must_come_before(copy: Copy, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("deals",)
    directory = Work(InvalidInput("The directory file cannot be read.", "Correct it."))
    seen: list[int] = []

    async def after() -> None:
        seen.append(directory.done)

    with pytest.raises(asyncio.CancelledError):
        await keep_synced([Syncing(copy, vendor, watch)], before=directory, after=[after], sleep=Rounds(3))
    assert (seen, len(vendor.asked)) == ([1, 1], 2), "not in the first round, and the file is taken in once"
