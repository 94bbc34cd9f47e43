"""The sandbox's people as members of the workspace."""

import pytest

from agent.domain.calendars import OFFICE_HOURS
from agent.domain.evidence import Person
from agent.errors import InvalidInput
from integrations.sandbox.colleagues import member_of, slack_workspace
from integrations.sandbox.slack.roster import App

ANN = Person("u_ann", "ann@example.com", "Ann Lee", ("sales_manager", "csm"), calendar=OFFICE_HOURS)


def test_a_colleague_keeps_their_address_and_time_zone() -> None:
    member = member_of(ANN)
    assert (member.email, member.name, member.title) == ("ann@example.com", "Ann Lee", "Sales manager, Csm")
    assert member.timezone == OFFICE_HOURS.timezone
    assert member.id == member_of(ANN).id
    assert member.id.startswith("U")


def test_who_left_is_deactivated_and_in_no_channel() -> None:
    left = Person("u_old", "old@example.com", "Old Hand", (), active=False)
    space = slack_workspace([ANN, left], App(), ["deals"])
    assert space.members[member_of(left).id].deleted
    (deals,) = space.channels()
    assert deals.members == [member_of(ANN).id, space.app.user]


def test_a_workspace_needs_people() -> None:
    with pytest.raises(InvalidInput, match="no people"):
        slack_workspace([], App(), ["deals"])
