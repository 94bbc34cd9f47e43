"""What a pack for review says, in the words of every door."""

from collections.abc import Mapping

from agent.reviewing import LEAST_PEOPLE, Case, Team
from integrations.telling.words import several

PARTS = {
    "friction": "Friction", "overridden": "Overridden by people", "labelled": "Labelled", "ignored": "Ignored", "converted": "Converted",
    "proposed": "Proposed",
}  # fmt: skip
"""The parts of a pack, in the order in which they are looked at."""


def came(case: Case) -> str:
    """What came of it, in words."""
    return ", ".join([*([case.result] if case.result else []), *(name.replace("_", " ") for name in case.friction)])


def team_said(team: Team) -> str:
    """How a team answers, in words; for few people only that they did."""
    if team.approved is None:
        return f"{several(team.answers, 'answer')} by fewer than {LEAST_PEOPLE} people: no figures"
    return f"{several(team.answers, 'answer')} by {team.people} people; {team.approved} approved, {team.unedited} of them as it stood"


def concentration(plays: Mapping[str, int]) -> str:
    """How much of what was proposed is one play."""
    total = sum(plays.values())
    name, count = next(iter(plays.items()))
    return f"{count / total:.0%} of {total} proposals are {name}"
