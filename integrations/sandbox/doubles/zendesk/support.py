"""Support's API: tickets with their comments and audits, and everything around them that is read."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.zendesk import desk
from integrations.sandbox.doubles.zendesk.errors import invalid, not_found, too_many
from integrations.sandbox.doubles.zendesk.paging import paged
from integrations.sandbox.doubles.zendesk.world import Thing, World

UPDATES, UPDATES_S = 30, 600.0
"""So many updates of one ticket by one user in so many seconds."""


class Support:
    """Answers from the world. `clock`: monotonic seconds, for the limit of updates."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        self._world, self._clock = world, clock
        self.limits: dict[int, RateLimit] = {}

    def routes(self) -> list[Route]:
        """Each with and without `.json`, as Zendesk takes them."""
        table: list[tuple[str, Any, list[str]]] = [
            ("tickets/count", self._count, ["GET"]),
            ("tickets/show_many", self._several, ["GET"]),
            ("tickets/{id:int}", self._ticket, ["GET"]),
            ("tickets/{id:int}", self._update, ["PUT"]),
            ("tickets/{id:int}/comments", self._comments, ["GET"]),
            ("tickets/{id:int}/audits", self._audits, ["GET"]),
            ("tickets/{id:int}/tags", self._tags, ["PUT", "POST", "DELETE"]),
            ("organizations/{id:int}/tickets", self._tickets_of, ["GET"]),
            ("organizations/{id:int}/users", self._users_of, ["GET"]),
            ("organizations/{id:int}", self._organization, ["GET"]),
            ("users/me", self._me, ["GET"]),
            ("users/{id:int}", self._user, ["GET"]),
            ("users", self._users, ["GET"]),
            ("groups", self._groups, ["GET"]),
            ("group_memberships", self._memberships, ["GET"]),
            ("business_hours/schedules", self._schedules, ["GET"]),
            ("business_hours/schedules/{id:int}/holidays", self._holidays, ["GET"]),
            ("ticket_fields", self._fields, ["GET"]),
            ("custom_statuses", self._statuses, ["GET"]),
            ("brands", self._brands, ["GET"]),
            ("satisfaction_ratings", self._ratings, ["GET"]),
            ("account/settings", self._settings, ["GET"]),
        ]
        return [
            Route(f"/api/v2/{path}{suffix}", answer, methods=methods)
            for suffix in (".json", "")  # the longer first: an id may not eat it
            for path, answer, methods in table
        ]

    # --- tickets -----------------------------------------------------------------------------------------------------

    async def _ticket(self, request: Request) -> Response:
        ticket = self._world.ticket(_id(request))
        return JSONResponse({"ticket": self._shown(ticket, request), **self._beside([ticket], request)})

    async def _several(self, request: Request) -> Response:
        asked = [int(one) for one in request.query_params.get("ids", "").split(",") if one.isdecimal()][:100]
        found = [t for one in asked if (t := self._world.tickets.get(one)) and t["status"] != "deleted"]
        return JSONResponse({"tickets": [self._shown(t, request) for t in found], **self._beside(found, request), "count": len(found)})

    async def _count(self, _request: Request) -> Response:
        living = sum(ticket["status"] != "deleted" for ticket in self._world.tickets.values())
        return JSONResponse({"count": {"value": living, "refreshed_at": self._world.now()}})

    async def _update(self, request: Request) -> Response:
        ticket_id = _id(request)
        ticket = self._world.ticket(ticket_id)
        limit = self.limits.setdefault(ticket_id, RateLimit(UPDATES, UPDATES_S, self._clock))
        if (wait_s := limit.take()) is not None:
            raise too_many(wait_s, "TicketUpdateLimitExceeded")
        said = await request.json()
        if not isinstance(said.get("ticket"), dict):
            raise invalid("ticket", "is missing", "BlankValue")
        audit = desk.updated(self._world, ticket_id, said["ticket"])
        return JSONResponse({"ticket": self._shown(ticket, request), "audit": audit})

    async def _tags(self, request: Request) -> Response:
        how = {"PUT": "add", "POST": "set", "DELETE": "remove"}[request.method]
        return JSONResponse({"tags": desk.tagged(self._world, _id(request), await request.json(), how)})

    async def _comments(self, request: Request) -> Response:
        self._world.ticket(_id(request))
        page = paged(request, "comments", self._world.comments[_id(request)])
        if "users" in request.query_params.get("include", ""):
            page["users"] = self._people(comment["author_id"] for comment in page["comments"])
        return JSONResponse(page)

    async def _audits(self, request: Request) -> Response:
        self._world.ticket(_id(request))
        return JSONResponse(paged(request, "audits", self._world.audits[_id(request)]))

    def _shown(self, ticket: Thing, request: Request) -> Thing:
        """A ticket with what was asked for inside it."""
        asked = request.query_params.get("include", "").split(",")
        shown = {name: value for name, value in ticket.items() if name not in ("slas", "reopens")}
        if "slas" in asked:
            shown["slas"] = {"policy_metrics": ticket.get("slas", [])}
        if "comment_count" in asked:
            shown["comment_count"] = len(self._world.comments[ticket["id"]])
        return shown

    def _beside(self, tickets: list[Thing], request: Request) -> Thing:
        """What was asked for beside tickets."""
        asked, beside = request.query_params.get("include", "").split(","), {}
        if "users" in asked:
            beside["users"] = self._people(t[name] for t in tickets for name in ("requester_id", "assignee_id", "submitter_id"))
        if "organizations" in asked:
            wanted = dict.fromkeys(t["organization_id"] for t in tickets)
            beside["organizations"] = [self._world.organizations[one] for one in wanted if one in self._world.organizations]
        if "metric_sets" in asked:
            beside["metric_sets"] = [{"ticket_id": t["id"], "reopens": t.get("reopens", 0), "replies": 0} for t in tickets]
        return beside

    def _people(self, ids: Iterable[int | None]) -> list[Thing]:
        return [self._world.users[one] for one in dict.fromkeys(ids) if one in self._world.users]

    async def _tickets_of(self, request: Request) -> Response:
        organization = self._known_organization(request)["id"]
        found = [t for t in self._world.tickets.values() if t["organization_id"] == organization and t["status"] != "deleted"]
        if "updated_at" in request.query_params.get("sort", ""):
            found.sort(key=lambda ticket: ticket["updated_at"])
        page = paged(request, "tickets", found)
        page |= self._beside(page["tickets"], request)
        page["tickets"] = [self._shown(ticket, request) for ticket in page["tickets"]]
        return JSONResponse(page)

    # --- people, companies, groups -----------------------------------------------------------------------------------

    async def _users_of(self, request: Request) -> Response:
        organization = self._known_organization(request)["id"]
        return JSONResponse(paged(request, "users", [u for u in self._world.users.values() if u["organization_id"] == organization and u["active"]]))

    async def _organization(self, request: Request) -> Response:
        return JSONResponse({"organization": self._known_organization(request)})

    def _known_organization(self, request: Request) -> Thing:
        found = self._world.organizations.get(_id(request))
        if found is None or found["deleted_at"]:
            raise not_found()
        return found

    async def _me(self, _request: Request) -> Response:
        return JSONResponse({"user": self._world.users.get(self._world.agent, {"id": None, "role": "end-user", "name": "Anonymous user"})})

    async def _user(self, request: Request) -> Response:
        if _id(request) not in self._world.users:
            raise not_found()
        return JSONResponse({"user": self._world.users[_id(request)]})

    async def _users(self, request: Request) -> Response:
        roles = request.query_params.getlist("role[]")
        return JSONResponse(paged(request, "users", [u for u in self._world.users.values() if u["active"] and (not roles or u["role"] in roles)]))

    async def _groups(self, request: Request) -> Response:
        return JSONResponse(paged(request, "groups", [group for group in self._world.groups.values() if not group["deleted"]]))

    async def _memberships(self, request: Request) -> Response:
        return JSONResponse(paged(request, "group_memberships", list(self._world.memberships.values())))

    # --- what an administrator sets up -------------------------------------------------------------------------------

    async def _schedules(self, _request: Request) -> Response:
        return JSONResponse({"schedules": list(self._world.schedules.values())})

    async def _holidays(self, request: Request) -> Response:
        if _id(request) not in self._world.schedules:
            raise not_found()
        return JSONResponse({"holidays": self._world.holidays[_id(request)]})

    async def _fields(self, request: Request) -> Response:
        return JSONResponse(paged(request, "ticket_fields", list(self._world.ticket_fields.values())))

    async def _statuses(self, _request: Request) -> Response:
        return JSONResponse({"custom_statuses": list(self._world.custom_statuses.values())})

    async def _brands(self, request: Request) -> Response:
        return JSONResponse(paged(request, "brands", list(self._world.brands.values())))

    async def _ratings(self, request: Request) -> Response:
        since = int(request.query_params.get("start_time") or 0)
        found = [one for one in self._world.ratings.values() if epoch(one["updated_at"]) >= since]
        return JSONResponse(paged(request, "satisfaction_ratings", found))

    async def _settings(self, _request: Request) -> Response:
        return JSONResponse({"settings": self._world.settings})


def epoch(at: str) -> int:
    """Seconds since 1970 of a time as Zendesk writes it."""
    return int(datetime.fromisoformat(at).timestamp())


def _id(request: Request) -> int:
    return int(request.path_params["id"])
