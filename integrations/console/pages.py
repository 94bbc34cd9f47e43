"""How a page is declared: with its path and the roles that may use it. There is no default, so none can be forgotten."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter
from starlette.responses import Response

from integrations.console.guard import GuardedPage
from integrations.console.places import EVERYBODY
from integrations.sessions import ConsoleRole

STRANGERS: tuple[ConsoleRole, ...] = ()
"""Also those who are not signed in."""

__all__ = ["EVERYBODY", "STRANGERS", "Pages"]

Page = TypeVar("Page", bound=Callable[..., object])


class Pages:
    """A group of pages under /console."""

    def __init__(self) -> None:
        self.router = APIRouter(prefix="/console", route_class=GuardedPage, include_in_schema=False, default_response_class=Response)

    def get(self, path: str, *, roles: tuple[ConsoleRole, ...]) -> Callable[[Page], Page]:
        """A page that is only read."""
        return self._add(path, "GET", roles)

    def post(self, path: str, *, roles: tuple[ConsoleRole, ...]) -> Callable[[Page], Page]:
        """What a form does. It takes its fields with `form_of`, and answers with `done`."""
        return self._add(path, "POST", roles)

    def _add(self, path: str, method: str, roles: tuple[ConsoleRole, ...]) -> Callable[[Page], Page]:
        def add(endpoint: Page) -> Page:
            self.router.add_api_route(path, endpoint, methods=[method], response_model=None, openapi_extra={"x-roles": list(roles)})
            return endpoint

        return add
