"""What `nextplay doctor` looks at. Each check says in a sentence how things are and, if need be, what to do."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Table, func, select

from agent.domain.plays import channel_for
from agent.domain.records import Waiting
from agent.errors import InvalidInput, NextplayError
from agent.playbook import lint
from agent.playbook.loader import DEFAULT, PlaybookError
from agent.playbook.loader import load as load_playbook
from integrations.cli.checks_of_console import check_console
from integrations.cli.checks_of_mail import check_mail
from integrations.cli.checks_of_search import check_search
from integrations.cli.checks_of_systems import check_systems
from integrations.cli.serve import doors
from integrations.db import migrations
from integrations.db.backing import is_on_a_server, shown
from integrations.db.database import Database
from integrations.db.mounts import refuse_network
from integrations.db.server_checks import check_workers
from integrations.db.server_checks import examine as examine_server
from integrations.db.slack import SlackStore
from integrations.db.sqlite import file_of
from integrations.db.store import SqlStore, store_of
from integrations.db.tables import Row
from integrations.embedding import embedding
from integrations.learned import Learned
from integrations.opinions import TicketOpinions
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.sandbox import Sandbox
from integrations.settings import Settings, load
from integrations.slack.examining import examine as examine_slack
from integrations.slack.members import Members, Team
from integrations.slack.web import SlackWeb
from integrations.steady_clock import DRIFT
from integrations.telling.words import age, listed, several, utc
from tools.embedding import EmbedderUnavailable

LEAST_FREE = 200 * 2**20
"""Bytes of free disk below which the database is in danger."""

SAFE_SQLITE = (3, 51, 3)
"""From this version on SQLite guards its log against other processes by itself; before, our lock does."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. `warn`: works, but a person should look. `fail`: does not work."""

    name: str
    level: Literal["ok", "warn", "fail"]
    text: str
    details: tuple[dict[str, str], ...] = ()


def examine() -> list[Check]:
    """Run every check; those that need a database only when there is one that is up to date."""
    try:
        settings = load()
    except InvalidInput as error:
        return [Check("settings", "fail", f"{error.message} {error.next_step}")]
    found = [Check("settings", "ok", "valid"), *_of_settings(settings), _playbook(settings), *_database(settings)]
    if any(check.level == "fail" or "there is none yet" in check.text for check in found if check.name in ("database", "migrations")):
        return [*found, *_slack_unseen(settings)]
    return [*found, *asyncio.run(_contents(settings))]


def _slack_unseen(settings: Settings) -> Iterator[Check]:
    if settings.slack_mode != "off":
        yield Check("slack", "warn", "not looked at before there is a database: nextplay db upgrade, then nextplay doctor again")


def _of_settings(settings: Settings) -> Iterator[Check]:
    model = f"{settings.llm_model} words messages" if settings.openai_api_key else "not configured: content comes from templates (OPENAI_API_KEY)"
    yield Check("model", "ok", model)
    opened = [name for name, _, _, is_open in doors(settings) if is_open]
    closed = [name for name, _, _, is_open in doors(settings) if not is_open]
    yield Check("doors", "ok", f"open: {listed(['API', *opened])}; closed for want of a secret: {listed(closed) or 'none'}")


def _playbook(settings: Settings) -> Check:
    folder = settings.playbook or DEFAULT
    findings = lint.check(folder, today=datetime.now(UTC).date())
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        return Check("playbook", "fail", f"{folder} has {several(len(errors), 'error')}; see: nextplay playbook check {folder}")
    if findings:
        return Check("playbook", "warn", f"{folder} has {several(len(findings), 'warning')}; see: nextplay playbook check {folder}")
    return Check("playbook", "ok", f"{folder}: no findings, and every case of its rules passes")


def _database(settings: Settings) -> Iterator[Check]:
    url = settings.database_url.get_secret_value()
    if is_on_a_server(url):
        yield from _server(url)
        return
    try:
        path = file_of(url)
        refuse_network(path)
    except NextplayError as error:
        yield Check("database", "fail", str(error))
        return
    if not path.exists():
        yield Check("database", "warn", f"there is none yet at {path}; make it with: nextplay db upgrade")
        return
    yield _file(path)
    problems = migrations.check(url)
    yield Check("migrations", "fail" if problems else "ok", "; ".join(problems) or "up to date")


def _server(url: str) -> Iterator[Check]:
    try:
        yield Check("database", *examine_server(url))
        problems = migrations.check(url)
    except NextplayError as error:
        yield Check("database", "fail", f"{shown(url)}: {error}")
        return
    yield Check("migrations", "fail" if problems else "ok", "; ".join(problems) or "up to date")


def _file(path: Path) -> Check:
    guard = "" if sqlite3.sqlite_version_info >= SAFE_SQLITE else ", guarded by a lock file"
    about = f"{path}, SQLite {sqlite3.sqlite_version}{guard}, on a local disk, {path.stat().st_size / 2**20:,.1f} MiB"
    if path.stat().st_mode & 0o077:
        return Check("database", "warn", f"{about}; others can read it: chmod 600 {path}")
    free = shutil.disk_usage(path.parent).free
    if free < LEAST_FREE:
        return Check("database", "warn", f"{about}; only {free / 2**20:,.0f} MiB of disk are free")
    return Check("database", "ok", about)


async def _contents(settings: Settings) -> list[Check]:
    try:
        database = Database(settings.database_url.get_secret_value())
    except NextplayError as error:
        return [Check("database", "fail", str(error))]
    try:
        store = store_of(database, settings.audit_key_file)
        return [
            *[Check(*said) for said in await check_workers(database)],
            *await _in_force(settings, store),
            await _learned(store),
            await _triage(settings, store),
            *[check async for check in _stored(database, store)],
            *[check async for check in _slack(settings, database)],
            *[Check(*said) async for said in check_search(settings, database)],
            *[Check(*said) async for said in check_systems(settings, database, datetime.now(UTC))],
            *[Check(*said) async for said in check_mail(settings, database)],
            *[Check(*said) async for said in check_console(settings, store)],
        ]
    except NextplayError as error:
        return [Check("audit", "fail", str(error))]
    finally:
        database.close()


async def _in_force(settings: Settings, store: SqlStore) -> list[Check]:
    """Which version decides while the folder cannot: said only then."""
    if _playbook(settings).level != "fail":
        return []
    last = await store.last_playbook()
    if last is None:
        return [Check("in force", "fail", "no playbook ever was, so nothing is decided")]
    return [Check("in force", "warn", f"version {last}, the last that this database had in force, goes on deciding")]


async def _learned(store: SqlStore) -> Check:
    """Which model scores, and whether it is the one that should."""
    learned = Learned(store)
    await learned.look()
    if said := learned.warning():
        return Check("learned", "warn", said)
    return Check("learned", "ok", f"{learned().version} scores" if (await store.reigns()) else "the plays' priors score; nothing was learned yet")


async def _triage(settings: Settings, store: SqlStore) -> Check:
    """What tells what tickets are about: words always, and what settled tickets taught where texts can be compared."""
    try:
        async with embedding(settings) as embedder:
            opinions = TicketOpinions(store, None, None)
            await opinions.look()
            if said := opinions.warning():
                return Check("triage", "warn", said)
            if embedder is None:
                why = "texts cannot be compared here (nextplay[semantic], NEXTPLAY_EMBEDDING_URL)"
                return Check("triage", "ok", f"words alone tell what tickets are about: {why}")
            other = opinions.embedder
    except EmbedderUnavailable as error:
        return Check("triage", "fail", f"{error.message} {error.next_step}")
    if other is not None and other != embedder.model:
        retrain = "learn anew: nextplay triage train"
        return Check(
            "triage", "warn", f"{opinions.version} was learned with {other}, and texts are compared by {embedder.model}: it tells nothing; {retrain}"
        )
    told = f"{opinions.version} tells" if other else "nothing was learned from settled tickets yet: words alone tell"
    return Check("triage", "ok", f"{told} what tickets are about")


def _channels(settings: Settings) -> dict[str, str]:
    """By surface, the channel that its asks may go to. A playbook that cannot be read is told of elsewhere."""
    try:
        surfaces = load_playbook(settings.playbook or DEFAULT).surfaces
    except PlaybookError:
        return {}
    return {one.id: channel for one in surfaces.values() if (channel := channel_for(one, sensitive=False))}


async def _slack(settings: Settings, database: Database) -> AsyncIterator[Check]:
    if settings.slack_mode == "off" or settings.slack_bot_token is None:
        return
    clock = await SandboxClock.of(database)
    people = await Sandbox(database, clock).directory.people(clock())
    store, web = SlackStore(database), SlackWeb(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    try:
        async for name, level, text in examine_slack(
            settings, store, people, Members(store, web, lambda: datetime.now(UTC), Team(web).id), web, _channels(settings)
        ):
            yield Check(name, level, text)
    finally:
        await web.close()


async def _stored(database: Database, store: SqlStore) -> AsyncIterator[Check]:
    report = await store.verify_audit()
    intact = f"{several(report.entries, 'entry', 'entries')} in order"
    yield Check("audit", "ok" if report.ok else "fail", intact if report.ok else f"not intact: {report.why} (entry {report.first_bad})")
    yield _quarantine(await store.quarantined())
    yield _waiting(await store.waiting_runs())
    held = [f"{cap.surface} at {cap.mode} since {utc(cap.since)} ({cap.why})" for cap in await store.caps()]
    yield Check("held surfaces", "warn" if held else "ok", f"{'; '.join(held)}. See: nextplay surfaces list" if held else "none")
    dead = await _where(database, "runs", "dead")
    yield _count("dead letters", dead, "run", "runs", "failed too often; see: nextplay dead list")
    parked = await _where(database, "runs", "parked")
    yield _count("parked runs", parked, "run", "runs", "waits for a person to look; see: nextplay effects list")
    unknown = await _where(database, "actions", "unknown")
    yield _count("unknown effects", unknown, "effect", "effects", "may or may not have happened; see: nextplay effects list")
    yield await _clock(database)


def _quarantine(rows: Sequence[Mapping[str, Any]]) -> Check:
    """Deliveries that were set aside, each with the hash of its content and of the content that came first under the same id."""
    about = (
        "unreadable, or the same id with other content; they are not processed. Where the first to come was wrong, have the sender send"
        " the right one with an id of its own"
    )
    names = ("source", "event_id", "at", "why", "sha256", "known_sha256")
    shown = [{name: utc(row[name]) if name == "at" else str(row[name]) for name in names if row[name] is not None} for row in rows]
    return replace(_count("quarantine", len(rows), "delivery", "deliveries", about), details=tuple(shown))


def _waiting(silent: Sequence[Waiting]) -> Check:
    """Runs that a silent source keeps from going on: nothing is lost, but nothing is decided either."""
    said = [f"{several(one.runs, 'run')} for {one.source} since {utc(one.since)}" for one in silent]
    return Check("waiting runs", "warn" if said else "ok", f"{listed(said)}; they go on when it answers" if said else "none")


def _count(name: str, count: int, one: str, many: str, about: str) -> Check:
    return Check(name, "warn" if count else "ok", f"{several(count, one, many)}: {about}" if count else "none")


async def _where(database: Database, name: str, state: str) -> int:
    table: Table = Row.metadata.tables[name]
    query = select(func.count()).select_from(table).where(table.c.state == state)
    return int(await database.read(lambda session: session.connection().execute(query).scalar_one()))


async def _clock(database: Database) -> Check:
    """A clock that is behind what was already decided would let nothing come due; one that is not its server's is not followed."""
    decided = Row.metadata.tables["decisions"].c.created_at
    newest: datetime | None = await database.read(lambda session: session.connection().execute(select(func.max(decided))).scalar())
    wall = await database.time()
    apart = round((datetime.now(UTC) - wall).total_seconds())
    now = (await SandboxClock.of(database, wall=lambda: wall))()
    moved = f", moved to {now:%Y-%m-%d %H:%M} UTC for the sandbox's story" if abs(now - wall) > timedelta(minutes=1) else ""
    if newest is not None and newest - now > timedelta(minutes=5):
        return Check("clock", "warn", f"{wall:%Y-%m-%d %H:%M} UTC{moved}; the newest decision lies ahead of it ({age(newest, now)})")
    if abs(apart) > DRIFT.total_seconds():
        said = f"{wall:%Y-%m-%d %H:%M} UTC by the database's server, from which this host's clock is {apart:+,} s away; set one of them right"
        return Check("clock", "warn", said)
    return Check("clock", "ok", f"{wall:%Y-%m-%d %H:%M} UTC{moved}")
