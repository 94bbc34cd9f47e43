"""How sure a choice is."""

from typing import Any

import pytest

from agent.domain.confidence import LABELS_TO_CALIBRATE, Confidence, confidence_in
from agent.domain.evidence import Evidence
from agent.domain.facts import Status
from agent.domain.ranking import Ranking
from tests.unit.domain.building import candidate, evidence, fact, material, score


def confidence(given: Evidence | None = None, *, chosen: Any = None, others: dict[str, float | None] | None = None, **of_score: Any) -> Confidence:
    one = chosen or candidate("mail")
    rivals = {name: candidate(name, play=name.partition("/")[0]) for name in others or {}}
    scores = {one.id: score(one.id, **of_score), **{name: score(name, value) for name, value in (others or {}).items()}}
    ranking = Ranking((one.id, *rivals), one.id)
    return confidence_in(one, ranking, {one.id: one, **rivals}, scores, given or evidence())


def test_it_is_the_mean_of_what_applies() -> None:
    found = confidence(evidence({"a.b": Status.MISSING}), p=0.15, others={"call": 15.0})
    assert found.terms == {"uplift": 0.5, "margin": 0.5, "facts_known": 0.5, "raw": 0.5, "labels": 60}
    assert found == Confidence(0.5, True, found.terms)


@pytest.mark.parametrize(("labels", "calibrated"), [(0, False), (LABELS_TO_CALIBRATE - 1, False), (LABELS_TO_CALIBRATE, True), (999, True)])
def test_under_fifty_answered_cases_there_is_no_figure(labels: int, calibrated: bool) -> None:
    found = confidence(evidence(labels={"mail": labels, "call": 999}))
    assert (found.value is not None, found.calibrated, found.terms["labels"]) == (calibrated, calibrated, labels)
    assert found.terms["raw"] == 1.0


@pytest.mark.parametrize(("p", "uplift"), [(0.0, 0.0), (-0.2, 0.0), (None, 0.0), (0.3, 1.0), (0.9, 1.0)])
def test_uplift(p: float | None, uplift: float) -> None:
    assert confidence(p=p).terms["uplift"] == uplift


@pytest.mark.parametrize(
    ("own", "others", "margin"),
    [
        (30.0, {}, 1.0),
        (30.0, {"call": 27.0}, 0.1),
        (30.0, {"mail/bob": 29.0}, 1.0),  # the same play to somebody else is no different action
        (30.0, {"call": -5.0}, 1.0),
        (30.0, {"call": None}, 1.0),
        (30.0, {"call": 60.0}, 0.0),
        (0.0, {}, 0.0),
        (None, {}, 0.0),
    ],
)
def test_margin_to_the_best_different_play(own: float | None, others: dict[str, float | None], margin: float) -> None:
    assert confidence(priority=own, others=others).terms["margin"] == margin


def test_what_is_told_from_text_makes_nobody_surer() -> None:
    own = (fact("deal.amount", 1), fact("deal.stage", None, status=Status.MISSING))
    told = (fact("triage.kind", "question"), fact("triage.upset", False), fact("triage.familiar", None, status=Status.MISSING))
    assert confidence(evidence(facts=(*own, *told))).terms == confidence(evidence(facts=own)).terms


def test_only_the_facts_of_the_choice_count() -> None:
    given = evidence(
        facts=(fact("deal.amount", 1), fact("contact.role", "x", of="ann"), fact("contact.role", None, of="bob", status=Status.MISSING)),
    )
    assert confidence(given, chosen=candidate("mail", recipient="ann")).terms["facts_known"] == 1.0
    assert confidence(given, chosen=candidate("mail", recipient="bob")).terms["facts_known"] == 0.5
    assert confidence(evidence(facts=())).terms["facts_known"] == 0.0


def test_the_strength_of_the_content_counts_where_there_is_some() -> None:
    given = evidence(materials=(material("guide", strength=0.4), material("other", strength=0.9)))
    assert confidence(given, chosen=candidate("mail", material="guide")).terms["strength"] == 0.4
    assert "strength" not in confidence(given).terms
