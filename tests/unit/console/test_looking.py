from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.console.looking import impossible, looked_for

BERLIN = ZoneInfo("Europe/Berlin")


def test_an_empty_address_looks_for_everything() -> None:
    looked = looked_for({}, BERLIN)
    assert (looked.any, looked.wrong, looked.query(), looked.before, looked.after) == (False, (), "", None, None)


def test_days_are_those_of_the_reader_and_the_last_one_counts() -> None:
    wanted = looked_for({"since": "2026-11-10", "until": "2026-11-11"}, BERLIN).wanted
    assert wanted.since == datetime(2026, 11, 9, 23, tzinfo=UTC)
    assert wanted.until == datetime(2026, 11, 11, 23, tzinfo=UTC)


def test_an_id_is_looked_for_as_such() -> None:
    for said in ("dec_3f9a1c", "run_3f9a1c"):
        wanted = looked_for({"q": said}, BERLIN).wanted
        assert (wanted.decision, wanted.text) == ("dec_3f9a1c", "")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"route": "sideways"}, "There is no route 'sideways'. Choose one of act,"),
        ({"outcome": "' OR 1=1"}, "There is no outcome '' OR 1=1'"),
        ({"label": "ugly"}, "There is no label 'ugly'"),
        ({"since": "yesterday"}, "'yesterday' is no day"),
        ({"until": "2026-02-30"}, "'2026-02-30' is no day"),
        ({"since": "2026-11-11", "until": "2026-11-10"}, "the wrong way round"),
        ({"q": "!!! …"}, "There is no word to search for"),
        ({"account": "*"}, "There is no word to search for"),
    ],
)
def test_what_cannot_be_is_said(given: dict[str, str], says: str) -> None:
    looked = looked_for(given, BERLIN)
    assert impossible(looked)
    assert says in " ".join(looked.wrong)


@pytest.mark.parametrize("place", ["x", "-1", "1; DROP TABLE decisions", "9" * 40, "1.5"])
def test_a_place_that_was_tampered_with_leads_to_the_beginning(place: str) -> None:
    for name in ("before", "after"):
        looked = looked_for({name: place}, BERLIN)
        assert (looked.before, looked.after) == (None, None)
        assert "this is its beginning" in looked.wrong[0]
        assert not impossible(looked), "the beginning is shown"


def test_what_is_too_long_or_hidden_is_taken_off() -> None:
    looked = looked_for({"q": "a\u202eb\x00c" + "x" * 500}, BERLIN)
    assert len(looked.said["q"]) == 200
    assert "\u202e" not in looked.said["q"]
