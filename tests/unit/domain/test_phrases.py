"""Phrases are found as whole words, whatever their case and accents, and the whole thing stays fast."""

import pytest

from agent.domain.phrases import begins_with, fault_of, found


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("refund*", "Refunding me would be nice", ["refunding"]),
        ("refund*", "prefund", []),
        ("ruckerstattung", "Ich m\u00f6chte eine R\u00fcckerstattung", ["ruckerstattung"]),
        ("TS-20##", "it says TS-2010, ts-2011 and TS-201", ["ts-2010", "ts-2011"]),
        ("sign in", "I cannot sign-in or sign\n in", ["sign-in", "sign in"]),
        ("a.b", "axb", []),
        ("j'en ai marre", "J\u2019en ai marre !", ["j'en ai marre"]),
    ],
)
def test_what_is_found(phrase: str, text: str, there: list[str]) -> None:
    assert found((phrase,), text) == there


def test_the_longest_of_several_is_told_and_each_once() -> None:
    assert found(("out", "out of office"), "Out of office", "out of office, out") == ["out of office", "out"]
    assert found((), "anything") == []


def test_the_beginning_alone() -> None:
    assert begins_with(("automatic reply:",), "  Automatic reply: your ticket")
    assert not begins_with(("automatic reply:",), "Why an automatic reply: is sent")
    assert not begins_with((), "x")


@pytest.mark.parametrize("phrase", ["", " outage", "*", "a", "#", "re*fund", "x*#"])
def test_phrases_that_cannot_be_looked_for(phrase: str) -> None:
    assert fault_of(phrase)


@pytest.mark.parametrize("phrase", ["outage", "refund*", "TS-####", "INV-*", "bis * nicht"])
def test_phrases_that_can(phrase: str) -> None:
    assert not fault_of(phrase)
