"""`nextplay serve` and two `nextplay worker` on one PostgreSQL, as processes: what is acknowledged is decided once, also when a worker is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine, text

from tests.chaos.world import smoke, world
from tests.databases import ON_POSTGRES

pytestmark = ON_POSTGRES
ROOT = Path(__file__).parents[2]
ACCOUNTS, TICKETS, COPIES = 4, 3, 2
WITHIN_S = 90


class Deployment:
    """The commands of a deployment whose settings name a database on a server."""

    def __init__(self, url: str, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))}
        self._environment = {
            **kept, "PYTHONPATH": str(ROOT), "NEXTPLAY_DATABASE_URL": url, "NEXTPLAY_AUDIT_KEY_FILE": str(folder / "key"),
            "NEXTPLAY_GATHER_DEADLINE_S": "60",
        }  # fmt: skip
        self._folder = folder

    def run(self, *command: str) -> str:
        """What a command prints."""
        done = subprocess.run(self._command(command), cwd=self._folder, env=self._environment, text=True, capture_output=True, check=False)  # noqa: S603  ours
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def started(self, *command: str) -> Iterator["subprocess.Popen[str]"]:
        """A command that goes on until it is stopped. Its messages go to a file of its own."""
        with (self._folder / f"{command[0]}-{time.monotonic_ns()}.log").open("w") as log:
            process = subprocess.Popen(self._command(command), cwd=self._folder, env=self._environment, text=True, stdout=log, stderr=log)  # noqa: S603  ours
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()

    def _command(self, command: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-c", "from evals.cli import main; raise SystemExit(main())", *command]


def until(holds: Callable[[], Any]) -> Any:
    """Wait until something holds; what it gives then."""
    deadline = time.monotonic() + WITHIN_S
    while not (found := holds()):
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
    return found


@pytest.fixture
def deployment(url: str, tmp_path: Path) -> Deployment:
    (tmp_path / "world.json").write_text(world(accounts=ACCOUNTS, tickets=TICKETS))
    made = Deployment(url, tmp_path)
    made.run("sandbox", "apply", "world.json")
    return made


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def counted(url: str, query: str) -> int:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())
    finally:
        engine.dispose()


def ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def test_what_is_acknowledged_is_decided_once_also_when_a_worker_is_killed(deployment: Deployment, url: str, free_port: int) -> None:
    token = json.loads(deployment.run("people", "token", "ops@example.com", "--role", "ingest", "--json"))["token"]
    events = [event for event in smoke(range(ACCOUNTS), range(TICKETS)) for _ in range(COPIES)]
    with deployment.started("serve", "--port", str(free_port)), deployment.started("worker") as victim, deployment.started("worker") as other:
        until(lambda: ready(free_port))
        with httpx2.Client(base_url=f"http://127.0.0.1:{free_port}", headers={"Authorization": f"Bearer {token}"}) as client:
            for number, event in enumerate(events):
                if number == len(events) // 2:
                    os.kill(victim.pid, signal.SIGKILL)
                assert client.post("/api/v1/events", json=wire(event)).status_code in (200, 202)
        until(lambda: counted(url, "SELECT count(*) FROM runs WHERE state IN ('new', 'acting')") == 0)
        assert other.poll() is None
        other.send_signal(signal.SIGTERM)
        assert other.wait(WITHIN_S) == 0

    count = ACCOUNTS * TICKETS
    assert counted(url, "SELECT count(*) FROM decisions") == counted(url, "SELECT count(DISTINCT run_id) FROM decisions") == count
    assert counted(url, "SELECT count(*) FROM sandbox_effects") == counted(url, "SELECT count(*) FROM actions WHERE state = 'done'") > 0
    assert counted(url, "SELECT count(*) FROM actions WHERE state NOT IN ('done', 'planned')") == 0
    assert "INTACT" in deployment.run("audit", "verify")


def wire(event: Any) -> dict[str, Any]:
    """An event as a source would send it."""
    return {
        "source": event.source, "id": event.id, "type": event.type, "occurred_at": event.occurred_at.isoformat(), "data": dict(event.data),
        "subject": {"kind": event.subject_kind, "id": event.subject_id},
    }  # fmt: skip
