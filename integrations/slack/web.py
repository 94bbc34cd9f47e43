"""Calls to Slack's Web API, and the three ways in which they can fail: refused, not now, and nobody knows."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from integrations.slack.withholding import withheld
from integrations.telemetry import TELEMETRY

log = structlog.get_logger()

Does = Literal[
    "apps.connections.open", "chat.postEphemeral", "chat.postMessage", "chat.update", "conversations.open", "views.open", "views.publish",
]  # fmt: skip
"""The methods that do something. What is not in one of these lists cannot be called: its scopes and its form would be unchecked."""
Tells = Literal[
    "auth.test", "conversations.history", "conversations.info", "conversations.replies", "users.info", "users.lookupByEmail",
]  # fmt: skip
"""The methods that only tell."""

TIMEOUT_S = 10
SHUT_FOR_S = 30.0
"""So often a Slack that refuses the app as a whole is tried again: somebody must repair it first."""

_PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
"""Errors that say nothing about the call itself."""

ONE_PLACE = frozenset({"access_denied", "ekm_access_denied"})
"""Errors about a channel where the call names one, and else about the app."""

MISSING_SCOPE = "missing_scope"
_SHUT = ONE_PLACE | frozenset({
    "accesslimited", "account_inactive", "enterprise_is_restricted", "invalid_auth", MISSING_SCOPE,
    "not_allowed_token_type", "not_authed", "org_login_required", "team_access_not_granted", "token_expired", "token_revoked",
    "two_factor_setup_required",
})  # fmt: skip
"""Errors about the token or the app: the same call is right once somebody has repaired that."""


class SlackRefused(Exception):
    """Slack said no, and will say no again: the call itself is wrong. `code` is Slack's word for it."""

    def __init__(self, method: str, code: str, messages: tuple[str, ...] = ()) -> None:
        super().__init__(f"Slack refused {method}: {code}" + (f" ({'; '.join(messages)})" if messages else ""))
        self.code = code


class SlackBusy(Exception):
    """Slack did nothing and asks to be called again in `after_s` seconds."""

    def __init__(self, method: str, after_s: float) -> None:
        super().__init__(f"Slack is busy: {method} again in {after_s:g} s")
        self.after_s = after_s


class SlackShut(SlackBusy):
    """Slack did nothing because of our token or the app's rights: an outage that lasts until somebody repairs it. `code` is Slack's word."""

    def __init__(self, method: str, code: str, needed: str = "") -> None:
        super().__init__(method, SHUT_FOR_S)
        self.args = (f"Slack refuses the app: {method}: {code}" + (f" ({needed})" if needed else ""),)
        self.method, self.code, self.needed = method, code, needed

    @property
    def repair(self) -> str:
        """What an operator does about it."""
        if self.code == MISSING_SCOPE:
            return "install the app again from `nextplay slack manifest`"
        return "check SLACK_BOT_TOKEN and that the app is installed and allowed in the workspace; `nextplay doctor` says more"


class SlackUnsure(Exception):
    """No answer came, or none that says whether the call took effect."""

    def __init__(self, method: str, why: str) -> None:
        super().__init__(f"nobody knows what became of {method}: {why}")


class SlackWeb:
    """The Web API. It never retries by itself: whoever calls knows what may be repeated. `token`: or what tells it at the moment."""

    def __init__(self, token: str | Callable[[], str], url: str) -> None:
        self._token: Callable[[], str] = token if callable(token) else lambda: token
        self.client = AsyncWebClient(token=self._token(), base_url=url, timeout=TIMEOUT_S, retry_handlers=[])
        self._told: dict[tuple[str, str], str] = {}

    async def call(self, method: Does, **arguments: Any) -> dict[str, Any]:
        """Call a method that does something, and return its answer. Raises SlackRefused, SlackBusy or SlackUnsure."""
        given = withheld({name: value for name, value in arguments.items() if value is not None})
        return await self._ask(method, **({"json": given} if given else {}))  # what takes no arguments takes no JSON either

    async def read(self, method: Tells, **arguments: Any) -> dict[str, Any]:
        """Call a method that only tells; these take no JSON. Raises as `call` does."""
        given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in arguments.items() if value is not None}
        return await self._ask(method, http_verb="GET", params=given)

    async def respond(self, url: str, text: str, blocks: list[dict[str, Any]]) -> bool:
        """Answer a command to its person alone, by the address that it came with; whether Slack took it. Raises SlackUnsure."""
        try:
            back = AsyncWebhookClient(url, timeout=TIMEOUT_S, retry_handlers=[])
            answer = await back.send(**withheld({"text": text, "blocks": blocks}), response_type="ephemeral", replace_original=False)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnsure("response_url", type(error).__name__) from error
        return answer.status_code == HTTPStatus.OK

    async def close(self) -> None:
        """Let go of the connections."""
        if self.client.session is not None:
            await self.client.session.close()

    async def _ask(self, method: str, **how: Any) -> dict[str, Any]:
        with TELEMETRY.call("slack") as call:
            try:
                answer = await self._asked(method, **how)
            except SlackUnsure:
                call.result = "unsure"
                raise
            except SlackBusy as error:
                call.result = "refused" if isinstance(error, SlackShut) else "busy"
                raise
            except SlackRefused:
                call.result = "refused"
                raise
            call.result = "ok"
            return answer

    async def _asked(self, method: str, **how: Any) -> dict[str, Any]:
        if self.client.session is None or self.client.session.closed:
            self.client.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        self.client.token = self._token()
        try:
            answer = await self.client.api_call(method, **how)
        except SlackApiError as error:
            failure = _failure(method, error, in_place="channel" in (how.get("json") or how.get("params") or {}))
            if isinstance(failure, SlackShut):
                self._tell(failure)
            raise failure from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnsure(method, type(error).__name__) from error
        self._told = {said: by for said, by in self._told.items() if by != method or MISSING_SCOPE in said}
        scopes = str(dict(answer.headers or {}).get("x-oauth-scopes") or "")
        return {**(answer.data if isinstance(answer.data, dict) else {}), **({"scopes": scopes.split(",")} if scopes else {})}

    def _tell(self, shut: SlackShut) -> None:
        """Once for each trouble, until the call that met it succeeds. A scope may be missing for some channels only: that is told once."""
        if (shut.code, shut.needed) not in self._told:
            self._told[shut.code, shut.needed] = shut.method
            log.error("Slack refuses the app; what waits is sent once this is repaired", why=str(shut), repair=shut.repair)


def _failure(method: str, error: SlackApiError, *, in_place: bool) -> Exception:
    response = error.response
    status = int(getattr(response, "status_code", 0) or 0)
    said = response.data if hasattr(response, "data") and isinstance(response.data, dict) else {}
    code = str(said.get("error") or f"status {status}")
    if status == 429 or code == "ratelimited":
        return SlackBusy(method, _after(getattr(response, "headers", {})))
    if status >= 500 or code in _PASSING:
        return SlackUnsure(method, code)
    if code in _SHUT and not (in_place and code in ONE_PLACE):
        return SlackShut(method, code, str(said.get("needed") or ""))
    return SlackRefused(method, code, tuple(map(str, (said.get("response_metadata") or {}).get("messages") or ())))


def _after(headers: Any) -> float:
    """Seconds to wait; a minute at the most is believed, and one second is the least."""
    found = next((value for name, value in dict(headers or {}).items() if str(name).lower() == "retry-after"), "1")
    try:
        return min(max(float(found if isinstance(found, str) else found[0]), 1.0), 60.0)
    except (ValueError, TypeError, IndexError):
        return 1.0
