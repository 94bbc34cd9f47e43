"""A worker of bare Procrastinate, whose jobs do nothing: the floor of what workers can do on a server.

    python -m tests.benchmarks.bare_jobs ADDRESS CONCURRENCY

works until it is killed.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from procrastinate import App, PsycopgConnector

from tests.chaos.fleet.processes import ROOT

NOTHING, ACCOUNTS = "nothing", 200
"""The jobs are of so many accounts, whose jobs go one after the other."""


def app_of(address: str) -> App:
    """The jobs of a server; its address is as libpq reads it."""
    app = App(connector=PsycopgConnector(conninfo=address))

    @app.task(name=NOTHING)
    async def nothing(number: int) -> None:
        del number

    return app


async def defer(address: str, count: int) -> None:
    """Line so many up."""
    async with app_of(address).open_async() as app:
        await asyncio.gather(*(app.configure_task(NOTHING, lock=f"account {n % ACCOUNTS}").defer_async(number=n) for n in range(count)))


@contextmanager
def working(address: str, workers: int, concurrency: int) -> Iterator[None]:
    """So many such workers, as processes, while the context is open."""
    command = [sys.executable, "-m", "tests.benchmarks.bare_jobs", address, str(concurrency)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(workers)]  # noqa: S603  ours
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


async def _work(address: str, concurrency: int) -> None:
    async with app_of(address).open_async() as app:
        await app.run_worker_async(concurrency=concurrency, delete_jobs="always", install_signal_handlers=False)


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], int(sys.argv[2])))
