"""A fleet: a helpdesk, a database, `nextplay serve` and, on PostgreSQL, several `nextplay worker`."""

import asyncio
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import load
from integrations.synced import syncings_of
from integrations.tokens import Role, mint
from tests.acceptance.workspaces import START
from tests.chaos.fleet.deliveries import GENERIC_SECRET, ZENDESK_SECRET
from tests.chaos.fleet.helpdesk import LOG, SAID, Wall
from tests.chaos.fleet.processes import NEXTPLAY, ROOT, STARTS_WITHIN_S, Kept
from tests.storms.vendors.zendesk import ZendeskStorm

AUDIT_KEY = "audit-key"
OPERATOR = "ops@fleet.example"


Hosts = Callable[[str], Mapping[str, str]]
"""The environment that a process of this name has besides, as if it ran on a host of its own."""


def one_host(_name: str) -> Mapping[str, str]:
    """All on the same."""
    return {}


@dataclass
class Fleet:
    """What runs, and where it keeps what it says. `direct`: the database's address past everything that is done to its connections."""

    folder: Path
    direct: str
    url: str
    web: Kept
    workers: list[Kept]
    tickets: list[int]
    tokens: Mapping[str, str]
    offset_s: float
    helpdesk_log: Path
    more: list[tuple[str, Kept]] = field(default_factory=list)
    """Further web processes, each at an address of its own."""
    _keeping: "set[asyncio.Task[None]]" = field(default_factory=set)

    @property
    def processes(self) -> list[Kept]:
        """All that are Nextplay's."""
        return [self.web, *(web for _, web in self.more), *self.workers]

    @property
    def urls(self) -> list[str]:
        """Where the webs serve."""
        return [self.url, *(url for url, _ in self.more)]

    async def ready(self) -> None:
        """Wait until every process works, and the web says that it is ready."""
        await asyncio.gather(*(process.working() for process in self.processes))
        deadline = time.monotonic() + STARTS_WITHIN_S
        async with httpx2.AsyncClient(base_url=self.url, timeout=5, trust_env=False) as client:
            while (said := await ready(client)) != 200:
                assert time.monotonic() < deadline, f"/readyz says {said}: {self.web.log.read_text()[-3000:]}"
                await asyncio.sleep(0.1)


async def ready(client: httpx2.AsyncClient) -> int:
    """What `/readyz` answers; 0 for nothing."""
    try:
        return (await client.get("/readyz")).status_code
    except httpx2.TransportError:
        return 0


@asynccontextmanager
async def fleet(
    folder: Path,
    direct: str,
    *,
    through: str | None = None,
    customers: int,
    workers: int,
    settings: Mapping[str, str] | None = None,
    hosts: Hosts = one_host,
    webs: int = 1,
) -> AsyncIterator[Fleet]:
    """A fleet on a database with our schema, as long as the context is open. `through`: by which address it reaches the database, else directly.
    `hosts`: what is special about the host of a process.
    """
    offset_s = (START - datetime.now(UTC)).total_seconds()
    desk = Kept("helpdesk", ("-m", "tests.chaos.fleet.helpdesk", str(folder), str(customers), str(offset_s)), folder, _environment({}), "")
    desk.start()
    made: Fleet | None = None
    try:
        said = await asyncio.to_thread(_said, desk, folder / SAID)
        own = {
            **said["settings"], "NEXTPLAY_AUDIT_KEY_FILE": str(folder / AUDIT_KEY), "NEXTPLAY_ZENDESK_WEBHOOK_SECRETS": ZENDESK_SECRET,
            "NEXTPLAY_GENERIC_WEBHOOK_SECRETS": GENERIC_SECRET, "NEXTPLAY_UNDO_S": "0", "NEXTPLAY_DEBOUNCE_S": "0",
            "NEXTPLAY_GATHER_DEADLINE_S": "60", "NEXTPLAY_BULK_PER_MINUTE": "100000", "NEXTPLAY_EMBEDDING": "off", **(settings or {}),
        }  # fmt: skip
        tokens = await asyncio.to_thread(_prepared, {**own, "NEXTPLAY_DATABASE_URL": direct}, customers, offset_s)
        environment = _environment({**own, "NEXTPLAY_DATABASE_URL": through or direct})
        (url, web), *more = (_web(name, folder, {**environment, **hosts(name)}) for name in ("serve", *(f"serve{n}" for n in range(1, webs))))
        made = Fleet(
            folder, direct, url, web,
            [
                Kept(name, (*NEXTPLAY, "worker"), folder, {**environment, **hosts(name)}, "Nextplay works")
                for name in (f"worker{n}" for n in range(workers))
            ],
            said["tickets"], tokens, offset_s, folder / LOG, more,
        )  # fmt: skip
        made._keeping = {asyncio.create_task(process.keep()) for process in made.processes}
        await made.ready()
        yield made
    finally:
        await _end(made, desk)


def _web(name: str, folder: Path, environment: Mapping[str, str]) -> tuple[str, Kept]:
    port = free_port()
    return f"http://127.0.0.1:{port}", Kept(name, (*NEXTPLAY, "serve", "--port", str(port)), folder, environment, "Nextplay serves on")


async def _end(made: Fleet | None, desk: Kept) -> None:
    for task in made._keeping if made else ():
        task.cancel()
    ending = [*(made.processes if made else ()), desk]
    codes = await asyncio.gather(*(asyncio.to_thread(process.end) for process in ending))
    if made is not None:
        assert not any(codes[:-1]), f"who is asked to end ends in order, and not with {codes}"


def _said(desk: Kept, file: Path) -> dict[str, Any]:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not file.exists():
        assert desk.works, f"the helpdesk ended: {desk.log.read_text()[-3000:]}"
        assert time.monotonic() < deadline, "the helpdesk does not serve"
        time.sleep(0.05)
    said: dict[str, Any] = json.loads(file.read_text())
    return said


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "LANGGRAPH_STRICT_MSGPACK": "true", "NEXTPLAY_LOG_LEVEL": "WARNING", **settings}


def _prepared(settings: Mapping[str, str], customers: int, offset_s: float) -> dict[str, str]:
    """Have the deployment know its world before anything happens; a token for everybody who may be asked. In a thread: it has a loop of its own."""
    import pytest

    with pytest.MonkeyPatch.context() as changed:
        for name, value in settings.items():
            changed.setenv(name, value)
        return asyncio.run(_prepare(ZendeskStorm(customers, Wall(offset_s)), offset_s))


async def _prepare(desk: ZendeskStorm, offset_s: float) -> dict[str, str]:
    async with open_workspace(load(env_file=None)) as workspace:
        await workspace.clock.move_to(datetime.now(UTC) + timedelta(seconds=offset_s), workspace.database)
        await workspace.sandbox.add(desk.before())
        for syncing in syncings_of(workspace):
            await syncing.run()
        people = await workspace.sandbox.sources.directory.people(workspace.clock())
        tokens = {one.email: await _token(workspace, one.email, "approver") for one in people}
        return {**tokens, OPERATOR: await _token(workspace, OPERATOR, "operator")}


async def _token(workspace: Workspace, who: str, role: Role) -> str:
    text, row = mint(who, role, now=datetime.now(UTC), ttl=timedelta(days=2), random=secrets.token_bytes)
    await workspace.store.add_token(row)
    return text


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def a_file(folder: Path, template: Path) -> str:
    """The address of a fresh database of SQLite."""
    shutil.copy(template, folder / "nextplay.db")
    return f"sqlite:///{folder / 'nextplay.db'}"
