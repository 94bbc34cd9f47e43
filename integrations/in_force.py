"""The playbook in force: the folder's with what was published over it, as long as that is sound, else the last that this database had in force."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
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
from agent.playbook.changing import Changed, Unusable, changed
from agent.playbook.drafts import PlaybookReign, Publication
from agent.playbook.loader import PlaybookError, Problem, load, yaml_files
from agent.playbook.storing import playbook_from_json, playbook_to_json
from agent.ports import AuditEntry
from integrations.db.part import OURSELVES
from integrations.db.store import SqlStore

log = structlog.get_logger()

Load = Callable[[Path], Playbook]
Seen = tuple[tuple[str, int, int], ...]

OVER_THE_FOLDER = "the published changes"


class InForce:
    """Which playbook decides. A folder that cannot be loaded, or that the lint finds errors in, never replaces one that was in force; neither do
    published changes that do not fit it. Where a file says something else than a published change replaces, the file wins.

    The first playbook of a database only has to load: there is nothing better to go on with.
    """

    def __init__(self, store: SqlStore, folder: Path, clock: Callable[[], datetime], load: Load = load) -> None:
        self._store, self._folder, self._clock, self._load = store, folder, clock, load
        self._known: dict[str, Playbook] = {}
        self._current: Playbook | None = None
        self._seen: tuple[Seen, int | None] | None = None
        self.standing: Standing | None = None
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
        """Take over what the folder says, and what was published, if either changed since the last look and is sound; cheap when neither did."""
        seen = (await asyncio.to_thread(_seen_in, self._folder), await self._store.last_publication())
        if seen == self._seen:
            return
        self._seen = seen
        last = self._current.version if self._current else await self._store.last_playbook()
        try:
            standing = await self._standing(seen[1])
            await self._check(standing, last)
        except PlaybookError as error:
            await self._refuse(error, last)
        else:
            await self._take(standing, last)

    async def _standing(self, seq: int | None) -> "Standing":
        """What the folder and the publication give together. Raises PlaybookError."""
        publication = await self._store.publication(seq) if seq is not None else None
        folder = await asyncio.to_thread(self._load, self._folder)
        try:
            return Standing(folder, changed(folder, publication.changes if publication else ()), publication)
        except Unusable as error:
            raise PlaybookError(self._folder, [Problem(OVER_THE_FOLDER, None, str(error))]) from None

    async def _check(self, standing: "Standing", last: str | None) -> None:
        """Raise PlaybookError with what the lint calls errors, of what was never in force."""
        found = standing.changed.playbook
        if last is None or found.version == last or await self.of(found.version) is not None:
            return
        if found is standing.folder or await self.of(standing.folder.version) is None:
            await asyncio.to_thread(_check, self._folder)
        if found is not standing.folder:
            await asyncio.to_thread(_check_changed, self._folder, standing)

    def warning(self) -> str:
        """What people must know while the folder is not what decides; empty when it is."""
        if self.refused is None or self._current is None:
            return ""
        why = str(self.refused).partition("\n")[0].rstrip(":")
        stays = f"Version {self._current.version}, the last that was sound, stays in force."
        return f"{why[:1].upper()}{why[1:]} and is not used. {stays} See: nextplay playbook check {self._folder}"

    async def _take(self, standing: "Standing", last: str | None) -> None:
        found, before = standing.changed.playbook, self.standing
        if found.version != last:
            await self._hold_raises(found, last)
        if found.version != last or before is None or standing.names != before.names:
            await self._tell_overtaken(standing, news=await self._note(standing, last))
        if self._current and found.version != self._current.version:
            log.info("playbook changed", before=self._current.version, after=found.version)
        self._known[found.version] = self._current = found
        self.standing, self.refused = standing, None

    async def _note(self, standing: "Standing", last: str | None) -> bool:
        """Keep what came into force; whether that was news."""
        found, at = standing.changed.playbook, self._clock()
        reign = PlaybookReign(found.version, *standing.names, at)
        if found.version == last:
            return await self._store.note_reign(reign)
        return await self._store.keep_playbook(found.version, playbook_to_json(found), at, reign)

    async def _tell_overtaken(self, standing: "Standing", *, news: bool) -> None:
        """A change that somebody published and that no longer holds is told: in the log, and once in the audit log."""
        for one in standing.changed.overtaken:
            log.warning("published change overtaken", setting=str(one.change.at), why=one.says)
            if news:
                data = {**one.change.to_json(), "file": one.file, "why": one.says}
                await self._store.note(
                    AuditEntry("playbook.overtaken", OURSELVES, f"playbook:{standing.changed.playbook.version}", data), self._clock()
                )

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
            await self._store.cap(Cap(f"cap_{name}_unproven_{found.version}_{at:%Y%m%d%H%M%S%f}", name, "unproven", mode, why, found.version, at))
        for cap in await self._store.caps():
            surface = found.surfaces.get(cap.surface)
            if cap.kind == "unproven" and (surface is None or surface.mode != "auto"):
                await self._store.lift_cap(cap.surface, "unproven", by="nextplay", why=f"playbook {found.version} asks for no auto", at=at)

    async def _refuse(self, error: PlaybookError, last: str | None) -> None:
        self.refused, self.standing = error, None
        self._current = self._current or await self._stored(last)
        stays = self._current.version if self._current else None
        log.warning("playbook refused", folder=str(self._folder), problems=[str(one) for one in error.problems[:5]], stays=stays)

    async def _stored(self, version: str | None) -> Playbook | None:
        try:
            return await self.of(version) if version else None
        except ValidationError:  # kept by another release, in a shape that this one does not know
            return None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the folder says, what lies over it, and what they give together."""

    folder: Playbook
    changed: Changed
    publication: Publication | None = None

    @property
    def names(self) -> tuple[str, int | None]:
        """What tells one from another."""
        return self.folder.version, self.publication.seq if self.publication else None


def _modes(stored: dict[str, Any] | None) -> dict[str, Mode]:
    """The modes of the surfaces of a stored playbook, of whatever release: what is not known was not in `auto`."""
    return {one["id"]: one["mode"] for one in (stored or {}).get("surfaces", ())}


def _check(folder: Path) -> None:
    """Raise PlaybookError with what the lint calls errors."""
    errors = [finding for finding in lint.check(folder) if finding.severity == "error"]
    if errors:
        raise PlaybookError(folder, [Problem(e.file or str(folder), e.line, f"{e.kind} '{e.id}': {e.message}") for e in errors])


def _check_changed(folder: Path, standing: Standing) -> None:
    """Raise PlaybookError with what the lint calls errors once the published changes are made."""
    errors = [one for one in lint.judged(standing.changed.playbook) if one.severity == "error"]
    if errors:
        raise PlaybookError(folder, [Problem(OVER_THE_FOLDER, None, f"{one.kind} '{one.id}': {one.message}") for one in errors])


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
