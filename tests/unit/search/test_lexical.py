"""Which articles words find, and how surely."""

import pytest

from integrations.search.lexical import Passage, ranked
from integrations.search.query import FEW_PAIRS, read
from integrations.search.words import pairs, stems

LONG = (
    "I opened a Silver Harbour account in May and still wait for the welcome letter. "
    "Which fees does the Silver Harbour account have when money is sent abroad, and who decides about exceptions?"
)


def passage(article: str, title: str, text: str, score: float = 5.0) -> Passage:
    return Passage(article, len(text), score, title, "", text)


def test_words_that_follow_each_other_are_a_pair_but_not_over_the_end_of_a_sentence() -> None:
    assert pairs("Move the API data of a file. Cash and gold") == [("move", "api"), ("api", "data"), ("data", "file"), ("cash", "gold")]


def test_a_compound_is_found_by_its_parts_and_whole() -> None:
    assert stems("Das Kiosk-Terminal") == {"kiosk-terminal", "kiosk", "terminal"}
    assert ranked(read("Was ist mit dem Kiosk?"), [passage("a", "Kiosk-Terminal offline", "")])["a"].strength == 1.0


def test_only_of_a_text_of_some_length_pairs_are_looked_for() -> None:
    assert len(set(read(LONG).pairs)) >= FEW_PAIRS
    assert read("how do I rotate the API keys of a workspace").pairs == ()


@pytest.mark.parametrize("named_first", [True, False])
def test_in_a_long_text_the_article_that_has_its_names_comes_before_one_with_the_same_words_apart(named_first: bool) -> None:
    named = passage("named", "Silver Harbour account: fees", "What it costs.")
    apart = passage("apart", "Account fees", "Silver cards are posted; the harbour branch is closed. What it costs.")
    found = ranked(read(LONG), [named, apart] if named_first else [apart, named])
    assert [*found] == ["named", "apart"]
    assert found["named"].strength > 1.2 * found["apart"].strength


def test_a_pair_counts_half_in_the_text_and_not_at_all_the_other_way_round() -> None:
    titled, said, other = passage("titled", "Harbour account", ""), passage("said", "", "Harbour account"), passage("other", "", "account harbour")
    found = ranked(read(LONG), [titled, said, other])
    assert [*found] == ["titled", "said", "other"]


def test_the_best_has_the_strength_of_what_it_covers_whatever_else_there_is() -> None:
    best = passage("best", "Silver Harbour account", "Fees for money that is sent abroad.", score=7)
    alone = ranked(read(LONG), [best])["best"].strength
    assert ranked(read(LONG), [best, *(passage(f"a{n}", "Fees", "Money", score=1) for n in range(20))])["best"].strength == alone


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert ranked(read(LONG), []) == {}
    assert ranked(read(""), [passage("a", "Silver", "Harbour")]) == {}
