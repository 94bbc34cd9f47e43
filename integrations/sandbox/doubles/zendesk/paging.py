"""Pages of lists: by cursor, as `page[size]` and `page[after]` ask for them."""

import base64
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from integrations.sandbox.doubles.zendesk.errors import Refusal
from integrations.sandbox.doubles.zendesk.world import Thing

MOST = 100


def paged(request: Request, name: str, things: Sequence[Thing]) -> Thing:
    """One page of a list, under its name. Raises Refusal for a size or a cursor that is none."""
    query = request.query_params
    size = _number(query.get("page[size]", str(MOST)))
    if not 1 <= size <= MOST:
        raise _bad("page[size] must be between 1 and 100")
    begin = decoded(query["page[after]"]) if "page[after]" in query else 0
    if query.get("sort", "").startswith("-"):
        things = things[::-1]
    page, more = things[begin : begin + size], begin + size < len(things)
    after = encoded(begin + size)
    following = str(request.url.include_query_params(**{"page[after]": after})) if more else None
    return {name: list(page), "meta": {"has_more": more, "after_cursor": after if page else None}, "links": {"next": following}}


def encoded(*parts: Any) -> str:
    """A cursor that nobody should read."""
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode()


def decoded(cursor: str) -> int:
    """Where it stands. Raises Refusal."""
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().split("|")[0])
    except ValueError:
        raise _bad("the cursor is not valid") from None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _bad(why: str) -> Refusal:
    return Refusal(400, {"error": "InvalidPaginationParameter", "description": why})
