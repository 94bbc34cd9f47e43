"""The clocks that run while something waits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.clocks import NOTICE, SLA, clock_before, protected_clocks
from agent.domain.ranking import WINDOW, in_window, too_late
from tests.unit.domain.building import AT, DAY, candidate, event, evidence, playbook, verdict

TICKET, CONTRACT = event(subject_kind="ticket"), event(subject_kind="contract")
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)  # four days after AT, a Monday


def test_protected_clocks_are_only_those_that_are_known() -> None:
    assert protected_clocks(evidence()) == {}
    assert protected_clocks(evidence({"ticket.minutes_to_sla": 10, "contract.days_to_notice": 3})) == {
        SLA: AT + timedelta(minutes=10),
        NOTICE: datetime(2026, 11, 26, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("values", "of", "until", "ended"),
    [
        ({"ticket.minutes_to_sla": 60}, TICKET, AT + timedelta(minutes=59), None),
        ({"ticket.minutes_to_sla": 60}, TICKET, AT + timedelta(minutes=60), SLA),
        ({"ticket.minutes_to_sla": -5}, TICKET, AT + DAY, None),
        ({"contract.days_to_notice": 4}, CONTRACT, FRIDAY - timedelta(minutes=1), None),
        ({"contract.days_to_notice": 4}, CONTRACT, FRIDAY, NOTICE),
        ({"contract.days_to_notice": 0}, CONTRACT, AT + timedelta(hours=5), None),
        ({"contract.days_to_notice": 0}, CONTRACT, AT + DAY, NOTICE),
        ({"contract.days_to_notice": -1}, CONTRACT, AT + DAY, None),
        ({"contract.days_to_notice": 1}, event(), AT + 3 * DAY, None),
        ({"contract.days_to_notice": 1}, TICKET, AT + 3 * DAY, None),
        ({}, TICKET, AT + DAY, None),
    ],
    ids=["in time", "at that moment", "broken already", "before its day", "on its day", "today", "tomorrow", "over", "a deal", "a ticket", "none"],
)  # fmt: skip
def test_what_runs_out_in_the_meantime(values: dict[str, Any], of: Any, until: datetime, ended: str | None) -> None:
    assert clock_before(evidence(values, event=of), until) == ended


def test_who_waits_too_long_is_out_of_the_window_and_the_plays_own_is_named_first() -> None:
    given = evidence({"contract.days_to_notice": 4}, event=CONTRACT)
    for until, ended in ((AT + DAY, None), (AT + 5 * DAY, NOTICE), (AT + 11 * DAY, WINDOW)):
        one = verdict("mail", "defer", until=until)
        assert too_late(playbook(), given, candidate("mail"), one) == ended
        assert in_window(playbook(), given, candidate("mail"), one) is (ended is None)


def test_stored_evidence_of_the_first_edition_knows_only_the_plays_window() -> None:
    given = evidence({"contract.days_to_notice": 1}, event=CONTRACT, edition=1)
    assert in_window(playbook(), given, candidate("mail"), verdict("mail", "defer", until=AT + 5 * DAY))
