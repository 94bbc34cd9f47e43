"""Both halves put together, and why."""

from collections.abc import Sequence

from integrations.search.fusing import IN_PASSING, ByMeaning, fused
from integrations.search.lexical import ByWords
from integrations.search.query import read
from integrations.search.words import stem

QUERY = read("rotate the api keys")


def words(strength: float, *shared: str, passage: int = 1, headed: Sequence[str] = ()) -> ByWords:
    return ByWords(strength, passage, frozenset(map(stem, shared)), frozenset(map(stem, headed)))


def test_what_either_half_found_is_there_the_surest_first() -> None:
    by_words = {"w": words(0.99, "rotate", "api", "keys"), "both": words(0.3, "keys")}
    found = fused(QUERY, by_words, {"both": ByMeaning(0.6, 7), "m": ByMeaning(0.55, 8)})
    assert [(one.article, one.passage) for one in found] == [("w", 1), ("both", 7), ("m", 8)]
    assert [one.why for one in found] == [
        "has 3 of 3 words: rotate, api, keys", "near in meaning (0.60); has 1 of 3 words: keys", "near in meaning (0.55)",
    ]  # fmt: skip


def test_what_is_far_and_has_nothing_in_common_is_no_find() -> None:
    assert fused(QUERY, {}, {"far": ByMeaning(0.1, 1)}) == []
    assert fused(QUERY, {}, {}) == []


def test_by_words_alone_a_find_is_measured_by_the_best() -> None:
    assert [one.article for one in fused(QUERY, {"best": words(0.04), "near": words(0.01), "far": words(0.001)}, {})] == ["best", "near"]


def test_a_code_is_told_first_and_shown_where_it_stands() -> None:
    (one,) = fused(read("api error TS-9"), {"a": words(0.5, "ts-9", "api", passage=3, headed=["ts-9"])}, {"a": ByMeaning(0.2, 8)})
    assert (one.passage, one.why, one.features.codes) == (3, "names TS-9; far in meaning (0.20); has 1 of 3 words: api", 1.0)


def test_an_article_about_a_code_comes_before_one_that_names_it_in_passing() -> None:
    near = {"about": ByMeaning(0.4, 1), "names": ByMeaning(0.5, 2)}
    about, names = fused(read("TS-9"), {"about": words(0.5, "ts-9", headed=["ts-9"]), "names": words(0.5, "ts-9")}, near)
    assert (about.article, about.features.codes, names.features.codes) == ("about", 1.0, IN_PASSING)


def test_another_judge_may_decide() -> None:
    found = fused(QUERY, {"w": words(0.9)}, {"m": ByMeaning(0.3, 1)}, lambda features: features.likeness or 0.2)
    assert [(one.article, one.strength) for one in found] == [("m", 0.3), ("w", 0.2)]
