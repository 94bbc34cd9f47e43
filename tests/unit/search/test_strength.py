"""How surely an article is about a question."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from integrations.search.strength import Features, strength
from integrations.telling.fitting import fit

SHARES = st.floats(0, 1)
FEATURES = st.builds(Features, likeness=st.floats(-1, 1), words=SHARES, codes=SHARES, asked=st.integers(1, 400), coded=SHARES)


@given(FEATURES, st.floats(0, 1))
def test_more_of_anything_that_was_found_is_never_less(found: Features, more: float) -> None:
    here = strength(found)
    assert 0 <= here <= 1
    assert strength(replace(found, likeness=(found.likeness or 0) + more)) >= here
    assert strength(replace(found, words=min(found.words + more, 1))) >= here
    assert strength(replace(found, codes=min(found.codes + more, 1))) >= here


def test_without_a_likeness_words_decide() -> None:
    assert strength(Features(likeness=None, words=0.4, codes=1, asked=3)) == 0.4


def test_what_is_near_is_sure_what_is_far_is_not_and_a_code_tells_much() -> None:
    near, far = Features(0.7, 0.5, 0, 6), Features(0.2, 0.1, 0, 6)
    assert strength(near) > 0.9
    assert strength(far) < 0.1
    assert strength(replace(far, likeness=0.3, words=0.4, codes=1)) > 0.7


def test_words_tell_more_of_a_long_text() -> None:
    assert strength(Features(0.4, 0.3, 0, 200)) > strength(Features(0.4, 0.3, 0, 3))


def test_a_code_that_the_article_does_not_name_speaks_against_it_the_more_the_more_of_the_question_it_is() -> None:
    no_code, in_passing, alone = (strength(Features(0.45, 0.1, 0, 8, coded)) for coded in (0, 0.1, 1))
    assert no_code > in_passing > alone
    assert alone < 0.1
    assert strength(Features(0.45, 0.1, 1, 8, 1)) > 0.9


def test_a_title_alone_is_no_answer_however_near_it_is() -> None:
    surest = Features(likeness=1.0, words=1.0, codes=1.0, asked=40, bare=True)
    assert {fit(strength(one)) for one in (surest, replace(surest, likeness=None))} == {"is near it"}
