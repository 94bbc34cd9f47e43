"""The model: what its weights make of a play's priors, and that the priors stand where nothing was learned."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.candidates import Score
from agent.domain.confidence import Confidence
from agent.domain.deciding import decide
from agent.domain.features import WHERE_KNOWN
from agent.domain.gate import Gate
from agent.domain.model import PRIORS, Calibration, Family, Model, expit, logit
from agent.domain.scoring import score_all
from tests.unit.domain.building import candidate, evidence, play, playbook, verdict

chances = st.floats(0.01, 0.99)


def scored(model: Model, values: dict[str, object] | None = None) -> Score:
    book, found = playbook(), evidence(values)
    return score_all(book, Gate(book, found), [candidate(kind="mail")], {"mail/ann": verdict()}, model)["mail/ann"]


def test_a_kind_that_nothing_was_learned_of_is_scored_as_by_the_priors() -> None:
    other = Model("m-2", {"call": Family({"base": 2.0}, 1.0, 40)})
    assert scored(other) == scored(PRIORS)
    assert scored(PRIORS).p == pytest.approx(0.3)
    assert "model" not in scored(PRIORS).terms


def test_what_the_situation_does_moves_both_chances_and_playing_only_the_one() -> None:
    found = scored(
        Model("m-2", {"mail": Family({"tier": 0.6, "base": -0.3, "amount?": 5.0}, 0.5, 40, 4)}), {"account.tier": "strategic", "deal.amount": 5}
    )
    with_play, without = expit(logit(0.4) + 0.3 + 0.5), expit(logit(0.1) + 0.3)
    assert found.p == pytest.approx(with_play - without, abs=1e-6)
    assert found.priority == pytest.approx(100 * (with_play - without), abs=1e-3)
    assert found.terms["with"]["result"] == 0.4
    learned = dict(found.terms["model"])
    missing = {f"{name}?": 1.0 for name in WHERE_KNOWN if name not in ("tier", "amount")}
    assert learned.pop("features") == {"base": 1.0, "tier": 1.0, "amount": 0.1297, **missing}
    assert learned == {
        "with": round(with_play, 6), "without": round(without, 6), "played": 0.5, "cases": 40, "held": 4, "adds": {"tier": 0.6, "base": -0.3},
    }  # fmt: skip


def test_what_is_not_known_is_named_and_not_valued_by_a_model_either() -> None:
    book = playbook(plays=[play(prior={"with": "deal.amount", "without": "0.1"})])
    found = evidence()
    model = Model("m-2", {"mail": Family({"base": 1.0}, 0.0, 9)})
    one = score_all(book, Gate(book, found), [candidate(kind="mail")], {"mail/ann": verdict()}, model)["mail/ann"]
    assert (one.p, one.priority, one.unknown) == (None, None, ["deal.amount"])


@given(with_play=chances, without=chances)
def test_a_family_without_weights_leaves_every_prior_where_it_is(with_play: float, without: float) -> None:
    found = Family({}, 0.0, 0).chances(with_play, without, {"base": 1.0})
    assert found.with_play == pytest.approx(with_play, abs=1e-6)
    assert found.without == pytest.approx(without, abs=1e-6)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_log_odds_never_overflow_and_come_back(value: float) -> None:
    assert 0 <= expit(value) <= 1
    if abs(value) < 6:
        assert logit(expit(value)) == pytest.approx(value)


@pytest.mark.parametrize("prior", [-1.0, 0.0, 1.0, 7.0])
def test_a_prior_that_is_certain_can_still_be_moved(prior: float) -> None:
    assert math.isfinite(logit(prior))
    assert 0 < Family({}, -logit(prior), 1).chances(prior, 0.5, {}).with_play == 0.5


def test_a_calibrated_confidence_is_a_chance_and_keeps_how_it_came_about() -> None:
    judged = decide(playbook(), evidence(), Model("m-2", calibrations={"mail": Calibration(2.0, -1.0, 80)}))
    assert judged.model == "m-2"
    assert judged.confidence.calibrated
    assert judged.confidence.value == round(expit(2.0 * judged.confidence.terms["raw"] - 1.0), 4)
    assert judged.confidence.terms["calibration"] == {"slope": 2.0, "intercept": -1.0, "cases": 80}


def test_a_kind_without_calibration_is_uncalibrated_however_many_were_answered() -> None:
    found = decide(playbook(), evidence(), Model("m-2", calibrations={})).confidence
    assert (found.value, found.calibrated) == (None, False)
    assert isinstance(decide(playbook(), evidence()).confidence, Confidence)
    assert decide(playbook(), evidence()).confidence.value is not None
