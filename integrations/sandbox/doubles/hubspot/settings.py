"""What a portal says of itself: its owners, pipelines, properties, subscriptions, and who may ask."""

from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.doubles.hubspot.answers import refused
from integrations.sandbox.doubles.hubspot.portal import Owner, Portal, moment

_CLOSED = frozenset({"closedwon", "closedlost", "9003", "9004", "4"})
_TOKENS = count(1)


class Settings:
    """Their paths."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[Route]:
        """Them."""
        preferences = "/communication-preferences/{version}"
        return [
            Route("/oauth/{version}/token", self._token, methods=["POST"]),
            Route("/crm/owners/{version}", self._owners, methods=["GET"]),
            Route("/crm/pipelines/{version}/{type}", self._pipelines, methods=["GET"]),
            Route("/crm/properties/{version}/{type}", self._properties, methods=["GET"]),
            Route(f"{preferences}/statuses/batch/read", self._statuses, methods=["POST"]),
            Route("/account-info/{version}/details", self._account, methods=["GET"]),
        ]

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        client = self._portal.refresh.get(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or client != (form.get("client_id"), form.get("client_secret")):
            return JSONResponse({"error": "invalid_grant", "status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}, 400)
        token = f"double-{next(_TOKENS)}"
        self._portal.tokens[token] = self._portal.now() + timedelta(seconds=self._portal.token_lasts_s)
        said = {"token_type": "bearer", "refresh_token": form.get("refresh_token"), "access_token": token, "expires_in": self._portal.token_lasts_s}
        return JSONResponse(said)

    async def _owners(self, request: Request) -> Response:
        archived = request.query_params.get("archived") == "true"
        limit, after = int(request.query_params.get("limit", "100")), int(request.query_params.get("after") or 0)
        found = [owner for owner in sorted(self._portal.owners.values(), key=lambda o: int(o.id)) if owner.archived is archived]
        left = [owner for owner in found if int(owner.id) > after]
        page: dict[str, Any] = {"results": [self._owner(owner) for owner in left[:limit]]}
        if len(left) > limit:
            page["paging"] = {"next": {"after": left[limit - 1].id}}
        return JSONResponse(page)

    def _owner(self, owner: Owner) -> dict[str, Any]:
        at = moment(self._portal.now())
        teams = [{"id": str(index), "name": name, "primary": index == 0} for index, name in enumerate(owner.teams)]
        return {
            "id": owner.id, "email": owner.email, "firstName": owner.first, "lastName": owner.last, "userId": int(owner.id) + 500,
            "createdAt": at, "updatedAt": at, "archived": owner.archived, "teams": teams,
        }  # fmt: skip

    async def _pipelines(self, request: Request) -> Response:
        pipelines = self._portal.stages.get(request.path_params["type"], {})
        results = [
            {"id": name, "label": name.title(), "displayOrder": index, "archived": False, "stages": [_stage(one, n) for n, one in enumerate(stages)]}
            for index, (name, stages) in enumerate(pipelines.items())
        ]
        return JSONResponse({"results": results})

    async def _properties(self, request: Request) -> Response:
        known = sorted(self._portal.properties[request.path_params["type"]])
        return JSONResponse({"results": [{"name": name, "label": name, "type": "string", "hidden": False} for name in known]})

    async def _statuses(self, request: Request) -> Response:
        emails = [str(one) for one in (await request.json())["inputs"]]
        if len(emails) > 100:
            return refused(400, "VALIDATION_ERROR", "at most 100 inputs")
        results = [{"subscriberIdString": email, "statuses": self._portal.statuses.get(email, [])} for email in emails]
        return JSONResponse({"status": "COMPLETE", "results": results})

    async def _account(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "portalId": self._portal.id, "accountType": self._portal.account_type, "timeZone": self._portal.time_zone,
                "companyCurrency": self._portal.currency, "additionalCurrencies": ["GBP", "USD"], "utcOffset": "+01:00",
                "utcOffsetMilliseconds": 3_600_000, "uiDomain": "app-eu1.hubspot.com", "dataHostingLocation": "eu1",
            }
        )  # fmt: skip


def _stage(name: str, index: int) -> dict[str, Any]:
    closed = "true" if name in _CLOSED else "false"
    return {"id": name, "label": name.title(), "displayOrder": index, "archived": False, "metadata": {"isClosed": closed}}
