"""The playbook in force: the folder's as long as it is sound, else the last that this database had in force."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from agent.domain.modes import raised
from agent.domain.playbook import Playbook
from agent.domain.plays import Mode
from agent.domain.records import Cap
from agent.playbook import lint
from agent.playbook.loader import PlaybookError, Problem, load, yaml_files
from agent.playbook.storing import playbook_from_json, playbook_to_json
from integrations.db.store import SqlStore

log = structlog.get_logger()

Load = Callable[[Path], Playbook]
Seen = tuple[tuple[str, int, int], ...]


class InForce:
    """Which playbook decides. A folder that cannot be loaded, or that the lint finds errors in, never replaces one that was in force.

    The first playbook of a database only has to load: there is nothing better to go on with.
    """

    def __init__(self, store: SqlStore, folder: Path, clock: Callable[[], datetime], load: Load = load) -> None:
        self._store, self._folder, self._clock, self._load = store, folder, clock, load
        self._known: dict[str, Playbook] = {}
        self._current: Playbook | None = None
        self._seen: Seen | None = None
        self.refused: PlaybookError | None = None

    def __call__(self) -> Playbook:
        """The playbook in force. Raises PlaybookError where there never was one."""
        if self._current is None:
            assert self.refused is not None, "look was called before"  # noqa: S101  bootstrap does
            raise self.refused
        return self._current

    async def of(self, version: str) -> Playbook | None:
        """A playbook that was in force once, as it was then."""
        if version not in self._known and (stored := await self._store.playbook(version)):
            self._known[version] = playbook_from_json(version, stored)
        return self._known.get(version)

    async def look(self) -> None:
        """Take over what the folder says if it changed since the last look and is sound; cheap when it did not."""
        seen = await asyncio.to_thread(_seen_in, self._folder)
        if seen == self._seen:
            return
        self._seen = seen
        last = self._current.version if self._current else await self._store.last_playbook()
        try:
            found = await asyncio.to_thread(self._load, self._folder)
            if last and found.version != last and await self.of(found.version) is None:
                await asyncio.to_thread(_check, self._folder)
        except PlaybookError as error:
            await self._refuse(error, last)
        else:
            await self._take(found, last)

    def warning(self) -> str:
        """What people must know while the folder is not what decides; empty when it is."""
        if self.refused is None or self._current is None:
            return ""
        why = str(self.refused).partition("\n")[0].rstrip(":")
        stays = f"Version {self._current.version}, the last that was sound, stays in force."
        return f"{why[:1].upper()}{why[1:]} and is not used. {stays} See: nextplay playbook check {self._folder}"

    async def _take(self, found: Playbook, last: str | None) -> None:
        if found.version != last:
            await self._hold_raises(found, last)
            await self._store.keep_playbook(found.version, playbook_to_json(found), self._clock())
        if self._current and found.version != self._current.version:
            log.info("playbook changed", before=self._current.version, after=found.version)
        self._known[found.version] = self._current = found
        self.refused = None

    async def _hold_raises(self, found: Playbook, last: str | None) -> None:
        """A surface that a new version raises to `auto` stays where it was until that is proven or allowed. The first playbook stands as it is.

        What an earlier version asked for and this one does not, nobody need hold back any more.
        """
        before = _modes(await self._store.playbook(last)) if last else None
        if before is None:
            return
        at = self._clock()
        for name, mode in raised(before, {surface.id: surface.mode for surface in found.surfaces.values()}).items():
            why = f"playbook {found.version} raises it from {before.get(name, 'nothing')} to auto, and no launch check has passed"
            await self._store.cap(Cap(f"cap_{name}_unproven_{found.version}_{at:%Y%m%d%H%M%S}", name, "unproven", mode, why, found.version, at))
        for cap in await self._store.caps():
            surface = found.surfaces.get(cap.surface)
            if cap.kind == "unproven" and (surface is None or surface.mode != "auto"):
                await self._store.lift_cap(cap.surface, "unproven", by="nextplay", why=f"playbook {found.version} asks for no auto", at=at)

    async def _refuse(self, error: PlaybookError, last: str | None) -> None:
        self.refused = error
        self._current = self._current or await self._stored(last)
        stays = self._current.version if self._current else None
        log.warning("playbook refused", folder=str(self._folder), problems=[str(one) for one in error.problems[:5]], stays=stays)

    async def _stored(self, version: str | None) -> Playbook | None:
        try:
            return await self.of(version) if version else None
        except ValidationError:  # kept by another release, in a shape that this one does not know
            return None


def _modes(stored: dict[str, Any] | None) -> dict[str, Mode]:
    """The modes of the surfaces of a stored playbook, of whatever release: what is not known was not in `auto`."""
    return {one["id"]: one["mode"] for one in (stored or {}).get("surfaces", ())}


def _check(folder: Path) -> None:
    """Raise PlaybookError with what the lint calls errors."""
    errors = [finding for finding in lint.check(folder) if finding.severity == "error"]
    if errors:
        raise PlaybookError(folder, [Problem(e.file or str(folder), e.line, f"{e.kind} '{e.id}': {e.message}") for e in errors])


def _seen_in(folder: Path) -> Seen:
    """What tells a changed folder: its files, when they were written, and how long they are."""
    found = []
    for path in yaml_files(folder):
        try:
            stat = path.stat()
        except OSError:  # it is just being replaced
            found.append((str(path), 0, -1))
        else:
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
