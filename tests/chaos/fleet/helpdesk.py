"""The helpdesk of a fleet, in a process of its own: Zendesk's double, whose log of effects is a file to which lines are only added.

    python -m tests.chaos.fleet.helpdesk FOLDER CUSTOMERS OFFSET_S

Each customer has a ticket there, which is told of later by whoever sends its webhooks. How to connect to it, and which tickets there are, is written
to `helpdesk.json` in the folder once it serves.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from integrations.sandbox.doubles.journal import Journal
from integrations.settings import env_name
from tests.chaos.fleet.lines import Lines
from tests.storms.vendors.passing import Passing
from tests.storms.vendors.zendesk import ZendeskStorm

SAID, LOG = "helpdesk.json", "helpdesk-effects.jsonl"


class Wall(Passing):
    """The real time, so many seconds away: office hours must not depend on when the tests happen to run."""

    def __init__(self, offset_s: float) -> None:
        super().__init__()
        self._offset = timedelta(seconds=offset_s)

    def now(self) -> datetime:
        """The moment."""
        return datetime.now(UTC) + self._offset

    def clock(self) -> float:
        """Seconds of waits: real ones."""
        return time.monotonic()


class Written(Journal):
    """A log that is in a file as soon as something took effect."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._lines = Lines(path)

    def add(self, at: datetime, name: str, target: str, content: dict[str, Any]) -> None:
        """Something took effect."""
        super().add(at, name, target, content)
        self._lines.add(at=at.isoformat(), name=name, target=target, content=content)


async def serve(folder: Path, customers: int, offset_s: float) -> None:
    """Serve until killed."""
    desk = ZendeskStorm(customers, Wall(offset_s))
    desk.moves(range(customers))
    desk.world.journal = desk.double.journal = Written(folder / LOG)
    async with desk.double.serving() as url:
        settings = {env_name(name): _plain(value) for name, value in desk.settings(url, folder).items()}
        (folder / "written").write_text(json.dumps({"settings": settings, "tickets": sorted(desk.world.tickets)}))
        (folder / "written").rename(folder / SAID)  # whoever waits for it finds all of it
        await asyncio.Event().wait()


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


if __name__ == "__main__":
    place, count, offset = sys.argv[1:]
    asyncio.run(serve(Path(place), int(count), float(offset)))
