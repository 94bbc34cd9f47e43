"""A person's own words are signed anew where somebody else sends them by now, and are otherwise left as they are."""

import pytest

from agent.domain.signing import signed_anew

MIA, MAX = {"sender.name": "Mia Ortega"}, {"sender.name": "Max Otto"}


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        ("Hello Ann,\n\nBest\nMia Ortega", "Hello Ann,\n\nBest\nMax Otto"),
        ("Hello Ann,\n\n Mia Ortega \nSales", "Hello Ann,\n\nMax Otto\nSales"),
        ("You know Mia Ortega.\n\nBest\nMia", "You know Mia Ortega.\n\nBest\nMia"),
    ],
)
def test_only_the_line_that_is_the_name_becomes_the_other(body: str, signed: str) -> None:
    assert signed_anew({"subject": "Mia Ortegas guide", "body": body}, MIA, MAX) == {"subject": "Mia Ortegas guide", "body": signed}


def test_words_that_showed_no_name_are_left_as_they_are() -> None:
    content = {"subject": "s", "body": "Best\nMia Ortega"}
    assert signed_anew(content, {}, MAX) == signed_anew(content, MIA, MIA) == content
