"""Asks Zendesk for things, page by page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from integrations.vendors.caller import Caller
from integrations.vendors.connector import Fault
from integrations.vendors.endpoint import Endpoint
from integrations.vendors.errors import Unsure
from integrations.vendors.zendesk import endpoints
from integrations.vendors.zendesk.answers import Audit, Comment, Organization, Segment, Ticket, User, beside, listed, parsed, under
from integrations.vendors.zendesk.dialect import VENDOR
from integrations.vendors.zendesk.mapping import Conversation

PAGE = 100
_FEW = 10
_MOST_PAGES = 10_000
_BESIDE = "users,organizations,metric_sets,slas,comment_count"


@dataclass
class Found:
    """Tickets with what came beside them."""

    tickets: Sequence[Ticket] = ()
    users: dict[str, User] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    reopens: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[Fault] = ()


class Exported(NamedTuple):
    """Part of an export: its objects as they came, and where it goes on; None: nothing newer is there yet."""

    objects: Sequence[Any]
    cursor: str | None


class Reader:
    """Reads. `exports` has an allowance of its own. Everything raises a VendorError."""

    def __init__(self, support: Caller, exports: Caller) -> None:
        self._support, self._exports = support, exports

    async def ask(self, endpoint: Endpoint, parts: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None) -> Any:
        """One answer."""
        return await self._support.ask(endpoint, parts, query=query)

    async def pages(
        self, endpoint: Endpoint, name: str, parts: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Any]:
        """Every page of a list, by cursor."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self.page(endpoint, name, after, parts, query)
            yield answer
            after = after_of(answer)
            if after is None:
                return

    async def page(
        self, endpoint: Endpoint, name: str, after: str | None, parts: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None
    ) -> Any:
        """One page of a list. Raises Unsure for an answer that holds none."""
        given = {"page[size]": PAGE, **(query or {}), **({"page[after]": after} if after else {})}
        answer = await self._support.ask(endpoint, parts, query=given)
        under(answer, name, list)
        return answer

    async def segments(self) -> dict[int, Segment]:
        """The help centre's user segments, by their id."""
        found: dict[int, Segment] = {}
        async for answer in self.pages(endpoints.SEGMENTS, "user_segments"):
            found |= {int(one.id): one for one in listed(Segment, answer, "user_segments", "articles")[0]}
        return found

    async def ticket(self, ticket_id: str) -> Found:
        """One, with whom it is about."""
        answer = await self._support.ask(endpoints.TICKET, {"id": ticket_id}, query={"include": _BESIDE})
        return _found([parsed(Ticket, answer, "ticket")], answer, [])

    async def tickets(self, ids: Sequence[str]) -> Found:
        """Those of up to 100 that are still there."""
        if not ids:
            return Found()
        answer = await self._support.ask(endpoints.TICKETS, query={"ids": ",".join(ids), "include": _BESIDE})
        good, faults = listed(Ticket, answer, "tickets", "tickets")
        return _found(good, answer, faults)

    async def of_organization(self, organization_id: str) -> AsyncIterator[Found]:
        """The tickets of a company, a hundred at a time, those first that changed last."""
        query = {"include": _BESIDE, "sort": "-updated_at"}
        async for answer in self.pages(endpoints.TICKETS_OF, "tickets", {"id": organization_id}, query):
            good, faults = listed(Ticket, answer, "tickets", "tickets")
            yield _found(good, answer, faults)

    async def conversation(self, ticket: Ticket, newest: int) -> tuple[Conversation, dict[str, User]]:
        """Its newest comments, the first first, with who wrote them. Where a hundred at once are too large an answer, a few at a time."""
        try:
            return await self._conversation(ticket, newest, min(newest, PAGE))
        except Unsure:
            return await self._conversation(ticket, newest, min(newest, _FEW))

    async def _conversation(self, ticket: Ticket, newest: int, size: int) -> tuple[Conversation, dict[str, User]]:
        comments: list[Comment] = []
        users: dict[str, User] = {}
        more = False
        async for answer in self.pages(
            endpoints.COMMENTS, "comments", {"id": ticket.id}, {"page[size]": size, "sort": "-created_at", "include": "users"}
        ):
            good, faults = listed(Comment, answer, "comments", "tickets")
            if faults:
                raise Unsure(VENDOR, f"a comment of ticket {ticket.id} cannot be read: {faults[0].why}")
            comments += good
            users |= {user.id: user for user in beside(User, answer, "users")}
            more = after_of(answer) is not None
            if len(comments) >= newest:
                break
        kept = comments[:newest][::-1]
        total = max(ticket.comment_count or 0, len(kept) + int(more or len(comments) > newest))
        return Conversation(kept, total if more or len(comments) > newest else len(kept)), users

    async def audits(self, ticket_id: str) -> list[Audit]:
        """All of them, to the last."""
        found: list[Audit] = []
        async for answer in self.pages(endpoints.AUDITS, "audits", {"id": ticket_id}):
            good, faults = listed(Audit, answer, "audits", "tickets")
            if faults:
                raise Unsure(VENDOR, f"an audit of ticket {ticket_id} cannot be read: {faults[0].why}")
            found += good
        return found

    async def changed(self, endpoint: Endpoint, name: str, cursor: str | None, start_time: int, size: int) -> Exported:
        """Part of an export by cursor."""
        where = {"cursor": cursor} if cursor else {"start_time": start_time}
        answer = await self._exports.ask(endpoint, query={**where, "per_page": size})
        objects, done = under(answer, name, list), under(answer, "end_of_stream", bool)
        return Exported(objects, None if done else under(answer, "after_cursor", str))

    async def changed_since(self, endpoint: Endpoint, name: str, start_time: int, size: int) -> Exported:
        """Part of an export by time, which repeats what changed in its last second."""
        answer = await self._exports.ask(endpoint, query={"start_time": start_time, "per_page": size})
        objects = under(answer, name, list)
        if under(answer, "end_of_stream", bool):
            return Exported(objects, None)
        ended = under(answer, "end_time", int)
        return Exported(objects, str(ended if ended > start_time else start_time + 1))  # never the same part for ever


def after_of(answer: Any) -> str | None:
    """Where a list goes on; None: it ends here. Raises Unsure where it does not say."""
    meta = under(answer, "meta", dict)
    return under(meta, "after_cursor", str) if under(meta, "has_more", bool) else None


def _found(tickets: Sequence[Ticket], answer: Any, faults: Sequence[Fault]) -> Found:
    metrics = answer.get("metric_sets") or ()
    return Found(
        tickets,
        {user.id: user for user in beside(User, answer, "users")},
        {one.id: one for one in beside(Organization, answer, "organizations")},
        {str(one["ticket_id"]): int(one.get("reopens") or 0) for one in metrics if isinstance(one, dict) and "ticket_id" in one},
        faults,
    )
