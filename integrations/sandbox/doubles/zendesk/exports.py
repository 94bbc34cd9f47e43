"""Incremental exports: what changed since a moment, deleted objects too. Tickets and users by cursor; organisations by time, as Zendesk has it."""

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.zendesk.errors import Refusal, forbidden, too_many
from integrations.sandbox.doubles.zendesk.paging import decoded, encoded
from integrations.sandbox.doubles.zendesk.support import epoch
from integrations.sandbox.doubles.zendesk.world import Thing, World

A_MINUTE = 10
"""So many of these in a minute, whatever else is allowed."""
MOST = 1000
TOO_RECENT_S = 60


class Exports:
    """Answers from the world. `fresh`: also what changed in the last minute, which Zendesk leaves out."""

    def __init__(self, world: World, clock: Callable[[], float], *, fresh: bool = True) -> None:
        self._world, self.fresh = world, fresh
        self.limit = RateLimit(A_MINUTE, 60, clock)

    def routes(self) -> list[Route]:
        """By cursor and by time."""
        return [
            Route("/api/v2/incremental/tickets/cursor.json", self._tickets),
            Route("/api/v2/incremental/users/cursor.json", self._users),
            Route("/api/v2/incremental/organizations.json", self._organizations),
        ]

    async def _tickets(self, request: Request) -> Response:
        return self._by_cursor(request, "tickets", self._world.tickets.values())

    async def _users(self, request: Request) -> Response:
        return self._by_cursor(request, "users", self._world.users.values())

    def _by_cursor(self, request: Request, name: str, things: Iterable[Thing]) -> Response:
        self._take()
        query = request.query_params
        if ("cursor" in query) == ("start_time" in query):
            raise _bad("give a cursor or a start_time")
        begin = decoded(query["cursor"]) if "cursor" in query else self._start(query["start_time"]) * 1_000_000_000
        later = (one for one in self._changed(things) if one[0] > begin)  # a place ends in an id, which no start_time does
        changed = sorted(later, key=lambda one: one[0])
        page = changed[: self._size(query.get("per_page"))]
        after = encoded(page[-1][0] if page else begin)
        body = {name: [thing for _, thing in page], "after_cursor": after, "after_url": None, "end_of_stream": len(page) == len(changed)}
        return JSONResponse(body)

    def _changed(self, things: Iterable[Thing]) -> list[tuple[int, Thing]]:
        """With a place in the stream each, which moves when they change: the second, then the id."""
        until = epoch(self._world.now()) - (0 if self.fresh else TOO_RECENT_S)
        return [(epoch(one["updated_at"]) * 1_000_000_000 + one["id"], one) for one in things if epoch(one["updated_at"]) <= until]

    async def _organizations(self, request: Request) -> Response:
        self._take()
        begin = self._start(request.query_params.get("start_time", ""))
        changed = sorted((o for o in self._world.organizations.values() if epoch(o["updated_at"]) >= begin), key=lambda o: o["updated_at"])
        page = changed[: self._size(request.query_params.get("per_page"))]
        page += [one for one in changed[len(page) :] if page and one["updated_at"] == page[-1]["updated_at"]]  # never half of a second
        ended = epoch(page[-1]["updated_at"]) if page else None
        done = len(page) == len(changed)
        return JSONResponse({"organizations": page, "end_time": ended, "next_page": None, "count": len(page), "end_of_stream": done})

    def _take(self) -> None:
        if self._world.users.get(self._world.agent, {}).get("role") != "admin":
            raise forbidden()
        if (wait_s := self.limit.take()) is not None:
            raise too_many(wait_s)

    def _start(self, given: str) -> int:
        if not given.isdecimal():
            raise _bad("start_time must be seconds since 1970")
        if int(given) > epoch(self._world.now()) - TOO_RECENT_S:
            raise Refusal(422, {"error": "StartTimeTooRecent", "description": "start_time must be at least a minute ago"})
        return int(given)

    def _size(self, given: str | None) -> int:
        return min(int(given), MOST) if given and given.isdecimal() and int(given) else MOST


def _bad(why: str) -> Refusal:
    return Refusal(400, {"error": "InvalidValue", "description": why})
