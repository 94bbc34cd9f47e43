"""How HubSpot says what is wrong, how much it allows, and how long to wait."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.http import retry_after_s
from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Dialect

VENDOR = "hubspot"
START = Limit(100, 10)
"""What every account may ask; what this one may, its answers say."""
SEARCHES = Limit(5, 1)
"""Searches of a whole account, all apps together."""
_DAY_IS_OVER_S = 900.0
"""The day of an account ends at its own midnight: so often somebody looks whether it has."""
_WINDOW_S, _SEARCH_WINDOW_S = 10.0, 1.0

_CODE = re.compile(r"[A-Z][A-Z_]{2,60}")
_NAME = re.compile(r"[a-z][a-z0-9_.\-]{1,80}")
_CORRELATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def why(body: Any) -> str:
    """The codes in an error's body, and the properties and scopes that it names; never its prose, which repeats what people wrote."""
    said = [*_codes(body), *_names(body)]
    correlation = body.get("correlationId")
    if isinstance(correlation, str) and _CORRELATION.fullmatch(correlation):
        said.append(f"correlation id {correlation}")
    return ", ".join(dict.fromkeys(said))


def _codes(body: Any) -> Iterator[str]:
    for holder in (body, *_errors(body)):
        for name in ("category", "policyName", "code", "subCategory"):
            code = holder.get(name)
            if isinstance(code, str) and _CODE.fullmatch(code):
                yield code


def _names(body: Any) -> Iterator[str]:
    for error in _errors(body):
        context = error.get("context")
        if not isinstance(context, dict):
            continue
        for name in ("propertyName", "requiredGranularScopes"):
            given = context.get(name)
            yield from (one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str) and _NAME.fullmatch(one))


def _errors(body: Any) -> list[dict[str, Any]]:
    errors = body.get("errors")
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def learn(allowance: Allowance, headers: Mapping[str, str]) -> None:
    """The limit of the last seconds and of the day, and how much of them is left. Searches say nothing of either."""
    most, left, ms = (_number(headers, name) for name in ("max", "remaining", "interval-milliseconds"))
    if most and ms:
        allowance.learn(Limit(most, ms / 1000), left)
    if _number(headers, "daily-remaining") == 0:
        allowance.close(_DAY_IS_OVER_S)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(f"x-hubspot-ratelimit-{name}", "")
    return float(value) if value.isdecimal() else None


def _wait_s(headers: Mapping[str, str], untold_s: float) -> float:
    """`Retry-After` is in seconds here; only what we tell HubSpot's workflows is in milliseconds. Untold, the window has to pass."""
    if _number(headers, "daily-remaining") == 0:
        return _DAY_IS_OVER_S
    told = retry_after_s(headers)
    return untold_s if told is None else told


_CLOSED_S = {423: 2.0, 477: 300.0}
"""Locked for a moment after much was written · the account is being moved to another data centre. Nothing was done."""


def _too_much(status: int, _body: Any) -> float | None:
    return _CLOSED_S.get(status)


OF_ALL = Dialect(VENDOR, why, learn, lambda headers: _wait_s(headers, _WINDOW_S), _too_much)
OF_SEARCHES = Dialect(VENDOR, why, learn, lambda headers: _wait_s(headers, _SEARCH_WINDOW_S), _too_much)


class Searches(Allowance):
    """Searches have a limit of their own, and count within that of everything else."""

    def __init__(self, whole: Allowance, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whole = whole

    async def take(self) -> None:
        """One of both."""
        await super().take()
        await self._whole.take()

    def close(self, seconds: float) -> None:
        """It does not say of which limit it speaks: nobody asks anything."""
        super().close(seconds)
        self._whole.close(seconds)
