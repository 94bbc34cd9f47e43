"""The syncing of an open workspace: of every vendor that it is connected to, with what came of what was done there."""

from datetime import datetime, timedelta
from functools import partial

from agent.arrivals import arrival_of
from agent.domain.event import Event
from agent.errors import InvalidInput
from integrations.bootstrap import Workspace
from integrations.sandbox.fixtures import FixtureError
from integrations.vendors import keeping
from integrations.vendors.connector import Completion, Connector, Rated, TellsCompletions, TellsRatings
from integrations.vendors.syncing import Progress, Syncing

LOOKED_BACK = timedelta(days=7)
"""So far back completed tasks are asked for each time: longer than a server is down."""


def syncings_of(workspace: Workspace, progress: Progress = lambda _vendor, _key, _read, _of: None) -> list[Syncing]:
    """One for each connector."""
    copy = workspace.systems.copy
    if copy is None:
        return []
    return [Syncing(copy, connector, workspace.clock, progress, workspace.wall) for connector in workspace.systems.connectors]


async def apply_directory(workspace: Workspace) -> None:
    """Take in the file with what no vendor knows: before anything of theirs, so that their colleagues are found in it. Raises InvalidInput."""
    file = workspace.settings.vendor_directory
    if file is None:
        return
    try:
        await workspace.sandbox.apply(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The directory file {file} cannot be read ({type(error).__name__}).", "Correct NEXTPLAY_VENDOR_DIRECTORY.") from None
    except FixtureError as error:
        raise InvalidInput(str(error), f"Correct {file}; docs/sandbox.md describes each field.") from None


async def keep_synced(workspace: Workspace) -> None:
    """Keep the copies young for as long as this runs."""
    after = [partial(_tell_what_came_of, workspace, connector) for connector in workspace.systems.connectors]
    await keeping.keep_synced(syncings_of(workspace), before=partial(apply_directory, workspace), after=after)


async def tell_what_came_of_it(workspace: Workspace) -> None:
    """Tell what vendors can be asked that no sync shows: which of our tasks colleagues completed, and how customers rated what we answered.

    With a task, what was in a colleague's hands has reached the customer. Told again, it is the same event. Raises a VendorError.
    """
    for connector in workspace.systems.connectors:
        await _tell_what_came_of(workspace, connector)


async def _tell_what_came_of(workspace: Workspace, connector: Connector) -> None:
    at, events = workspace.clock(), list[Event]()
    if isinstance(connector, TellsCompletions):
        events += [_completed(connector.vendor, one, at) for one in await connector.completed(at - LOOKED_BACK)]
    if isinstance(connector, TellsRatings):
        events += [_rated(connector.vendor, one, at) for one in await connector.ratings(at - LOOKED_BACK)]
    await workspace.service.accept([arrival_of(event) for event in events])


def _completed(vendor: str, one: Completion, received_at: datetime) -> Event:
    return Event(
        source=vendor, id=f"completed:{one.marker}", type="task.completed", occurred_at=one.at, received_at=received_at, subject_kind="task",
        subject_id=one.marker, actor=one.by, data={"task": one.marker},
    )  # fmt: skip


def _rated(vendor: str, one: Rated, received_at: datetime) -> Event:
    return Event(
        source=vendor, id=f"rated:{one.id}:{one.score}", type="ticket.rated", occurred_at=one.updated_at, received_at=received_at,
        subject_kind="ticket", subject_id=str(one.ticket_id), data={"rating": one.score},
    )  # fmt: skip
