"""What is an echo of our own effect: told by the event where it carries a value, else by the record as it is now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.event import Event
from agent.domain.records import Action
from agent.graph.triage import is_echo
from agent.identity import Standing

DONE = datetime(2026, 11, 24, 10, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MOVED = Action("np-1", "dec_1", 0, "assign_group", "t", {"group": "deep"}, "done", False, "d", False, "acc", DONE)
OURS = {"group": "deep", "priority": "p2", "messages": [{"body": "hello"}, {"body": "please take over"}]}
SAID = Action("np-2", "dec_1", 1, "ticket_comment", "t", {"body": "please take over"}, "done", False, "d", False, "acc", DONE)


THERE = Action("np-3", "dec_1", 0, "assign_group", "t", {"group": "zendesk-groups-77"}, "done", False, "d", False, "acc", DONE)


def standing(type_: str, after: timedelta = SECOND, *, record: Any = None, as_of: datetime = DONE, **data: Any) -> Standing:
    event = Event("zendesk", "e", type_, DONE + after, DONE + after, "ticket", "t", "acc", data=data)
    return Standing(event, known=True, record=OURS if record is None else record, as_of=as_of)


@pytest.mark.parametrize(
    ("told", "action", "echo"),
    [
        (standing("ticket.group_changed", group="deep"), MOVED, True),
        (standing("ticket.group_changed", -2 * MINUTE, group="deep"), MOVED, True),
        (standing("ticket.group_changed", group="billing"), MOVED, False),
        (standing("ticket.priority_changed", priority="p2"), MOVED, False),
        (standing("ticket.group_changed"), MOVED, True),
        (standing("ticket.group_changed", -2 * MINUTE), MOVED, False),
        (standing("ticket.group_changed", record={"group": "billing"}), MOVED, False),
        (standing("ticket.group_changed", record={}), MOVED, False),
        (standing("ticket.comment_added"), SAID, True),
        (standing("ticket.comment_added", record={**OURS, "messages": [{"body": "anybody there?"}]}), SAID, False),
        (standing("ticket.comment_added", record={"body": "please take over"}), SAID, False),
        (standing("ticket.updated"), MOVED, True),
        (standing("ticket.updated", as_of=DONE + SECOND), MOVED, False),
        (standing("ticket.updated", -MINUTE), MOVED, False),
        (standing("ticket.updated", group="deep"), MOVED, True),
        (standing("ticket.updated", group="deep", priority="p1"), MOVED, False),
        (standing("ticket.group_changed", group="77"), THERE, True),
        (standing("ticket.group_changed", group="7"), THERE, False),
        (standing("ticket.group_changed", group="groups-77"), THERE, False),
        (standing("ticket.updated", group="77"), THERE, True),
        (standing("ticket.updated", group="78"), THERE, False),
        (standing("ticket.created", marker="np-1"), MOVED, True),
        (standing("ticket.created"), MOVED, False),
    ],
)
def test_echoes(told: Standing, action: Action, echo: bool) -> None:
    assert is_echo(told, action) is echo
