"""How Zendesk says why it refuses, and how much it allows."""

import re
from collections.abc import Mapping
from typing import Any

from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Dialect

VENDOR = "zendesk"
ACCOUNT_LIMIT = Limit(200, 60)
"""That of the smallest plan, until an answer says what it is."""
EXPORT_LIMIT = Limit(10, 60)
TICKET_LIMIT = Limit(30, 600)
"""Updates of one ticket by one user."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_. ]{0,60}")


def why(body: Any) -> str:
    """The error's code, with the fields that it names and their codes: `RecordInvalid (status: TicketClosed)`. Descriptions may repeat what people
    wrote, and are left out.
    """
    error = body["error"]
    code = _code(error.get("title")) if isinstance(error, dict) else _code(error)
    details = body.get("details")
    fields = [f"{_code(name)}: {_code(what)}" for name, what in _details(details)] if isinstance(details, dict) else []
    return f"{code} ({', '.join(fields)})" if fields else code


def _details(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, one.get("error") or "refused") for name, found in details.items() for one in found if isinstance(one, dict)]


def _code(said: Any) -> str:
    return said if isinstance(said, str) and _CODE.fullmatch(said) else "an error without a code"


def learn(allowance: Allowance, headers: Mapping[str, str]) -> None:
    """The account's limit a minute, and what is left of it to everybody."""
    limit, left, reset_s = (_number(headers.get(name)) for name in ("x-rate-limit", "x-rate-limit-remaining", "ratelimit-reset"))
    allowance.learn(Limit(limit, 60) if limit else None, left)
    if left == 0 and reset_s:
        allowance.close(reset_s)


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None


SUPPORT = Dialect(VENDOR, why, learn)
EXPORTS = Dialect(VENDOR, why)
"""Exports have a limit of their own, of which their answers say nothing."""
