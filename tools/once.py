"""The source systems, and ways of reading them: as they are, each record once, or by somebody who does not wait twice."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, cast

from tools.ports import Crm, Directory, Helpdesk, Search
from tools.triage import NOBODY, Opinions


@dataclass(frozen=True, slots=True)
class Read:
    """One question to a source: whom, what, about what, and how to ask it."""

    source: str
    name: str
    about: Hashable
    ask: Callable[[], Awaitable[Any]]


Way = Callable[[Read], Awaitable[Any]]
"""How a question is put. It returns or raises what the source does, or raises SourceError in its place."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The source systems that tools read from, and who is asked what kind of issue a text is about."""

    crm: Crm
    helpdesk: Helpdesk
    search: Search
    directory: Directory
    opinions: Opinions = NOBODY

    def through(self, way: Way) -> "Sources":
        """The same sources, each of their reads put in that way."""
        return Sources(
            cast("Crm", _Through("crm", self.crm, way)),
            cast("Helpdesk", _Through("helpdesk", self.helpdesk, way)),
            cast("Search", _Through("search", self.search, way)),
            cast("Directory", _Through("directory", self.directory, way)),
            self.opinions,
        )

    def once(self) -> "Sources":
        """The same sources, each read remembered: for one gathering only, because what it remembers grows old.

        However many tools ask for a record, it is read once. Searches are not remembered: no two tools make the same.
        """
        return replace(self.through(_Seen().read), search=self.search)


class _Through:
    """A port all of whose reads go one way."""

    def __init__(self, source: str, port: object, way: Way) -> None:
        self._source, self._port, self._way = source, port, way

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        ask = getattr(self._port, name)

        def read(*args: Any, **named: Any) -> Awaitable[Any]:
            about = (*map(_fixed, args), *((key, _fixed(value)) for key, value in named.items()))
            return self._way(Read(self._source, name, about, lambda: ask(*args, **named)))

        return read


def _fixed(value: Any) -> Hashable:
    """What is asked about, as something that can be remembered."""
    if isinstance(value, list):
        return tuple(value)
    return frozenset(value) if isinstance(value, set) else cast("Hashable", value)


class _Seen:
    """Reads under way or done, by what was asked. Whoever asks while a read is under way waits for the same one."""

    def __init__(self) -> None:
        self._reads: dict[Hashable, asyncio.Future[Any]] = {}

    async def read(self, read: Read) -> Any:
        key = (read.source, read.name, read.about)
        if key not in self._reads or self._reads[key].cancelled():  # who was waiting ran out of time
            self._reads[key] = asyncio.ensure_future(read.ask())
            self._reads[key].add_done_callback(noticed)
        return await self._reads[key]


def noticed(read: asyncio.Future[Any]) -> None:
    """Look at a failure that nobody waits for any more, so that asyncio does not report it as lost."""
    if not read.cancelled():
        read.exception()
