"""`nextplay sandbox slack`: a Slack workspace of one's own, with the people of the sandbox."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from integrations.sandbox.slack.roster import App
    from integrations.sandbox.slack.workspace import Workspace
    from integrations.settings import Settings

COMMANDS = ("/nextplay",)


def slack(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 picks a free one.")] = 4390,
    channel: Annotated[list[str] | None, typer.Option(help="A channel to make; may be given several times.")] = None,
    request_url: Annotated[str | None, typer.Option(metavar="URL", help="Where requests go; over the socket when it is not given.")] = None,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the log of effects here, and go on from what is in it.")] = None,
) -> None:
    """Serve a Slack workspace to try Nextplay in, until stopped with Ctrl-C: the API, and a page that shows it."""
    import asyncio

    asyncio.run(_slack(host, port, channel or ["general"], request_url, log))


async def _slack(host: str, port: int, rooms: list[str], request_url: str | None, log: Path | None) -> None:
    import asyncio

    from integrations.bootstrap import open_workspace
    from integrations.cli.serve import listening
    from integrations.sandbox.colleagues import slack_workspace
    from integrations.sandbox.slack.server import serving
    from integrations.settings import load

    settings = load()
    async with open_workspace(settings) as opened:
        people = await opened.sandbox.directory.people(opened.clock())
    workspace = slack_workspace(people, slack_app(settings, request_url), rooms, log=log)
    with listening(host, port) as listener:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, lambda *_: loop.call_soon_threadsafe(stop.set))
        async with serving(workspace, listener):
            _say_where(workspace, settings)
            await stop.wait()


def slack_app(settings: "Settings", request_url: str | None = None) -> "App":
    """The app as the settings know it; what they do not hold is made up."""
    from integrations.sandbox.slack.roster import App

    kept = {name: getattr(settings, f"slack_{name}") for name in ("bot_token", "app_token", "signing_secret")}
    known = {name: value.get_secret_value() for name, value in kept.items() if value is not None}
    return App(name="Nextplay", commands=COMMANDS, request_url=request_url, **known)


def _say_where(workspace: "Workspace", settings: "Settings") -> None:
    from integrations.cli.look import Page, console

    app, page = workspace.app, Page()
    page.line(("The Slack sandbox is at ", "bold"), (workspace.url, "bold green"), " (stop with Ctrl-C)")
    mode = "http" if app.request_url else "socket"
    wanted = {"NEXTPLAY_SLACK_MODE": mode, "SLACK_API_URL": f"{workspace.url}/api/"}
    made_up = {"bot_token": app.bot_token, "app_token": app.app_token, "signing_secret": app.signing_secret}
    wanted |= {f"SLACK_{name.upper()}": value for name, value in made_up.items() if getattr(settings, f"slack_{name}") is None}
    page.line("  To connect Nextplay, put into .env:")
    for name, value in wanted.items():
        page.line(f"  {name}={value}")
    page.show(console(stderr=True))
