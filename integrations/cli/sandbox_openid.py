"""`nextplay sandbox openid`: an OpenID Connect provider of one's own, to try signing in with."""

import signal
from typing import Annotated

import typer


def openid(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 picks a free one.")] = 4391,
    email: Annotated[list[str] | None, typer.Option(help="Somebody who can sign in; may be given several times. By default the colleagues.")] = None,
) -> None:
    """Serve a provider that believes whoever clicks a name, until stopped with Ctrl-C. For trying things on this machine only."""
    import asyncio

    asyncio.run(_openid(host, port, email or []))


async def _openid(host: str, port: int, people: list[str]) -> None:
    import asyncio

    from integrations.bootstrap import open_workspace
    from integrations.cli.look import Page, console
    from integrations.cli.serve import listening
    from integrations.sandbox.doubles.double import served_on
    from integrations.sandbox.doubles.openid.server import OpenIdDouble
    from integrations.settings import load
    from integrations.wall_clock import wall_clock

    if not people:
        async with open_workspace(load()) as opened:
            people = [one.email for one in await opened.sandbox.directory.people(opened.clock()) if one.active]
    double = OpenIdDouble(wall_clock, people=people)
    with listening(host, port) as listener:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, lambda *_: loop.call_soon_threadsafe(stop.set))
        async with served_on(listener, double.protocol) as double.issuer:
            page = Page()
            page.line(("The OpenID sandbox is at ", "bold"), (double.issuer, "bold green"), " (stop with Ctrl-C)")
            page.line("  To sign in with it, put into .env, with the console's own address:")
            wanted = {"OIDC_ISSUER": double.issuer, "OIDC_CLIENT_ID": double.client_id, "OIDC_CLIENT_SECRET": double.client_secret}
            for name, value in {**wanted, "PUBLIC_URL": "http://127.0.0.1:8000"}.items():
                page.line(f"NEXTPLAY_{name}={value}")
            page.show(console(stderr=True))
            await stop.wait()
