"""Effects on Salesforce. All are tasks: to do, done (a note), or one whose text is the draft to send; each carries our key, and is there once."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from agent.domain.plays import StepKind
from agent.domain.spans import parse_span
from integrations.vendors.errors import Busy, Denied, Rejected, Unsure, VendorError
from integrations.vendors.salesforce import soql
from integrations.vendors.salesforce.asking import Asking, Column, Row
from integrations.vendors.salesforce.endpoints import CREATE_TASK, UPSERT_TASK, VENDOR
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.ids import whole_id
from integrations.vendors.salesforce.mapping import moment, stage_of
from tools.ports import Command, EffectOvertaken, EffectRefused, EffectUnknown, Receipt, SourceBusy, SourceError

External = Callable[[str, str], Awaitable[str | None]]
"""Salesforce's id for one of ours, by kind (account, contact, deal, contract, person); None where it is not linked."""

OBJECTS = {"001": "Account", "003": "Contact", "006": "Opportunity", "800": "Contract"}
"""What a task can hang on, by how ids begin."""
_KINDS = ("account", "deal", "contact", "contract")

SUBJECT, TEXT = 255, 30_000
"""Most characters of a task's subject and text."""
LOOKED_AT = 500
"""So many tasks of one record are looked through for a line; of more nobody can tell."""
SETTLES = timedelta(seconds=30)
"""What was sent may still be under way when its answer is given up: what could be there twice is absent only when it is so this much later."""


async def by_own_id(kind: str, own: str) -> str | None:
    """Salesforce's id as it stands in ours, `salesforce-deal-006…`."""
    return whole_id(own.removeprefix(f"{VENDOR}-{kind}-"))


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a task hangs on: `what` (a company, deal or contract) and `who` (somebody there)."""

    what: str | None = None
    who: str | None = None

    @property
    def field(self) -> tuple[str, str]:
        """By which of the two its tasks are found."""
        return ("WhatId", self.what) if self.what else ("WhoId", self.who or "")

    @property
    def values(self) -> dict[str, str]:
        return {name: one for name, one in (("WhatId", self.what), ("WhoId", self.who)) if one}


class SalesforceEffects:
    """Implements the `Effects` port. `clock` is the time of day."""

    def __init__(
        self, asking: Asking, fields: Fields, clock: Callable[[], datetime], *, external: External = by_own_id
    ) -> None:  # fmt: skip
        self._asking, self._fields, self._clock, self._external = asking, fields, clock, external
        self._missed: dict[str, datetime] = {}

    async def execute(self, command: Command) -> Receipt:
        """Carry it out once, after looking again at whom and what it is about. Raises SourceError where it was surely not done."""
        plan = _PLANS.get(command.kind)
        if plan is None:
            raise EffectRefused(f"Salesforce knows no effect '{command.kind}': it takes {', '.join(_PLANS)}")
        with _reading():
            await self._still_holds(command)
            task = await plan(self, command, await self._anchor(command))
            key = (await self._asking.looks("Task")).get(self._fields.key)
        try:
            made = await self._write(command.marker, task, key)
        except Rejected as error:
            if "DUPLICATE_VALUE" in error.what and (found := await self.look_up(command)) not in ("absent", "unknowable"):
                return found  # type: ignore[return-value]  # it is a receipt
            raise EffectRefused(str(error)) from error
        return Receipt(made, self._clock())

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find a task by its key, also in the bin. Raises SourceError where Salesforce does not say now."""
        with _reading():
            key = (await self._asking.looks("Task")).get(self._fields.key)
            found = await self._look(command, key)
        if found == "absent" and not (key and key.unique) and self._clock() - self._missed.setdefault(command.marker, self._clock()) < SETTLES:
            raise SourceError(VENDOR, f"{command.marker} is not there, and may still be under way; it is looked for again")
        self._missed.pop(command.marker, None)
        return found

    async def _look(self, command: Command, key: Column | None) -> Receipt | Literal["absent", "unknowable"]:
        if key is not None and key.filterable:
            rows = await self._asking.rows(soql.select(("Id", "CreatedDate"), "Task", soql.equals(key.name, command.marker), at_most=1))
        else:
            try:
                near = await self._tasks_near(command)
            except EffectRefused:
                return "unknowable"  # what it hung on is linked no more
            rows = [row for row in near if command.marker in str(row.get("Description") or "")]
            if not rows and len(near) in (0, LOOKED_AT):  # none can also mean that what it hung on is gone, and its tasks with it
                return "unknowable" if near or await self._is_gone(command) else "absent"
        return Receipt(str(rows[0]["Id"]), moment(rows[0]["CreatedDate"])) if rows else "absent"

    async def _tasks_near(self, command: Command) -> list[Row]:
        """The latest tasks of what it hangs on, with their texts: by these nothing can be asked for."""
        field, record = (await self._anchor(command)).field
        wanted = ("Id", "CreatedDate", "Description")
        return await self._asking.rows(
            soql.select(wanted, "Task", soql.equals(field, record), order=("CreatedDate",), falling=True, at_most=LOOKED_AT)
        )  # fmt: skip

    async def _is_gone(self, command: Command) -> bool:
        _, record = (await self._anchor(command)).field
        return not await self._asking.rows(soql.select(("Id",), OBJECTS[record[:3]], soql.equals("Id", record)))

    async def _still_holds(self, command: Command) -> None:
        """The stage of the deal, where it was judged on one. Raises EffectOvertaken."""
        deal = await self._known(command.premise.deal) if command.premise else None
        if command.premise is None or deal is None or not deal.startswith("006"):
            return
        row = await self._one(("Id", "IsDeleted", "StageName", "IsClosed", "IsWon"), "Opportunity", deal)
        command.premise.require(stage_of(row, self._fields), row.get("StageName"))

    async def _write(self, marker: str, task: Mapping[str, Any], key: Column | None) -> str:
        """Make the task. What may have been done without our hearing of it raises EffectUnknown."""
        try:
            if key is not None and key.external and key.unique:
                made = await self._asking.write(UPSERT_TASK, {"field": key.name, "key": marker}, json=dict(task))
            else:
                made = await self._asking.write(CREATE_TASK, json={**task, **({key.name: marker} if key else {})})
        except Unsure as error:
            raise EffectUnknown(str(error)) from error
        except (Busy, Denied) as error:
            raise _waits(error) from error
        except Rejected:
            raise
        except VendorError as error:
            raise EffectRefused(str(error)) from error
        made_id = made.get("id") if isinstance(made, dict) else None
        if not isinstance(made_id, str):
            raise EffectUnknown(f"{VENDOR}: it says neither that the task was made nor that it was not")
        return made_id

    # what becomes a task --------------------------------------------------------------------------------------------

    async def task(self, command: Command, anchor: Anchor) -> dict[str, Any]:
        """Something for a colleague to do: for the one who is named, else for whoever owns the record."""
        payload, named = command.payload, str(command.payload.get("assignee") or "")
        person = await self._external("person", named) if named else None
        owner = await self._active(person, *await self._owners(anchor))
        span = parse_span(payload["due"]) if payload.get("due") else timedelta()
        text = _text(payload, "text") + (f"\n\nFor: {named}" if named and owner != person else "")
        return self._made(command, anchor, owner, _text(payload, "title") or "Nextplay", text, due=self._clock() + span)

    async def note(self, command: Command, anchor: Anchor) -> dict[str, Any]:
        """Something to know: a task that is done already."""
        text = _text(command.payload, "text")
        owner = await self._active(*await self._owners(anchor))
        return self._made(command, anchor, owner, f"Nextplay: {text.splitlines()[0] if text else 'note'}", text, done=True)

    async def draft(self, command: Command, anchor: Anchor) -> dict[str, Any]:
        """A message for the company's owner to send. Whoever may not be written to, or has another address by now, gets none."""
        payload = command.payload
        if anchor.who is None:
            raise EffectRefused(f"'{command.target}' is no contact in Salesforce")
        wanted = (
            "Id",
            "IsDeleted",
            "Email",
            "HasOptedOutOfEmail",
            "AccountId",
            *([self._fields.do_not_contact] if self._fields.do_not_contact else []),
        )
        person = await self._one(wanted, "Contact", anchor.who)
        self._may_write(person, payload)
        account = Anchor(str(person["AccountId"]), anchor.who) if person.get("AccountId") else anchor
        owner = await self._active(*await self._owners(account))
        subject = _text(payload, "subject")
        text = f"To: {_text(payload, 'to')}\nSubject: {subject}\n\n{_text(payload, 'body')}"
        return self._made(command, account, owner, f"Send: {subject}", text)

    def _may_write(self, person: Row, payload: Mapping[str, Any]) -> None:
        if person.get("HasOptedOutOfEmail") and payload.get("purpose") == "marketing":
            raise EffectRefused("the contact has opted out of e-mail")
        if self._fields.do_not_contact and person.get(self._fields.do_not_contact):
            raise EffectRefused("the contact is not to be contacted")
        if str(person.get("Email") or "").lower() != str(payload.get("to") or "").lower():
            raise EffectOvertaken("the contact has another e-mail address by now")

    def _made(
        self, command: Command, anchor: Anchor, owner: str, subject: str, text: str, *, done: bool = False, due: datetime | None = None
    ) -> dict[str, Any]:  # fmt: skip
        return {
            **anchor.values, "OwnerId": owner, "Subject": " ".join(subject.split())[:SUBJECT],
            "Description": f"{text.strip()[:TEXT]}\n\n[{command.marker}]",
            "Status": "Completed" if done else "Not Started", "Priority": "Normal", "ActivityDate": (due or self._clock()).date().isoformat(),
        }  # fmt: skip

    # whom and what it is about --------------------------------------------------------------------------------------

    async def _anchor(self, command: Command) -> Anchor:
        """What it hangs on: the deal or contract that it is about, else its target."""
        target = await self._known(command.target)
        if target is None:
            raise EffectRefused(f"'{command.target}' is not linked to Salesforce: there is nothing to hang it on")
        subject = await self._known(str(command.payload.get("subject") or "")) if command.kind != StepKind.SEND else None
        if target.startswith("003"):
            return Anchor(subject if subject and not subject.startswith("003") else None, target)
        return Anchor(subject if subject and subject[:3] in ("006", "800") else target)

    async def _known(self, own: str) -> str | None:
        for kind in _KINDS if own else ():
            found = await self._external(kind, own)
            if found is not None and found[:3] in OBJECTS:
                return found
        return None

    async def _owners(self, anchor: Anchor) -> list[str]:
        """Who owns what it hangs on. Raises EffectRefused where that is not there any more."""
        record = anchor.what or anchor.who or ""
        row = await self._one(("Id", "IsDeleted", "OwnerId"), OBJECTS[record[:3]], record)
        return [str(row["OwnerId"])] if str(row.get("OwnerId") or "").startswith("005") else []

    async def _one(self, fields: tuple[str, ...], of: str, record: str) -> Row:
        rows = await self._asking.rows(soql.select(fields, of, soql.equals("Id", record), at_most=1))
        if not rows or rows[0].get("IsDeleted"):
            raise EffectRefused(f"the {of} {record} is not there any more")
        return rows[0]

    async def _active(self, *people: str | None) -> str:
        """The first of them who still works here. Raises EffectRefused where nobody does: nobody would see the task."""
        wanted = [one for one in people if one]
        there: set[str] = set()
        if wanted:
            rows = await self._asking.rows(soql.select(("Id",), "User", soql.among("Id", wanted), soql.equals("IsActive", True)))
            there = {str(row["Id"]) for row in rows}
        for one in wanted:
            if one in there:
                return one
        raise EffectRefused("whoever it is for is not active in Salesforce, nor is the record's owner: give the record an active owner")


_PLANS: Mapping[str, Callable[[SalesforceEffects, Command, Anchor], Awaitable[dict[str, Any]]]] = {
    StepKind.TASK.value: SalesforceEffects.task, StepKind.NOTE.value: SalesforceEffects.note, StepKind.SEND.value: SalesforceEffects.draft
}  # fmt: skip


@contextmanager
def _reading() -> Iterator[None]:
    """Before anything is written: what Salesforce does not say now is waited for, what it refuses is refused."""
    try:
        yield
    except (Busy, Denied, Unsure) as error:
        raise _waits(error) from error
    except VendorError as error:
        raise EffectRefused(str(error)) from error


def _waits(error: VendorError) -> SourceError:
    """Nothing was done, and it can be tried again later."""
    return (SourceBusy if isinstance(error, Busy) else SourceError)(VENDOR, error.what)


def _text(payload: Mapping[str, Any], name: str) -> str:
    return str(payload.get(name) or "")
