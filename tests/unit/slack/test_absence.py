from datetime import UTC, datetime

import pytest

from integrations.slack.absence import away_of


@pytest.mark.parametrize(
    "text",
    [
        "Vacation", "on vacation", "Vacationing", "Vacation until Monday", "On holiday 🌴", "holidays - back on 3 May",
        "Out of office", "out of the office today", "OOO", "ooo till 14:00", "OOO (back Monday)", "Out sick", "sick", "On parental leave",
        "annual leave", "I'm on leave", "PTO 12-14 May", "Urlaub", "im Urlaub bis 3.5.", "krank", "En vacances", "de vacaciones",
    ],
)  # fmt: skip
def test_these_say_that_somebody_is_away(text: str) -> None:
    assert away_of({"status_text": text, "status_emoji": ""})[0]


@pytest.mark.parametrize(
    "text",
    [
        "", "In a meeting", "Back from vacation", "Vacation planning", "Working on the holiday sale", "No vacation this year",
        "Commuting", "Focus time", "Working remotely", "Out for lunch", "sickle cell charity run", "Ask me about PTO",
        "Holiday party committee", "travelling, reachable", "Not OOO", "on call", "x" * 5000,
    ],
)  # fmt: skip
def test_these_do_not(text: str) -> None:
    assert not away_of({"status_text": text, "status_emoji": ":spiral_calendar_pad:"})[0]


@pytest.mark.parametrize(("emoji", "away"), [(":palm_tree:", True), (":face_with_thermometer:", True), (":airplane:", False), (":no_entry:", False)])
def test_an_emoji_alone_says_it_where_it_means_nothing_else(emoji: str, away: bool) -> None:
    assert away_of({"status_text": "", "status_emoji": emoji})[0] is away


def test_a_status_may_end_by_itself() -> None:
    ends = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert away_of({"status_text": "OOO", "status_expiration": int(ends.timestamp())}) == (True, ends)
    assert away_of({"status_text": "OOO", "status_expiration": 0}) == (True, None)
    assert away_of({}) == (False, None)
