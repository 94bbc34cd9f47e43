"""Which of our tasks were done. Only then has what they ask for reached anybody: that the task is there is nothing yet."""

import re
from collections.abc import Sequence
from datetime import datetime

from integrations.vendors.connector import Completion, own_id
from integrations.vendors.hubspot.client import Filter, HubSpot, Thing
from integrations.vendors.hubspot.dialect import VENDOR
from integrations.vendors.hubspot.letters import STAMP
from integrations.vendors.hubspot.text import moment

_MARKER = re.compile(rf"{STAMP} (np-[0-9a-f]+)")
_ASKED = ("hs_task_body", "hs_task_completion_date", "hubspot_owner_id")


async def completions(hub: HubSpot, since: datetime) -> Sequence[Completion]:
    """All since a moment, by the index of search; each may be told again."""
    filters: list[Filter] = [
        ("hs_task_status", "EQ", "COMPLETED"), ("hs_task_body", "CONTAINS_TOKEN", STAMP),
        ("hs_lastmodifieddate", "GTE", str(int(since.timestamp() * 1000))),
    ]  # fmt: skip
    parts = hub.search_all("tasks", filters, _ASKED)
    return [completion async for things in parts for thing in things if (completion := _completion(thing)) is not None]


def _completion(task: Thing) -> Completion | None:
    """None for a task that only speaks of us."""
    marked = _MARKER.search(task.properties.get("hs_task_body") or "")
    if marked is None:
        return None
    owner, at = task.properties.get("hubspot_owner_id"), task.properties.get("hs_task_completion_date")
    return Completion(marked[1], _moment(at, task.updated), own_id(VENDOR, "people", owner) if owner else None)


def _moment(said: str | None, changed: datetime) -> datetime:
    try:
        return moment(said) if said else changed
    except ValueError:
        return changed
