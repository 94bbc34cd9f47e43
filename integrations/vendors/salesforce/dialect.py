"""How Salesforce says no: lists of `{errorCode, message, fields}`, and a 403 for too many calls."""

import re
from collections.abc import Mapping
from typing import Any

from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Dialect
from integrations.vendors.errors import Busy, Denied, Gone, Rejected, Unsure, VendorError
from integrations.vendors.salesforce.endpoints import VENDOR

DAY_S = 86_400.0
DAY = Limit(15_000, DAY_S)
"""Until the first answer says otherwise: what the smallest edition may ask in a day."""

_CROWDED_S, _SPENT_S, _LOCKED_S = 5.0, 900.0, 1.0
"""How long to wait, since nothing says it: for others' long calls to end, for the rolling day to move on, for somebody to let go of a record."""

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


def why(body: Any) -> str:
    """The code and the fields. Messages repeat what was sent; only what an administrator wrote into a rule is kept."""
    error = body[0]
    code, fields = str(error["errorCode"]), [str(one) for one in error.get("fields") or ()]
    if code == "FIELD_CUSTOM_VALIDATION_EXCEPTION":
        return f"{code}: {error.get('message', '')}"
    return f"{code} ({', '.join(fields)})" if fields else code


def too_much(status: int, body: Any) -> float | None:
    """Seconds to wait where nothing was done because of others: too many calls, or a record that somebody else is writing to."""
    error = body[0]
    match status, error["errorCode"]:
        case 403, "REQUEST_LIMIT_EXCEEDED":
            return _SPENT_S if "TotalRequests" in str(error.get("message")) else _CROWDED_S
        case 400, "UNABLE_TO_LOCK_ROW":
            return _LOCKED_S
        case _:
            return None


def learn(allowance: Allowance, headers: Mapping[str, str]) -> None:
    """`Sforce-Limit-Info: api-usage=18/15000` says what everybody together has asked in the last day, and may."""
    found = _USAGE.search(headers.get("sforce-limit-info", ""))
    if found is not None and int(found[2]) > 0:
        used, most = int(found[1]), int(found[2])
        allowance.learn(Limit(most, DAY_S), left=most - used)


def error_within(name: str, status: int, body: Any) -> VendorError:
    """What became of one question among several, whose answer as a whole is a 200."""
    try:
        said, wait_s = why(body), too_much(status, body)
    except (LookupError, TypeError, AttributeError):
        said, wait_s = "", None
    if wait_s is not None:
        return Busy(VENDOR, wait_s)
    kind = {401: Denied, 403: Denied, 404: Gone}.get(status, Rejected if status < 500 else Unsure)
    return kind(VENDOR, f"{name}: status {status}{f', {said[:200]}' if said else ''}")


DIALECT = Dialect(VENDOR, why, learn, too_much=too_much)
