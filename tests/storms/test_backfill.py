"""A large portal is read whole: killed in the middle it goes on from there, and it takes no more memory the longer it lasts."""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.sandbox.doubles.hubspot.portal import Bulk, Portal
from integrations.sandbox.doubles.hubspot.server import hubspot
from tests.acceptance.workspaces import DATABASE

AT = datetime(2026, 11, 1, tzinfo=UTC)
SYNC = ("-c", "from evals.cli import main; raise SystemExit(main())", "systems", "sync")


def counted(folder: Path) -> dict[str, int]:
    """How many records of each kind the copy has."""
    file = folder / DATABASE
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        try:
            return dict(connection.execute("SELECT kind, count(*) FROM sandbox_records GROUP BY kind").fetchall())
        except sqlite3.OperationalError:  # its tables are being made
            return {}


def peak_kb(pid: int) -> list[int]:
    """The most memory that a process has had; nothing of one that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]


async def started(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, *SYNC, env=environment, stdout=asyncio.subprocess.DEVNULL)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read where Linux tells it")
async def test_a_large_portal_is_read_whole_also_when_killed_and_in_flat_memory(folder: Path, whole: bool) -> None:
    companies, deals = (50_000, 200_000) if whole else (1_000, 4_000)
    portal = Portal(bulk=Bulk(companies, deals, AT))
    double = hubspot(portal, requests=1_000_000, searches=1_000_000)
    async with double.serving() as url:
        named = {"NEXTPLAY_CRM": "hubspot", "NEXTPLAY_HUBSPOT_TOKEN": next(iter(portal.tokens)), "NEXTPLAY_HUBSPOT_URL": url}
        first = await started({**os.environ, **named})
        while counted(folder).get("deals", 0) < deals // 5:
            assert first.returncode is None, "it has ended before it could be killed"
            await asyncio.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        had = counted(folder)["deals"]
        assert had < deals
        before = sum(path.endswith("/companies") for _, path in double.asked)
        second = await started({**os.environ, **named})
        peaks = []
        while second.returncode is None:
            if counted(folder).get("deals", 0) > had:
                peaks += peak_kb(second.pid)
            await asyncio.sleep(0.2 if whole else 0.02)
        assert second.returncode == 0
        again = sum(path.endswith("/companies") for _, path in double.asked) - before
        assert again < before / 4, "what was read to its end is not read again"
    found = counted(folder)
    assert (found["accounts"], found["deals"]) == (companies, deals)
    assert peaks[-1] < peaks[0] + 40_000, "kilobytes"
