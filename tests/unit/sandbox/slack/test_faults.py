"""Faults repeat with their seed, come in the shares that were asked for, and one method's do not touch another's."""

from collections import Counter

import pytest
from pydantic import ValidationError

from integrations.sandbox.slack.faults import Fault, Faults

PLAN = {"seed": 7, "calls": {"*": {"rate_limited": 0.3, "error": 0.1, "lost_answer": 0.1, "lost_request": 0.1}}}


def drawn(faults: Faults, count: int) -> list[Fault | None]:
    return [faults.draw("chat.postMessage") for _ in range(count)]


def test_the_same_seed_draws_the_same() -> None:
    faults = Faults()
    faults.set(PLAN)
    first = drawn(faults, 50)
    faults.set(PLAN)
    assert drawn(faults, 50) == first
    faults.set(PLAN | {"seed": 8})
    assert drawn(faults, 50) != first


def test_shares_are_as_asked_for() -> None:
    faults = Faults()
    faults.set(PLAN)
    counts = Counter(drawn(faults, 10_000))
    assert counts[Fault.RATE_LIMITED] == pytest.approx(3000, abs=150)
    assert counts[Fault.LOST_ANSWER] == pytest.approx(1000, abs=100)
    assert counts[None] == pytest.approx(4000, abs=150)


def test_a_method_has_its_own() -> None:
    faults = Faults()
    faults.set({"calls": {"views.open": {"down": True}}})
    assert faults.draw("views.open") is Fault.ERROR
    assert faults.draw("chat.postMessage") is None


def test_shares_beyond_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="more than 1"):
        Faults().set({"calls": {"*": {"error": 0.6, "rate_limited": 0.6}}})
    with pytest.raises(ValidationError):
        Faults().set({"calls": {"*": {"eror": 0.6}}})


def test_duplicates_are_drawn_too() -> None:
    faults = Faults()
    assert not faults.twice()
    faults.set({"sending": {"duplicates": 1.0}})
    assert faults.twice()
