"""Who may use the API, and how its bodies are read: the token before the body, the body under the webhooks' limits."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from agent.errors import Unauthorised, Unavailable
from integrations.doors import Doors
from integrations.inlet import Inlet
from integrations.problems import unauthenticated
from integrations.tokens import Role, TokenRow, verify
from integrations.webhooks.reading import Document, check_type, read_body, read_json

# Only for OpenAPI: `GuardedRoute` has checked the token before any dependency is resolved.
_scheme = HTTPBearer(auto_error=False, description="A token of `nextplay people token EMAIL --role ROLE`.")

ANSWERED_WITHIN_S = 10.0
"""Nobody waits longer for the API, whatever the database does."""


class StrictRequest(Request):
    """A request whose JSON body is size-limited, strict, and free of what could not be stored."""

    async def body(self) -> bytes:
        """Read the raw body once. Raises HTTPException 408, 413 or 415."""
        if not hasattr(self, "_body"):
            self._body = await read_body(self)
            check_type(self.headers)
        return self._body

    async def json(self) -> Any:
        """Parse the body once. Raises HTTPException 400."""
        if not hasattr(self.state, "document"):
            self.state.document = read_json(await self.body())
        return self.state.document.value


async def document_of(request: Request) -> tuple[Document, bytes]:
    """Find the parsed body, with notes on what was replaced in it, and its raw bytes."""
    await request.json()
    document: Document = request.state.document
    return document, await request.body()


class GuardedRoute(APIRoute):
    """A route that needs a live token, whatever its role, before anything of the request is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            try:
                async with asyncio.timeout(ANSWERED_WITHIN_S):
                    strict.state.holder = await authenticate(strict, doors_of(strict))
                    return await handle(strict)
            except TimeoutError:
                raise Unavailable("The database does not answer in time.", "Whether it was done is not known: look, then try again.") from None

        return guarded


def doors_of(request: Request) -> Doors:
    """Find what the app was made with."""
    doors = request.app.state.doors
    if not isinstance(doors, Doors):
        raise TypeError("the app was not made by create_app")
    return doors


def inlet_of(request: Request) -> Inlet:
    """Find where events are taken in."""
    inlet = request.app.state.inlet
    if not isinstance(inlet, Inlet):
        raise TypeError("the app was not made by create_app")
    return inlet


async def authenticate(request: Request, doors: Doors) -> TokenRow:
    """Find the token's holder. Raises HTTPException 401."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated()
    try:
        return await verify(text.strip(), store=doors.tokens, now=doors.clock())
    except Unauthorised:
        raise unauthenticated() from None


def allow(*roles: Role) -> Callable[..., Awaitable[TokenRow]]:
    """Build a dependency that yields the holder of a token with one of the roles, and answers 403 to others."""

    async def holder(request: Request, _: Annotated[object, Depends(_scheme)]) -> TokenRow:
        row = request.state.holder
        if not isinstance(row, TokenRow) or row.role not in roles:
            raise HTTPException(403, f"Your token's role may not do this. Use a token of the role {' or '.join(roles)}.")
        return row

    return holder
