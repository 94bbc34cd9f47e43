"""Names are read once for many cards, and are not believed for ever."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from integrations.slack.names import KEPT, Names

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Directory:
    """Counts how often it is read; `called` is what it tells, nobody while it is silent."""

    def __init__(self, called: str | None = "Ada Byron") -> None:
        self.called, self.times, self.at = called, 0, AT

    async def read(self) -> Mapping[str, str]:
        self.times += 1
        await asyncio.sleep(0)
        return {"ada@example.com": self.called} if self.called else {}

    def names(self) -> Names:
        return Names(self.read, lambda: self.at)


async def test_many_cards_at_once_read_the_directory_once() -> None:
    directory = Directory()
    names = directory.names()
    told = await asyncio.gather(*(names.known() for _ in range(50)))
    assert directory.times == 1
    assert all(one == {"ada@example.com": "Ada Byron"} for one in told)


async def test_a_new_name_is_known_when_the_old_one_is_not_believed_any_more() -> None:
    directory = Directory()
    names = directory.names()
    await names.known()
    directory.called = "Ada Lovelace"
    directory.at += KEPT
    assert await names.known() == {"ada@example.com": "Ada Byron"}
    directory.at += timedelta(seconds=1)
    assert await names.known() == {"ada@example.com": "Ada Lovelace"}


async def test_what_a_silent_directory_did_not_tell_is_asked_for_again_at_once() -> None:
    directory = Directory(called=None)
    names = directory.names()
    assert await names.known() == {}
    directory.called = "Ada Byron"
    assert await names.known() == {"ada@example.com": "Ada Byron"}


async def test_a_directory_that_falls_silent_is_no_source_of_old_names() -> None:
    directory = Directory()
    names = directory.names()
    await names.known()
    directory.called, directory.at = None, AT + KEPT * 2
    assert await names.known() == {}
