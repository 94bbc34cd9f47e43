"""Asks an org: questions with all parts of their answers, several at once, and what its objects look like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.vendors.caller import Caller
from integrations.vendors.errors import Gone, Rejected, Unsure
from integrations.vendors.salesforce.dialect import error_within
from integrations.vendors.salesforce.endpoints import DESCRIBE, LIMITS, MORE, QUERY, TOGETHER, VENDOR

Row = Mapping[str, Any]
KNOWN_FOR = timedelta(hours=1)
"""So long an object is taken to look as it did; a field that is gone is noticed at once."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field as the org describes it."""

    name: str
    filterable: bool
    unique: bool
    external: bool


class Asking:
    """`clock` is the time of day."""

    def __init__(self, caller: Caller, clock: Callable[[], datetime]) -> None:
        self._caller, self._clock = caller, clock
        self._looks: dict[str, tuple[datetime, Mapping[str, Column]]] = {}

    async def rows(self, soql: str) -> list[Row]:
        """All rows of an answer, also those in the bin. Raises a VendorError."""
        return await self._all(await self._caller.ask(QUERY, query={"q": soql}))

    async def count(self, soql: str) -> int:
        """How many there are."""
        total = (await self._caller.ask(QUERY, query={"q": soql})).get("totalSize")
        if not isinstance(total, int):
            raise Unsure(VENDOR, "query: its answer does not say how many there are")
        return total

    async def together(self, *questions: str) -> list[list[Row]]:
        """The rows of several answers, in one round trip. Raises what the first that failed is."""
        asked = [
            {"method": "GET", "url": f"{QUERY.path}?q={quote(soql, safe='')}", "referenceId": f"q{number}"} for number, soql in enumerate(questions)
        ]
        parts = _list(await self._caller.ask(TOGETHER, json={"allOrNone": False, "compositeRequest": asked}), "compositeResponse")
        if len(parts) != len(questions):
            raise Unsure(VENDOR, "composite: it answers more or fewer questions than were asked")
        for part in parts:
            status = part.get("httpStatusCode")
            if not isinstance(status, int) or status >= 300:
                raise error_within("composite", status if isinstance(status, int) else 500, part.get("body"))
        return [await self._all(part.get("body")) for part in parts]

    async def looks(self, name: str) -> Mapping[str, Column]:
        """The fields of an object that may be seen; none where the whole object may not."""
        at, known = self._clock(), self._looks.get(name)
        if known is not None and timedelta() <= at - known[0] < KNOWN_FOR:
            return known[1]
        try:
            said = await self._caller.ask(DESCRIBE, {"object": name})
        except Gone:
            said = {"fields": []}
        found = {
            str(one["name"]): Column(str(one["name"]), bool(one.get("filterable")), bool(one.get("unique")), bool(one.get("externalId")))
            for one in _list(said, "fields")
        }
        self._looks[name] = (at, found)
        return found

    def changed(self, error: Rejected) -> bool:
        """Whether it was refused because a field is not as it was; then everything is looked at anew."""
        if "INVALID_FIELD" not in error.what and "INVALID_TYPE" not in error.what:
            return False
        self._looks.clear()
        return True

    async def limits(self) -> Mapping[str, Any]:
        """What is left of the org's limits."""
        said = await self._caller.ask(LIMITS)
        return said if isinstance(said, dict) else {}

    async def write(self, *args: Any, **content: Any) -> Any:
        """A request that writes, as the caller makes it."""
        return await self._caller.ask(*args, **content)

    async def _all(self, said: Any) -> list[Row]:
        rows = _list(said, "records")
        while said.get("done") is not True:
            locator = str(said.get("nextRecordsUrl") or "").rpartition("/")[2]
            if not locator:
                raise Unsure(VENDOR, "query: its answer is not whole, and does not say where the rest is")
            said = await self._caller.ask(MORE, {"locator": locator})
            rows += _list(said, "records")
        return rows


def _list(said: Any, name: str) -> list[Any]:
    """The objects under a name. Raises Unsure for what is not an answer as documented."""
    found: Sequence[Any] | None = said.get(name) if isinstance(said, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unsure(VENDOR, f"its answer has no list of {name}")
    return found
