"""Writes to HubSpot: tasks and notes, each of them once.

HubSpot knows no idempotency keys. So a write is never repeated on a guess: our marker stands in the body, and by it the write is looked up. Its
search lags behind: what it does not show yet is neither there nor absent, and the run waits. Only then, and not by search, is it said to be absent.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from integrations.vendors.errors import Busy, Denied, Gone, Rejected, Unsure, VendorError
from integrations.vendors.hubspot.client import HubSpot, Thing
from integrations.vendors.hubspot.dialect import VENDOR
from integrations.vendors.hubspot.fields import Fields
from integrations.vendors.hubspot.letters import BODIES, MADE, written
from tools.ports import Command, EffectOvertaken, EffectRefused, EffectUnknown, Receipt, SourceBusy, SourceError

SETTLES_S = 60.0
"""So long after it was asked for, a write is done or never will be: longer than any answer is waited for."""

_NEWEST, _LOOKED_THROUGH = 100, 1000
"""So many of the newest are searched, and at last looked through."""
_TYPES = {"account": "companies", "contract": "companies", "contact": "contacts", "deal": "deals", "ticket": "tickets"}
_SINGULAR = {"companies": "company", "contacts": "contact", "deals": "deal", "tickets": "ticket"}
_ASKED = {
    "companies": ("hubspot_owner_id",), "contacts": ("hubspot_owner_id", "email"), "deals": ("hubspot_owner_id", "pipeline", "dealstage"),
    "tickets": ("hubspot_owner_id",),
}  # fmt: skip

External = tuple[str, str]
"""What it is (account, contact, contract, deal, ticket or person), and HubSpot's id of it."""
Resolve = Callable[[str], Awaitable[External | None]]
"""HubSpot's name for an id of ours; None where it has none."""


async def by_own_id(our_id: str) -> External | None:
    """Of ids that say themselves that they are HubSpot's."""
    named = re.fullmatch(rf"{VENDOR}-(account|contact|contract|deal|ticket|person)-(\d+)", our_id)
    return (named[1], named[2]) if named else None


class HubSpotEffects:
    """Implements `Effects`. `now` gives the moment, `clock` monotonic seconds."""

    def __init__(
        self, hub: HubSpot, fields: Fields, *, now: Callable[[], datetime], clock: Callable[[], float], resolve: Resolve = by_own_id,
        settles_s: float = SETTLES_S,
    ) -> None:  # fmt: skip
        self._hub, self._fields, self._now, self._clock, self._resolve, self._settles_s = hub, fields, now, clock, resolve, settles_s
        self._kinds: dict[tuple[str, str], int] = {}
        self._settled_at: dict[str, float] = {}
        """From when on it is sure whether what was begun is there, by marker."""

    async def execute(self, command: Command) -> Receipt:
        """Write it once. Raises EffectRefused, EffectOvertaken and EffectUnknown, and SourceError where nothing was done and the run has to wait."""
        type_ = _made(command)
        try:
            anchors = await self._anchors(command)
            owner = await self._owner(command, anchors)
            letter = written(command.kind, command.payload, command.marker, owner, self._now())
            links = [(thing.id, await self._kind(type_, of)) for of, thing in anchors.items()]
        except Gone as error:
            raise EffectRefused(f"{error}: what it was about was deleted") from error
        except VendorError as error:
            self._not_begun(command)
            raise _wait(error) from error
        return _receipt(type_, await self._write(type_, command, letter.properties, links))

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find it by its marker, among what hangs on the same object. Raises SourceError while nobody can know yet."""
        type_ = _made(command)
        settled_at = self._settled_at.setdefault(command.marker, self._clock() + self._settles_s)
        settled = self._clock() >= settled_at
        try:
            found = await self._found(type_, command, settled=settled)
        except Gone:
            return "unknowable"
        except VendorError as error:
            raise _wait(error) from error
        if found == "absent" and not settled:
            raise SourceError(VENDOR, f"its search may not show {command.marker} yet; it is looked for again")
        self._settled_at.pop(command.marker, None)
        return _receipt(type_, found) if isinstance(found, Thing) else found

    async def _write(self, type_: str, command: Command, properties: Mapping[str, str], links: list[tuple[str, int]]) -> Thing:
        self._settled_at[command.marker] = self._clock() + self._settles_s  # before, for whoever is stopped in the middle
        try:
            made = await self._hub.create(type_, properties, links)
        except (Busy, Denied) as error:
            self._not_begun(command)
            raise _wait(error) from error
        except (Rejected, Gone) as error:
            self._kinds.clear()  # what an association is called may be what was not accepted
            self._settled_at.pop(command.marker)
            raise EffectRefused(str(error)) from error
        except Unsure as error:
            self._settled_at[command.marker] = self._clock() + self._settles_s
            raise EffectUnknown(str(error)) from error
        self._settled_at.pop(command.marker)
        return made

    def _not_begun(self, command: Command) -> None:
        """Whoever asks to execute knows that it has not happened before, and now it has not either: a look tells at once."""
        self._settled_at[command.marker] = self._clock()

    async def _anchors(self, command: Command) -> Mapping[str, Thing]:
        """What it hangs on, by type, as it is this moment. Raises EffectRefused or EffectOvertaken where it must not be written any more."""
        anchors: dict[str, Thing] = {}
        for our_id in dict.fromkeys(filter(None, (command.target, *(str(command.payload.get(name) or "") for name in ("account", "subject"))))):
            named = await self._resolve(our_id)
            type_ = _TYPES.get(named[0]) if named else None
            if named is None or type_ is None:
                if our_id == command.target:
                    raise EffectRefused(f"HubSpot has no object for '{our_id}': link it first")
                continue
            if type_ not in anchors:
                anchors[type_] = await self._hub.one(type_, named[1], _ASKED[type_])
        await self._still_holds(command, anchors)
        return anchors

    async def _still_holds(self, command: Command, anchors: Mapping[str, Thing]) -> None:
        """What it was judged on: the address that was approved, and the deal's stage. Raises EffectOvertaken."""
        contact, to = anchors.get("contacts"), str(command.payload.get("to") or "")
        if contact is not None and to and (contact.properties.get("email") or "").lower() != to.lower():
            raise EffectOvertaken("the contact has another e-mail address by now")
        named = await self._resolve(command.premise.deal) if command.premise else None
        if command.premise is None or named is None or named[0] != "deal":
            return
        deal = anchors.get("deals") or await self._hub.one("deals", named[1], _ASKED["deals"])
        stage = deal.properties.get("dealstage")
        command.premise.require(self._fields.stage(deal.properties.get("pipeline"), stage), stage)

    async def _owner(self, command: Command, anchors: Mapping[str, Thing]) -> str | None:
        """Who gets it: whom the task names. What is to be sent goes to whoever owns the contact, else the deal, else the company."""
        if command.kind == "send_content":
            owned = (anchors[type_].properties.get("hubspot_owner_id") for type_ in ("contacts", "deals", "companies") if type_ in anchors)
            owner = next(filter(None, owned), None)
            if owner is None:
                raise EffectRefused("nobody owns the contact or its company in HubSpot, so nobody would send it: give it an owner")
            return owner
        assignee = str(command.payload.get("assignee") or "")
        if not assignee:
            return None
        named = await self._resolve(assignee)
        if named is None or named[0] != "person":
            raise EffectRefused(f"'{assignee}' is nobody of HubSpot's owners, so nobody would see the task: link them first")
        return named[1]

    async def _kind(self, type_: str, to: str) -> int:
        """The id of the plain association, which may be another in every portal."""
        if (type_, to) not in self._kinds:
            kinds = await self._hub.kinds(type_, to)
            plain = [kind.number for kind in kinds if kind.label is None and kind.category == "HUBSPOT_DEFINED"]
            if not plain:
                raise Unsure(VENDOR, f"it does not say how {type_} are hung on {to}")
            self._kinds[type_, to] = plain[0]
        return self._kinds[type_, to]

    async def _found(self, type_: str, command: Command, *, settled: bool) -> Thing | Literal["absent", "unknowable"]:
        """It, by search while it may still come, and at last among all that hangs on the object. Raises Gone with the object."""
        named = await self._resolve(command.target)
        if named is None or named[0] not in _TYPES:
            return "unknowable"
        anchor, body = _TYPES[named[0]], BODIES[type_]
        current = await self._hub.one(anchor, named[1], ())
        filters = [(f"associations.{_SINGULAR[anchor]}", "EQ", current.id)]
        things, _, _ = await self._hub.search(type_, filters, (body,), sort="hs_createdate", newest=True, limit=_NEWEST)
        found, all_seen = _marked(things, body, command), True
        if found is None and settled:
            ids = sorted(await self._hub.associated(anchor, current.id, type_), key=int, reverse=True)
            found, all_seen = _marked(await self._hub.batch(type_, ids[:_LOOKED_THROUGH], (body,)), body, command), len(ids) <= _LOOKED_THROUGH
        return found or ("absent" if all_seen else "unknowable")


def _marked(things: Sequence[Thing], body: str, command: Command) -> Thing | None:
    """The first that was made with the marker."""
    return min((thing for thing in things if command.marker in (thing.properties.get(body) or "")), key=lambda thing: int(thing.id), default=None)


def _wait(error: VendorError) -> SourceError:
    """Nothing was done, and the run waits."""
    return (SourceBusy if isinstance(error, Busy) else SourceError)(VENDOR, error.what)


def _made(command: Command) -> str:
    """What it becomes. Raises EffectRefused for an effect that is not HubSpot's."""
    if command.kind not in MADE:
        raise EffectRefused(f"HubSpot takes no '{command.kind}': it takes {', '.join(MADE)}")
    return MADE[command.kind]


def _receipt(type_: str, made: Thing) -> Receipt:
    return Receipt(f"{VENDOR}-{type_}-{made.id}", made.created)
