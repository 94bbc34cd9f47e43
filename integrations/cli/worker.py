"""`nextplay worker`: does what `nextplay serve` takes in, where the database is PostgreSQL."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace
    from integrations.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    concurrency: Annotated[int, typer.Option(metavar="N", min=1, max=256, help="How many runs to drive at the same time.")] = 16,
    metrics_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Serve /metrics and /healthz on this port, too; 0: a free one.")] = None,
    metrics_host: Annotated[str | None, typer.Option(help="The address for that.")] = None,
) -> None:
    """Drive the runs of a deployment on PostgreSQL, beside as many other workers as there are, until stopped with Ctrl-C or SIGTERM."""
    import asyncio

    asyncio.run(_work(concurrency, metrics_port, metrics_host))


async def _work(concurrency: int, metrics_port: int | None, metrics_host: str | None) -> None:
    from agent.errors import InvalidInput
    from integrations import logging
    from integrations.bootstrap import open_workspace
    from integrations.cli.opening import warn
    from integrations.collecting import collecting
    from integrations.db.backing import is_on_a_server
    from integrations.settings import load

    settings = load()
    if metrics_host is not None:
        settings = settings.model_copy(update={"host": metrics_host})
    if not is_on_a_server(settings.database_url.get_secret_value()):
        raise InvalidInput(
            "Workers share a database on a server, and this one is a file of SQLite, which `nextplay serve` works on by itself.",
            "Name a PostgreSQL in NEXTPLAY_DATABASE_URL, or just run: nextplay serve",
        )
    logging.configure(level=settings.log_level, style=settings.log_format)
    with collecting(settings.otel_endpoint, settings.otel_headers.get_secret_value()):
        async with open_workspace(settings) as workspace:
            warn(workspace)
            workspace.playbooks()  # a worker without any playbook would fail every run
            await _drive(workspace, settings, concurrency, metrics_port)


async def _drive(workspace: "Workspace", settings: "Settings", concurrency: int, metrics_port: int | None) -> None:
    from contextlib import AsyncExitStack

    from integrations.cli.look import Page, console
    from integrations.cli.serve import listening
    from integrations.engines.jobs import open_jobs
    from integrations.engines.working import work
    from integrations.watched import watched

    page, address = Page(), workspace.database.address
    assert address is not None, "it is on a server"  # noqa: S101  the caller looked
    async with AsyncExitStack() as opened:
        if metrics_port is not None:
            listener = opened.enter_context(listening(settings.host, metrics_port))
            await opened.enter_async_context(watched(workspace, settings, listener))
            page.line(f"/metrics and /healthz on port {listener.getsockname()[1]}")
        jobs = await opened.enter_async_context(open_jobs(address, workspace.service, workspace.wall))
        page.line(("Nextplay works", "bold"), f" on up to {concurrency} runs at the same time (stop with Ctrl-C or SIGTERM).")
        page.show(console(stderr=True))
        await work(jobs, concurrency=concurrency, look_around=workspace.look_around)
