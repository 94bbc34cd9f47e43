"""`nextplay serve`: the HTTP server with the embedded engine."""

import signal
import socket
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Page
    from integrations.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on; by default the one in the settings.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on; 0 picks a free one.")] = None,
) -> None:
    """Serve the HTTP doors, and decide whatever comes in, until stopped with Ctrl-C."""
    import asyncio
    from contextlib import suppress

    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(host, port))


async def _serve(host: str | None, port: int | None) -> None:
    from integrations import logging
    from integrations.bootstrap import open_workspace
    from integrations.cli.opening import warn
    from integrations.collecting import collecting
    from integrations.settings import load

    changed = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load().model_copy(update=changed)
    logging.configure(level=settings.log_level, style=settings.log_format)
    with listening(settings.host, settings.port) as listener, collecting(settings.otel_endpoint, settings.otel_headers.get_secret_value()):
        # The service manager's request to end is as good as Ctrl-C: the database is closed in order, and it is no failure.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        async with open_workspace(settings) as workspace:
            warn(workspace)
            workspace.playbooks()  # a server without any playbook would only look as if it worked
            await run_server(workspace, settings, listener)


def listening(host: str, port: int) -> socket.socket:
    """Open the socket. Raises InvalidInput when the address cannot be had."""
    from agent.errors import InvalidInput

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InvalidInput(f"Nextplay cannot listen on {host}:{port}: {why}.", "Choose another with --port, or 0 for a free one.") from None


async def run_server(workspace: "Workspace", settings: "Settings", listener: socket.socket, *, alone: bool = False) -> None:
    """Serve on an open socket until stopped; says first where, and which doors are closed. `alone`: this process also does what workers would."""
    from integrations.app import create_app, server
    from integrations.cli.look import Page, console
    from integrations.serving import doors_of

    page = Page()
    add_addresses(page, settings, listener.getsockname()[1])
    page.show(console(stderr=True))
    await server(create_app(doors_of(workspace, settings, alone=alone)), settings).serve(sockets=[listener])


def add_addresses(page: "Page", settings: "Settings", port: int) -> None:
    """Add where the server answers, and what is closed and how to open it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    page.line(("Nextplay serves on ", "bold"), (f"http://{host}:{port}", "bold green"), " (stop with Ctrl-C)")
    opened = [
        ("console", "/console", "nextplay people link EMAIL"),
        ("API", "/api/v1", "nextplay people token EMAIL --role ROLE"),
        ("health", "/healthz, /readyz", ""),
        ("metrics", "/metrics", _how_to_scrape(settings)),
    ]
    opened += [(name, path, "") for name, path, _, is_open in doors(settings) if is_open]
    page.table([[name, path, f"to get in: {how}" if how else ""] for name, path, how in opened], flex=2, indent=2)
    closed = [f"{name} ({env})" for name, _, env, is_open in doors(settings) if not is_open]
    if closed:
        page.wrapped(", ".join(closed), indent=2, label="closed, for want of a secret: ")


def _how_to_scrape(settings: "Settings") -> str:
    if settings.metrics_token is not None:
        return "Authorization: Bearer NEXTPLAY_METRICS_TOKEN"
    return "" if settings.is_local else "set NEXTPLAY_METRICS_TOKEN"


def doors(settings: "Settings") -> list[tuple[str, str, str, bool]]:
    """The doors that need a secret: name, path, setting, and whether it is open."""
    names = ("hubspot", "zendesk", "salesforce", "generic")
    webhooks = [
        (f"{n} webhook", f"/webhooks/{n}", f"NEXTPLAY_{n.upper()}_WEBHOOK_SECRETS", bool(getattr(settings, f"{n}_webhook_secrets"))) for n in names
    ]
    return [*webhooks, ("Slack", settings.slack_mode, "NEXTPLAY_SLACK_MODE", settings.slack_mode != "off")]
