"""What `nextplay doctor` looks at: whether Zendesk lets us in, lets us read what we read, and has what is set up."""

from collections.abc import Awaitable, Callable, Sequence

from integrations.vendors.connector import Check
from integrations.vendors.errors import VendorError
from integrations.vendors.zendesk import endpoints
from integrations.vendors.zendesk.answers import User, parsed, under
from integrations.vendors.zendesk.audience import EVERYBODY, segment_audience
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.reader import Reader

_SETTINGS = "Look at NEXTPLAY_ZENDESK_* and at Admin Center > Apps and integrations > APIs > OAuth clients"
_ROLE = f"Allow the OAuth client {' and '.join(endpoints.SCOPES)}, and let its owner's role see this"


async def checks(reader: Reader, fields: Fields) -> Sequence[Check]:
    """All of them, or only the first where nobody answers."""
    first = await _tried("Zendesk sign-in", lambda: _who(reader), _SETTINGS)
    if not first.ok:
        return [first]
    return [
        first,
        await _tried("Zendesk tickets", lambda: _tickets(reader), _ROLE),
        await _tried("Zendesk groups", lambda: _groups(reader, fields), "Correct the ids of groups in the mapping"),
        await _tried("Zendesk schedules", lambda: _schedules(reader, fields), "Correct the ids of schedules in the mapping, or create them"),
        await _tried("Zendesk fields", lambda: _custom_fields(reader, fields), "Correct the ids of fields in the mapping, or activate them"),
        await _tried("Zendesk articles", lambda: _articles(reader), f"{_ROLE}; or switch the help centre on"),
        await _tried("Zendesk user segments", lambda: _segments(reader, fields), f"{_ROLE}; or correct public_segments in the mapping"),
    ]


class _Wrong(Exception):
    """What was found is not what is set up."""


async def _tried(name: str, look: Callable[[], Awaitable[str]], mend: str) -> Check:
    try:
        return Check(name, ok=True, says=await look())
    except (VendorError, _Wrong) as error:
        return Check(name, ok=False, says=str(error), mend=mend)


async def _who(reader: Reader) -> str:
    await reader.ask(endpoints.SETTINGS)
    user = parsed(User, await reader.ask(endpoints.ME), "user")
    if user.role != "admin":
        raise _Wrong(f"we ask as {user.name}, whose role is {user.role}: Zendesk gives exports, by which changes are found, to administrators only")
    return f"as {user.name}, {user.role}"


async def _tickets(reader: Reader) -> str:
    count = under(under(await reader.ask(endpoints.TICKET_COUNT), "count", dict), "value", int)
    return f"{count} can be seen"


async def _groups(reader: Reader, fields: Fields) -> str:
    there = [int(one["id"]) async for answer in reader.pages(endpoints.GROUPS, "groups") for one in answer["groups"]]
    return _all_there("group", [*fields.groups], there)


async def _schedules(reader: Reader, fields: Fields) -> str:
    there = [int(one["id"]) for one in under(await reader.ask(endpoints.SCHEDULES), "schedules", list)]
    return _all_there("schedule", [desk.schedule for desk in fields.groups.values() if desk.schedule is not None], there)


async def _custom_fields(reader: Reader, fields: Fields) -> str:
    found = [one async for answer in reader.pages(endpoints.TICKET_FIELDS, "ticket_fields") for one in answer["ticket_fields"]]
    return _all_there("field", [*fields.custom.values()], [int(one["id"]) for one in found if one.get("active")])


async def _articles(reader: Reader) -> str:
    answer = await reader.page(endpoints.ARTICLES, "articles", None, None, {"page[size]": 1})
    return "the help centre can be read" if answer["articles"] else "the help centre has no articles that can be read"


async def _segments(reader: Reader, fields: Fields) -> str:
    """How many of them let customers be sent articles; all others keep theirs inside."""
    there = await reader.segments()
    said = _all_there("user segment", sorted(fields.public_segments), [*there])
    readers = [segment_audience(one, segment, fields) for one, segment in there.items()]
    limited = sum(one not in (None, EVERYBODY) for one in readers)
    return f"{said}; articles of {readers.count(EVERYBODY)} may be sent to all customers, of {limited} to those of some plans or regions"


def _all_there(what: str, wanted: Sequence[int], there: Sequence[int]) -> str:
    missing = [str(one) for one in wanted if one not in there]
    if missing:
        raise _Wrong(f"there is no {what} {', '.join(missing)} that is active")
    return f"{len(there)} there, {len(set(wanted))} set up"
