"""The console as a door of the server: all its pages, and an answer to every address that is none of them."""

import secrets
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, FastAPI, Request, Response

from integrations.bootstrap import Workspace
from integrations.console import answers, decision, decisions, entering, looks, metrics, oidc, operations, people, playbook, queue, review
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.provider import Provider
from integrations.console.recent import Recent
from integrations.console.visit import Console
from integrations.console.working import Works
from integrations.settings import Settings

_GROUPS = (
    entering,
    oidc,
    queue,
    decision,
    decisions,
    review,
    metrics,
    operations,
    people,
    looks,
    playbook,
)
"""The modules whose pages there are."""

_rest = Pages()


@_rest.get("/{rest:path}", roles=EVERYBODY)
async def nowhere(request: Request, rest: str) -> Response:
    """An address of the console at which nothing is."""
    return answers.problem(request, 404, f"There is no page /console/{rest[:80]}.", "Choose one of those named above.")


def routers() -> list[APIRouter]:
    """Every page, in the order in which addresses are looked for."""
    return [entering.root, *(group.pages.router for group in _GROUPS), _rest.router]


def open_console(app: FastAPI, workspace: Workspace, settings: Settings, wall: Callable[[], datetime], works: Works) -> None:
    """Add the console to an application."""
    app.state.console = Console(workspace, settings, wall, secrets.token_bytes, Recent(wall), Provider.of(settings), works=works)
    for router in routers():
        app.include_router(router)
