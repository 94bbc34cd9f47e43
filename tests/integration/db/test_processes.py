"""Several processes on one file: writing at once, and dying before or after a commit."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WRITER = """
import asyncio, sys
from integrations.db.database import Database

async def main(url, name, count):
    database = Database(url)
    def put(number):
        def work(connection):
            # Reading first and writing then is what fails under a deferred BEGIN.
            connection.exec_driver_sql("SELECT count(*) FROM sandbox_meta").scalar()
            connection.exec_driver_sql("INSERT INTO sandbox_meta VALUES (?, 'v')", (f"{name}{number}",))
        return database.write_core(work)
    await put("start")
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(0, count, 5):
        await asyncio.gather(*(put(n) for n in range(number, number + 5)))
    database.close()
    print("done", flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""
DYING = """
import asyncio, os, sys
from integrations.db.database import Database

class Dying(Database):
    def _commit(self, session):
        if armed and sys.argv[2] == "before":
            os._exit(9)
        super()._commit(session)
        if armed and sys.argv[2] == "after":
            os._exit(9)

armed = False

async def main():
    global armed
    database = Dying(sys.argv[1])
    def put(key):
        return database.write_core(
            lambda c: c.exec_driver_sql("INSERT INTO sandbox_meta VALUES (?, 'v')", (key,)).rowcount
        )
    for number in range(3):
        await put(f"acked{number}")
    armed = True
    await put("last")

asyncio.run(main())
"""


def spawn(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  our own code, above
        [sys.executable, "-W", "error", "-c", code, *args],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def keys(url: str) -> set[str]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {key for (key,) in connection.execute("SELECT key FROM sandbox_meta")}
    finally:
        connection.close()


def test_two_processes_write_at_once(url: str) -> None:
    processes = [spawn(WRITER, url, name, "200") for name in "ab"]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=60) for process in processes]
    assert [out for out, _ in ends] == ["done\n", "done\n"], [err[-2000:] for _, err in ends]
    assert len(keys(url)) == 402


@pytest.mark.parametrize(("when", "kept"), [("before", False), ("after", True)])
def test_dying_around_a_commit_keeps_what_was_acknowledged(url: str, when: str, kept: bool) -> None:
    process = spawn(DYING, url, when)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 9, error[-2000:]
    assert keys(url) == {"acked0", "acked1", "acked2", *(["last"] if kept else [])}
