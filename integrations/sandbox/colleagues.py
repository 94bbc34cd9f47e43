"""The sandbox's people as the members of a Slack workspace of one's own."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.domain.evidence import Person
from agent.errors import InvalidInput
from integrations.sandbox.slack.roster import App, Member, channels, slack_id
from integrations.sandbox.slack.workspace import Workspace


def slack_workspace(people: Sequence[Person], app: App, rooms: Iterable[str], *, log: Path | None = None) -> Workspace:
    """A workspace of these people. Raises InvalidInput when there are none."""
    members = [member_of(person) for person in people]
    if not any(not member.deleted for member in members):
        raise InvalidInput(
            "The sandbox has no people, and a Slack workspace needs some.", "Fill it with: nextplay sandbox apply FILE, or nextplay demo."
        )
    return Workspace(members, channels(rooms, members, app), app, log=log)


def member_of(person: Person) -> Member:
    """A colleague: the id is the same whenever and wherever the workspace starts."""
    return Member(
        id=slack_id("U", person.id),
        name=person.name,
        email=person.email,
        title=", ".join(role.replace("_", " ").capitalize() for role in person.roles),
        timezone=person.calendar.timezone if person.calendar else "Etc/UTC",
        deleted=not person.active,
    )
