"""Kill -9 before and after every commit and every outside call: nothing lost, nothing twice, unknown effects parked."""

from pathlib import Path

import pytest

from tests.chaos.checker import outcome
from tests.chaos.crashes import Crashes, Drivers, broken_in
from tests.chaos.slack_side import Side
from tests.chaos.slack_stories import SLACK_STORIES
from tests.chaos.stories import STORIES
from tests.postgres import Server

EVERY = {"happy": 6, "approval": 16, "difference": 16}
"""Which share of a story's points the usual test run takes; of the others, one in 32. `make crash` takes all."""

ON_A_SERVER = {"approval": 20}
"""The same for stories on PostgreSQL; none of the others."""

IN_SLACK = 150
"""The same for the stories in Slack: one in so many."""

FROM_SLACK = 200
"""The same for what is asked for in Slack, from the point on at which it is kept and Slack does not know yet."""

NOT_YET_ACKNOWLEDGED = 3

AT_LEAST = {
    "happy": 30, "approval": 40, "difference": 50, "undone_unseen": 15, "slack_whole": 100, "slack_approved": 60, "slack_mention": 40,
    "slack_escalate": 50, "slack_reply": 150,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_anywhere_changes_nothing(story: str, drivers: Drivers, tmp_path: Path, every_point: bool) -> None:
    _crash(Crashes(drivers, story, tmp_path), story, every_point=every_point)


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_anywhere_changes_nothing_on_a_server(story: str, drivers: Drivers, server: Server, tmp_path: Path, every_point: bool) -> None:
    if not every_point and story not in ON_A_SERVER:
        pytest.skip("one story on a server in every run, all of them with: make crash")
    _crash(Crashes(drivers, story, tmp_path, server=server), story, every_point=every_point, one_in=ON_A_SERVER.get(story))


@pytest.mark.slow
@pytest.mark.parametrize("story", SLACK_STORIES)
def test_a_crash_anywhere_loses_nothing_of_what_was_pressed_in_slack(
    story: str, drivers: Drivers, side: Side, tmp_path: Path, every_point: bool
) -> None:
    _crash(Crashes(drivers, story, tmp_path, side), story, every_point=every_point)


def _crash(crashes: Crashes, story: str, *, every_point: bool, one_in: int | None = None) -> None:
    told = crashes.undisturbed()
    assert broken_in(told.evidence) == []
    _ended_as_it_should(story, outcome(told.evidence))
    assert len(told.points) >= AT_LEAST.get(story, 20)

    every = range(1, len(told.points) + 1)
    numbers = list(every if every_point else every[::one_in] if one_in else every[_slice(story)])
    broken = crashes.crash_at(numbers, told)

    print(f"{story}: {len(numbers)} of {len(told.points)} points")
    assert not broken, "\n".join(broken)


def _slice(story: str) -> slice:
    if story in SLACK_STORIES and SLACK_STORIES[story].requested:
        return slice(NOT_YET_ACKNOWLEDGED - 1, None, FROM_SLACK)
    return slice(0, None, EVERY.get(story, IN_SLACK if story in SLACK_STORIES else 32))


def _ended_as_it_should(story: str, came_to: dict[str, list[tuple[str, ...]]]) -> None:
    """The liveness floor: a run that fails throughout, and so does nothing twice, does not pass."""
    expected = (STORIES | SLACK_STORIES)[story]
    assert tuple(kind for kind, _, _ in came_to["effects"]) == expected.effects
    assert len(came_to["asks"]) == expected.asks
    assert {state for _, state in came_to["runs"]} == {"parked" if expected.parked else "closed"}
