"""Writes to Zendesk: comments, groups, priorities and tags on tickets, each once.

Every write carries our marker in the audit's custom metadata. The ticket is seen first, then its audits are searched for the marker, then it is
changed by a safe update with the stamp that was seen. So a request that is still under way when its effect is looked up cannot come on top of a
second one: it is found among the audits, or whichever of the two arrives later is refused.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NoReturn, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from agent.domain.plays import StepKind
from integrations.http import Sleep
from integrations.vendors.allowance import Allowance
from integrations.vendors.caller import Caller
from integrations.vendors.errors import Busy, Conflict, Denied, Gone, Unsure, VendorError
from integrations.vendors.zendesk import endpoints
from integrations.vendors.zendesk.answers import Audit, Id, User, beside, parsed
from integrations.vendors.zendesk.dialect import TICKET_LIMIT, VENDOR
from integrations.vendors.zendesk.known import Known
from integrations.vendors.zendesk.mapping import MARKER, PRIORITIES
from integrations.vendors.zendesk.reader import Reader
from integrations.vendors.zendesk.telling import external
from integrations.vendors.zendesk.wording import comment_of
from tools.ports import Command, EffectRefused, EffectUnknown, Receipt, SourceError

COMMENTS = (StepKind.COMMENT, StepKind.TASK, StepKind.NOTE)
_WORDS = {ours: theirs for theirs, ours in PRIORITIES.items()}
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_FORGET_AT = 1000
T = TypeVar("T")


class Seen(BaseModel):
    """A ticket as it was just before. `updated_at` is kept to the letter: it is the stamp."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    status: str
    updated_at: str
    priority: str | None = None
    group_id: Id | None = None
    assignee_id: Id | None = None
    requester_id: Id | None = None
    tags: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """When it was last changed."""
        return _MOMENT.validate_python(self.updated_at)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be done to a ticket. `overwrites`: what of it is not as before afterwards."""

    fields: Mapping[str, Any]
    overwrites: Mapping[str, str | None]
    public: bool = False

    def is_done(self, seen: Seen) -> bool:
        """Whether the ticket is so already, and nothing would be said."""
        return "comment" not in self.fields and all(getattr(seen, name) == value for name, value in self.overwrites.items())


class ZendeskEffects:
    """Implements the `Effects` port. SourceError: nothing was done, and it may be tried again."""

    def __init__(self, support: Caller, reader: Reader, known: Known, clock: Callable[[], float], sleep: Sleep) -> None:
        self._support, self._reader, self._known, self._clock, self._sleep = support, reader, known, clock, sleep
        self._updates: dict[str, Allowance] = {}

    async def execute(self, command: Command) -> Receipt:
        """Do it once, however often it is asked for. Raises EffectRefused, EffectUnknown or SourceError.

        Where somebody changed the ticket in between, it is judged anew, and that once.
        """
        ticket_id = await self._ticket_of(command)
        if command.kind == StepKind.TAGS:
            return await self._tag(ticket_id, command)
        change, before = await self._change(command), None
        for _ in range(2):
            seen, users, audits = await self._looked_at(ticket_id)
            if (mine := _marked(audits, command.marker)) is not None:
                return _receipt(mine)
            _require_open(ticket_id, change, seen, users)
            if before is not None:
                _require_not_overtaken(ticket_id, change, before, seen, audits)
            if change.is_done(seen):
                return Receipt(f"ticket {ticket_id}", seen.at)
            try:
                return await self._write(ticket_id, change, seen, command.marker)
            except Conflict:
                before = seen
        raise EffectRefused(f"ticket {ticket_id} is being changed by others all the time")

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find an effect by its marker among all audits of the ticket. Raises SourceError where they could not be read to the last."""
        try:
            ticket_id = await self._ticket_of(command)
            if command.kind == StepKind.TAGS:
                seen = await _or_wait(self._show(ticket_id))
                return Receipt(f"ticket {ticket_id}", seen[0].at) if set(_tags(command)) <= set(seen[0].tags) else "absent"
            found = _marked(await _or_wait(self._reader.audits(ticket_id)), command.marker)
            return _receipt(found) if found else "absent"
        except (EffectRefused, Gone):
            return "unknowable"

    # --- what is asked for -------------------------------------------------------------------------------------------

    async def _ticket_of(self, command: Command) -> str:
        """Zendesk's id of the ticket: the target, or for a task or a note what it is about."""
        about = command.payload.get("subject") if command.kind in (StepKind.TASK, StepKind.NOTE) else None
        for record_id in (command.target, about):
            found = await self._external("tickets", "ticket", record_id) if isinstance(record_id, str) else None
            if found is not None and found.isdecimal():
                return found
        raise EffectRefused(f"'{command.target}' is no ticket of Zendesk's")

    async def _external(self, key: Literal["tickets", "people"], kind: Literal["ticket", "person"], record_id: str) -> str | None:
        return external(key, record_id) or await self._known.external(kind, record_id)

    async def _change(self, command: Command) -> _Change:
        if command.kind in COMMENTS:
            comment = comment_of(command)
            return _Change({"comment": comment}, {}, public=comment["public"])
        match command.kind:
            case StepKind.PRIORITY:
                return _overwriting(priority=self._priority(command))
            case StepKind.GROUP:
                return await self._assignment(command)
            case _:
                raise EffectRefused(
                    f"Zendesk knows no effect '{command.kind}': it takes {', '.join((*COMMENTS, StepKind.GROUP, StepKind.PRIORITY, StepKind.TAGS))}"
                )

    def _priority(self, command: Command) -> str:
        given = command.payload.get("priority")
        if given not in _WORDS:
            raise EffectRefused(f"'{given}' is not a priority: use one of {', '.join(sorted(_WORDS))}")
        return _WORDS[given]

    async def _assignment(self, command: Command) -> _Change:
        """To a group, and to nobody in it unless somebody is named."""
        given, who = command.payload.get("group"), command.payload.get("assignee")
        group = external("groups", given) if isinstance(given, str) else None
        if group is None or not group.isdecimal():
            raise EffectRefused(f"'{given}' is no group of Zendesk's")
        agent = await self._external("people", "person", who) if isinstance(who, str) else None
        if who and (agent is None or not agent.isdecimal()):
            raise EffectRefused(f"'{who}' is no agent of Zendesk's")
        return _overwriting(group_id=group, assignee_id=agent)

    # --- how it is done ----------------------------------------------------------------------------------------------

    async def _show(self, ticket_id: str) -> tuple[Seen, Mapping[str, User]]:
        answer = await self._support.ask(endpoints.TICKET, {"id": ticket_id}, query={"include": "users"})
        return parsed(Seen, answer, "ticket"), {user.id: user for user in beside(User, answer, "users")}

    async def _looked_at(self, ticket_id: str) -> tuple[Seen, Mapping[str, User], list[Audit]]:
        """The ticket, and after it all that was ever done to it: what arrives later than these meets another stamp. Raises EffectRefused."""
        try:
            seen, users = await _or_wait(self._show(ticket_id))
            return seen, users, await _or_wait(self._reader.audits(ticket_id))
        except Gone as error:
            raise EffectRefused(str(error)) from error

    async def _write(self, ticket_id: str, change: _Change, seen: Seen, marker: str) -> Receipt:
        """Raises Conflict where the ticket is not as it was seen."""
        said = {**change.fields, "metadata": {"custom": {MARKER: marker}}, "safe_update": True, "updated_stamp": seen.updated_at}
        try:
            await self._allowance(ticket_id).take()
            answer = await self._support.ask(endpoints.UPDATE, {"id": ticket_id}, json={"ticket": said})
            audit = parsed(Audit, answer, "audit")
        except Conflict:
            raise
        except VendorError as error:
            _raise(error)
        return _receipt(audit)

    async def _tag(self, ticket_id: str, command: Command) -> Receipt:
        """Add tags. Done twice it is done once, and so needs neither stamp nor marker."""
        tags = _tags(command)
        try:
            await self._allowance(ticket_id).take()
            await self._support.ask(endpoints.TAGS, {"id": ticket_id}, json={"tags": tags})
            seen, _ = await self._show(ticket_id)
        except VendorError as error:
            _raise(error)
        if not set(tags) <= set(seen.tags):
            raise EffectUnknown(f"zendesk: the tags are not on ticket {ticket_id}, although it took them")
        return Receipt(f"ticket {ticket_id}", seen.at)

    def _allowance(self, ticket_id: str) -> Allowance:
        """Of updates of one ticket. Nobody waits here: too many mean that something turns in a circle."""
        if len(self._updates) >= _FORGET_AT:
            self._updates.pop(next(iter(self._updates)))
        if ticket_id not in self._updates:
            self._updates[ticket_id] = Allowance(VENDOR, TICKET_LIMIT, clock=self._clock, sleep=self._sleep, patience_s=0)
        return self._updates[ticket_id]


def _require_open(ticket_id: str, change: _Change, seen: Seen, users: Mapping[str, User]) -> None:
    """Raises EffectRefused for a ticket that does not take this."""
    if seen.status == "closed":
        raise EffectRefused(f"ticket {ticket_id} is closed, and takes nothing any more: open a follow-up")
    requester = users.get(seen.requester_id or "")
    if change.public and (requester is None or requester.suspended or not requester.active):
        raise EffectRefused(f"ticket {ticket_id} has no requester who could read an answer: nobody, or somebody suspended or deleted")


def _require_not_overtaken(ticket_id: str, change: _Change, before: Seen, seen: Seen, audits: list[Audit]) -> None:
    """Raises EffectRefused where somebody did the like meanwhile."""
    if change.public and any(_speaks(audit) for audit in audits if audit.created_at > before.at):
        raise EffectRefused(f"somebody wrote on ticket {ticket_id} just before we did")
    moved = [name for name in change.overwrites if getattr(seen, name) != getattr(before, name)]
    if moved:
        raise EffectRefused(f"somebody set {' and '.join(moved)} of ticket {ticket_id} just before we did")


async def _or_wait(reading: Awaitable[T]) -> T:
    """What was read. Raises SourceError where it was not, and Gone where there is nothing to read."""
    try:
        return await reading
    except Gone:
        raise
    except VendorError as error:
        raise SourceError(VENDOR, error.what) from error


def _raise(error: VendorError) -> NoReturn:
    """What a failed write is to the ledger."""
    match error:
        case Busy() | Denied():
            raise SourceError(VENDOR, error.what) from error
        case Unsure():
            raise EffectUnknown(str(error)) from error
        case _:
            raise EffectRefused(str(error)) from error


def _overwriting(**fields: str | None) -> _Change:
    """Ids go as numbers."""
    return _Change({name: int(value) if value and name.endswith("_id") else value for name, value in fields.items()}, fields)


def _tags(command: Command) -> list[str]:
    given = command.payload.get("tags")
    if not isinstance(given, list | tuple) or not given or not all(isinstance(tag, str) and tag and " " not in tag for tag in given):
        raise EffectRefused("tags must be a list of words without blanks")
    return [tag.lower() for tag in given]


def _marked(audits: list[Audit], marker: str) -> Audit | None:
    return next((audit for audit in audits if audit.metadata.marker(MARKER) == marker), None)


def _speaks(audit: Audit) -> bool:
    return any(event.type == "Comment" and event.public for event in audit.events)


def _receipt(audit: Audit) -> Receipt:
    return Receipt(f"audit {audit.id}", audit.created_at)
