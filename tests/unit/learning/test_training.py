"""One training: its name, its losses, and the way to storage and back."""

import json
from typing import Any

import pytest

from agent.domain.model import Calibration, Family, Model
from agent.learning.storing import Unreadable, model_from_json, model_to_json
from agent.learning.training import Lessons, train
from tests.unit.domain.building import AT, DAY
from tests.unit.learning.build import LATER, WINDOWS, outcome, precedent

MODEL = Model("m-1", {"mail": Family({"tier": 0.5, "amount?": -0.1}, 0.3, 80, 8)}, {"mail": Calibration(2.0, -1.0, 60)})


def lessons(n: int, **changes: Any) -> Lessons:
    found = Lessons(LATER, WINDOWS)
    for number in range(n):
        found.add(precedent(number, **changes))
    return found


def test_outcomes_make_a_model_that_predicts_them_better_than_the_priors() -> None:
    model, made = train(lessons(60), by="nextplay")
    assert (made.version, made.cases, made.labels) == (model.version, 60, 60)
    assert made.loss_before == pytest.approx(0.916291, abs=1e-5)  # -ln 0.4
    assert made.loss_after is not None
    assert made.loss_after < 0.5
    family = model.families["mail"]
    assert family.chances(0.4, 0.1, {"base": 1.0, "tier": 1.0}).with_play > 0.8
    assert made.report["families"]["mail"]["used"] is True
    assert made.report["calibrations"]["mail"]["fitted"]["cases"] == 60


def test_the_same_lessons_give_the_same_model_to_the_letter() -> None:
    first, again = train(lessons(55), by="nextplay"), train(lessons(55), by="nextplay")
    assert model_to_json(first[0]) == model_to_json(again[0])
    assert first == again
    assert train(lessons(56), by="nextplay")[0].version != first[0].version


def test_what_is_still_waited_for_is_counted() -> None:
    early = Lessons(AT + 3 * DAY, WINDOWS)
    early.add(precedent())
    early.add(precedent(2, outcome=outcome("ignored")))
    assert (early.cases, early.labels, early.waiting) == ([], [], 2)
    assert lessons(3).waiting == 0


def test_nothing_learned_is_a_model_that_says_nothing() -> None:
    model, made = train(Lessons(LATER, WINDOWS), by="nextplay")
    assert (dict(model.families), dict(model.calibrations or {})) == ({}, {})
    assert (made.loss_before, made.loss_after) == (None, None)


def test_there_and_back() -> None:
    assert model_from_json("m-1", model_to_json(MODEL)) == MODEL


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(model_to_json(MODEL)), **changes})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is no JSON"),
        ("[]", "it has schema None, this release knows 1"),
        (changed(schema=2), "it has schema 2"),
        (changed(features=99), "edition 99 of the features"),
        (changed(families={"mail": {}}), "KeyError"),
        (changed(families=[]), "AttributeError"),
        (changed(families={"mail": {"weights": {"luck": 1.0}, "played": 0, "cases": 1, "held": 0}}), "no feature is called luck"),
        (changed(families={"mail": {"weights": {"tier": "1"}, "played": 0, "cases": 1, "held": 0}}), "'1' is no finite number"),
        (model_to_json(MODEL).replace("0.3", "NaN"), "nan is no finite number"),
        (changed(calibrations={"mail": {"slope": None, "intercept": 0, "cases": 1}}), "None is no finite number"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        model_from_json("m-1", text)
    assert said in caught.value.message
    assert caught.value.message.startswith("The model m-1 cannot be read: ")
    assert "nextplay model rollback" in caught.value.next_step
