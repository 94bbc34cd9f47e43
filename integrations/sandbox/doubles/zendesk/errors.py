"""What Zendesk answers when it does not do what it was asked."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """An answer with an error in its body."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


def not_found() -> Refusal:
    """There is no such object, or it was deleted."""
    return Refusal(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid(field: str, why: str, code: str = "InvalidValue") -> Refusal:
    """What was sent cannot be stored."""
    details = {field: [{"description": f"{field.capitalize()}: {why}", "error": code}]}
    return Refusal(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def conflict() -> Refusal:
    """A safe update whose stamp is not the ticket's."""
    return Refusal(409, {"error": "UpdateConflict", "description": "The ticket was changed since the stamp that was sent"})


def forbidden() -> Refusal:
    """The token's owner may not."""
    return Refusal(403, {"error": {"title": "Forbidden", "message": "You do not have access to this page."}})


def unauthorised() -> Refusal:
    """No token, or one that has ended."""
    return Refusal(401, {"error": "invalid_token", "error_description": "The access token is invalid, expired or revoked"})


def too_many(wait_s: float, error: str = "APIRateLimitExceeded") -> Refusal:
    """Too many requests; whole seconds, as Zendesk counts."""
    body = {"error": error, "description": "Number of allowed requests exceeded"}
    return Refusal(429, body, {"Retry-After": str(max(int(wait_s + 0.999), 1))})


async def answered(_request: Request, refusal: Exception) -> Response:
    """A refusal as an answer."""
    assert isinstance(refusal, Refusal)  # noqa: S101  it is registered for nothing else
    return JSONResponse(refusal.body, refusal.status, refusal.headers)
