"""How HubSpot answers when it does not do what it was asked."""

from itertools import count
from typing import Any

from starlette.responses import JSONResponse

_CORRELATION = count(1)


def body(category: str, message: str, **more: Any) -> dict[str, Any]:
    """The body of an error."""
    correlation = f"00000000-0000-4000-8000-{next(_CORRELATION):012d}"
    return {"status": "error", "message": message, "correlationId": correlation, "category": category, **more}


def refused(status: int, category: str, message: str, **more: Any) -> JSONResponse:
    """An answer with an error."""
    return JSONResponse(body(category, message, **more), status)


def invalid(message: str, code: str, **context: str) -> JSONResponse:
    """It was asked in a way that cannot be done."""
    errors = [{"message": message, "code": code, "context": {name: [value] for name, value in context.items()}}]
    return refused(400, "VALIDATION_ERROR", f"Property values were not valid: {message}", errors=errors)


def missing(scope: str) -> JSONResponse:
    """The token does not reach this far."""
    message = "This app hasn't been granted all required scopes to make this call."
    context = {"requiredGranularScopes": [scope]}
    return refused(403, "MISSING_SCOPES", message, errors=[{"message": "One or more of the following scopes are required.", "context": context}])


def nothing_there(type_: str, thing_id: str) -> JSONResponse:
    """There is no such object."""
    return refused(404, "OBJECT_NOT_FOUND", f"Object not found.  objectId are usually numeric. {type_} {thing_id}", context={"id": [thing_id]})


def too_many(wait_s: float, *, policy: str = "TEN_SECONDLY_ROLLING", told: bool = True) -> JSONResponse:
    """A limit is reached. `told`: with the seconds to wait, as a header."""
    said = body("RATE_LIMITS", f"You have reached your {policy.lower()} limit.", errorType="RATE_LIMIT", policyName=policy)
    return JSONResponse(said, 429, {"Retry-After": f"{wait_s:.3f}"} if told else None)


def failed() -> JSONResponse:
    """HubSpot failed."""
    return refused(500, "INTERNAL_ERROR", "internal error")
