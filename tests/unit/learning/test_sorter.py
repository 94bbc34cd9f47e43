"""What settled tickets teach: which are learned from, what is kept, and that it is read back the same or not at all."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from agent.domain.triage_words import TriageWords
from agent.learning.kinds import TooFewExamples
from agent.learning.sorter import Example, UnreadableSorter, digest_of, settled, sorter_from_json, sorter_to_json, train
from tests.unit.learning.test_folds import clouds
from tools.ports import Snapshot

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
WORDS = TriageWords.model_validate({"automatic": {"subject": ["automatic reply:"]}})
ENGLISH = frozenset({"en"})


def ticket(name: str = "t", **changes: Any) -> Snapshot:
    return Snapshot(name, {"subject": "How do I copy a plan", "type": "question", "status": "solved", **changes}, AT)


def examples(sizes: dict[str, int]) -> list[Example]:
    labels = [kind for kind, size in sizes.items() for _ in range(size)]
    return [Example(f"t{number}", f"text {number}", kind, None) for number, kind in enumerate(labels)]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "open"},
        {"type": None},
        {"type": "complaint"},
        {"subject": ""},
        {"subject": "Automatic reply: away"},
        {"language": "de"},
    ],
)
def test_what_nobody_settled_or_filed_teaches_nothing(changes: dict[str, Any]) -> None:
    assert settled([ticket(**changes)], WORDS, ENGLISH) == []


def test_settled_tickets_teach_what_they_say_in_few_words_without_private_data() -> None:
    found = settled(
        [ticket("b", product="flow"), ticket("a", body="Hello,\n\nwrite to ann@acme.example. And more.", type="bug", language="en-GB")],
        WORDS,
        ENGLISH,
    )
    assert found == [
        Example("a", "How do I copy a plan. write to [e-mail]", "bug", None),
        Example("b", "How do I copy a plan", "question", "flow"),
    ]
    assert settled([ticket(language="de")], WORDS, None) != [], "where the embedder knows every language"


def test_the_newest_are_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.learning.sorter.MOST", 2)
    tickets = [Snapshot(str(age), ticket().data, AT - timedelta(days=age)) for age in (3, 1, 2)]
    assert [one.ticket for one in settled(tickets, WORDS, None)] == ["1", "2"]


def test_the_same_tickets_are_the_same_version() -> None:
    given = examples({"question": 3})
    assert digest_of(given, "m") == digest_of(list(given), "m")
    assert digest_of(given, "other") != digest_of(given, "m")
    assert digest_of([replace(given[0], kind="bug"), *given[1:]], "m") != digest_of(given, "m")


def test_a_version_is_read_back_as_it_was() -> None:
    sizes = {"question": 30, "bug": 30}
    vectors, _ = clouds(sizes, spread=0.1)
    sorter, made = train(examples(sizes), vectors, embedder="m", languages=ENGLISH, at=AT, by="ann@x.example")
    assert (made.version, made.cases, made.labels, made.report["kind"]["right"]) == (sorter.version, 60, 0, 60)
    assert not made.report["product"]["used"]
    again = sorter_from_json(sorter.version, sorter_to_json(sorter))
    assert again.opinions(vectors[:3]) == sorter.opinions(vectors[:3])
    assert sorter_to_json(again) == sorter_to_json(sorter)
    [first, *_] = again.opinions(vectors[:3])
    assert first.kind is not None
    assert (first.kind.name, first.product) == ("question", None)
    assert (again.speaks("en"), again.speaks(None), again.speaks("de")) == (True, True, False)


def test_what_tells_no_better_than_chance_is_left_out() -> None:
    sizes = {"question": 40, "bug": 40}
    vectors, _ = clouds(sizes, spread=0.1)
    shuffled = np.random.default_rng(5).permutation(len(vectors))
    with pytest.raises(TooFewExamples, match="no better than how often each comes"):
        train(examples(sizes), vectors[shuffled], embedder="m", languages=None, at=AT, by="x@y.z")


@pytest.mark.parametrize("change", [{"schema": 9}, {"kinds": {"names": ["a"]}}, {"kinds": None, "languages": 3}, "[]", "{", {"kinds": "x"}])
def test_what_cannot_be_read_is_refused_as_a_whole(change: Any) -> None:
    sizes = {"question": 20, "bug": 20}
    sorter, _ = train(examples(sizes), clouds(sizes, spread=0.1)[0], embedder="m", languages=None, at=AT, by="x@y.z")
    text = change if isinstance(change, str) else json.dumps({**json.loads(sorter_to_json(sorter)), **change})
    with pytest.raises(UnreadableSorter, match="triage-1 cannot be read"):
        sorter_from_json("triage-1", text)


def test_numbers_that_are_none_and_parts_that_do_not_fit_are_refused() -> None:
    sizes = {"question": 20, "bug": 20}
    sorter, _ = train(examples(sizes), clouds(sizes, spread=0.1)[0], embedder="m", languages=None, at=AT, by="x@y.z")
    assert sorter.kinds is not None
    for kinds in (replace(sorter.kinds, weights=sorter.kinds.weights * np.float32("nan")), replace(sorter.kinds, centres=sorter.kinds.centres[:1])):
        with pytest.raises(UnreadableSorter):
            sorter_from_json("v", sorter_to_json(replace(sorter, kinds=kinds)))
