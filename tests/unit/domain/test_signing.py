"""A person's own words are signed anew where somebody else sends them by now, and are otherwise left as they are."""

import pytest

from agent.domain.signing import signed_anew, still_named

MIA, MAX = {"sender.name": "Mia Ortega"}, {"sender.name": "Max Otto"}


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        ("Hello Ann,\n\nBest\nMia Ortega", "Hello Ann,\n\nBest\nMax Otto"),
        ("Hello Ann,\n\n Mia Ortega \nSales", "Hello Ann,\n\nMax Otto\nSales"),
        ("You know Mia Ortega.\n\nBest\nMia", "You know Mia Ortega.\n\nBest\nMax Otto"),
        ("Hello Ann,\n\nBest\n\u2013 Mia\nSales", "Hello Ann,\n\nBest\n\u2013 Max Otto\nSales"),
        ("Mia\nis right.\n\nBest\nMia O.", "Mia\nis right.\n\nBest\nMia O."),
    ],
)
def test_only_the_line_that_is_the_name_becomes_the_other(body: str, signed: str) -> None:
    assert signed_anew({"subject": "Mia Ortegas guide", "body": body}, MIA, MAX) == {"subject": "Mia Ortegas guide", "body": signed}


def test_words_that_showed_no_name_are_left_as_they_are() -> None:
    content = {"subject": "s", "body": "Best\nMia Ortega"}
    assert signed_anew(content, {}, MAX) == signed_anew(content, MIA, MIA) == content


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("You know Mia Ortega.\n\nBest\nMax Otto", True),
        ("Hello Ann,\n\nBest\nMia O.", True),
        ("Hello Ann,\n\nBest\nMIA", True),
        ("Hello Ann,\n\nMiami is fine.\n\nBest\nMax Otto", False),
    ],
)
def test_whoever_is_asked_is_told_that_the_other_is_still_named(body: str, named: bool) -> None:
    found = still_named({"subject": "About Tessera", "body": body}, MIA, MAX)
    assert found == (("what was written by hand still names Mia Ortega",) if named else ())
    assert still_named({"body": body}, {}, MAX) == still_named({"body": body}, MIA, MIA) == ()


def test_a_title_is_nobodys_first_name() -> None:
    before = {"sender.name": "Dr. Mia Ortega"}
    assert signed_anew({"body": "Hello,\n\nBest\nDr.\nMia"}, before, MAX) == {"body": "Hello,\n\nBest\nDr.\nMax Otto"}


def test_a_team_has_no_first_name_and_a_namesake_is_not_the_other() -> None:
    team, content = {"sender.name": "Tessera Team"}, {"body": "Hello Ann,\n\nBest\nTessera Team\nTessera"}
    assert signed_anew(content, team, MAX) == {"body": "Hello Ann,\n\nBest\nMax Otto\nTessera"}
    assert still_named(signed_anew(content, team, MAX), team, MAX) == ()
    assert still_named({"body": "Best\nMia Wolf"}, MIA, {"sender.name": "Mia Wolf"}) == ()
