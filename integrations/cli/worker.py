"""`nextplay worker`: does what `nextplay serve` takes in, where the database is PostgreSQL."""

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    concurrency: Annotated[int, typer.Option(metavar="N", min=1, max=256, help="How many runs to drive at the same time.")] = 8,
) -> None:
    """Drive the runs of a deployment on PostgreSQL, beside as many other workers as there are, until stopped with Ctrl-C or SIGTERM."""
    import asyncio

    asyncio.run(_work(concurrency))


async def _work(concurrency: int) -> None:
    from agent.errors import InvalidInput
    from integrations import logging
    from integrations.bootstrap import open_workspace
    from integrations.cli.look import Page, console
    from integrations.cli.opening import warn
    from integrations.db.backing import is_on_a_server
    from integrations.settings import load

    settings = load()
    if not is_on_a_server(settings.database_url.get_secret_value()):
        raise InvalidInput(
            "Workers share a database on a server, and this one is a file of SQLite, which `nextplay serve` works on by itself.",
            "Name a PostgreSQL in NEXTPLAY_DATABASE_URL, or just run: nextplay serve",
        )
    logging.configure(level=settings.log_level, style=settings.log_format)
    async with open_workspace(settings) as workspace:
        from integrations.engines.jobs import open_jobs
        from integrations.engines.working import work

        warn(workspace)
        workspace.playbooks()  # a worker without any playbook would fail every run
        address = workspace.database.address
        assert address is not None, "it is on a server"  # noqa: S101  checked above
        async with open_jobs(address, workspace.service) as jobs:
            page = Page()
            page.line(("Nextplay works", "bold"), f" on up to {concurrency} runs at the same time (stop with Ctrl-C or SIGTERM).")
            page.show(console(stderr=True))
            await work(jobs, concurrency=concurrency, look_around=workspace.look_around)
