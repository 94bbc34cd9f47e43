"""The expected value: every term, and what is done where one is not known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.candidates import Score
from agent.domain.facts import Status
from agent.domain.gate import Gate, judge_all
from agent.domain.proposing import propose
from agent.domain.scoring import FIT_HIGH, FIT_LOW, score_all
from tests.unit.domain.building import candidate, contact, evidence, facts, material, play, playbook, rule, verdict

PRICED: dict[str, Any] = {
    "value": "deal.amount * 0.5",
    "cost_always": "6.0",
    "cost_if_taken": "deal.amount * 0.1",
    "prior": {"with": "0.4", "without": "0.1"},
}


def scored(values: dict[str, Any] | None = None, *, lever: float = 1.0, **of_play: Any) -> Score:
    book, given = playbook(plays=[play(**of_play)]), evidence(values)
    return score_all(book, Gate(book, given), [candidate()], {"mail/ann": verdict(lever=lever)})["mail/ann"]


def fit(weight: float, cel: str = "true", name: str = "f") -> dict[str, Any]:
    return {"id": name, "cel": cel, "weight": weight, "says": "it fits"}


def test_the_formula() -> None:
    found = scored({"deal.amount": 100}, lever=1.5, fits=[fit(0.2)], **PRICED)
    assert found.p == pytest.approx(0.3)
    assert (found.value, found.cost_always, found.cost_if_taken) == (50.0, 6.0, 10.0)
    assert (found.c, found.l) == (1.2, 1.5)
    assert found.priority == pytest.approx((0.3 * (50 - 10) - 6) * 1.2 * 1.5)


@pytest.mark.parametrize(("amount", "priority"), [(100, 6.0 * 1.75 * 2), (50, 0.0), (10, -4.8), (0, -6.0)])
def test_fit_and_lever_never_touch_a_loss(amount: float, priority: float) -> None:
    assert scored({"deal.amount": amount}, lever=2.0, fits=[fit(0.75)], **PRICED).priority == pytest.approx(priority)


def test_a_play_that_makes_things_worse_costs() -> None:
    assert scored(prior={"with": "0.1", "without": "0.4"}).priority == pytest.approx(-30.0)


@pytest.mark.parametrize(
    ("weights", "c"),
    [([], 1.0), ([0.3], 1.3), ([0.3, -0.1], 1.2), ([1.0, 1.0], FIT_HIGH), ([-1.0], FIT_LOW), ([-0.5, -0.5, 0.1], FIT_LOW)],
)
def test_fit_is_bounded(weights: list[float], c: float) -> None:
    assert scored(fits=[fit(weight, name=str(i)) for i, weight in enumerate(weights)]).c == pytest.approx(c)


def test_only_fits_that_hold_count_and_what_is_not_known_does_not() -> None:
    fits = [fit(0.1, "deal.amount > 5", "rich"), fit(0.2, "deal.deleted", "gone"), fit(0.4, "account.dispute", "dispute")]
    found = scored({"deal.amount": 9, "deal.deleted": False}, fits=fits)
    assert found.c == pytest.approx(1.1)
    assert found.terms["fits"] == [{"id": "rich", "weight": 0.1, "says": "it fits", "values": {"deal.amount": 9.0}}]


@pytest.mark.parametrize("term", ["value", "cost_always", "cost_if_taken", "with", "without"])
@pytest.mark.parametrize("status", [Status.MISSING, Status.STALE])
def test_what_is_not_known_cannot_be_valued_and_is_named(term: str, status: Status) -> None:
    prior = {"with": "0.4", "without": "0.1"}
    changes: dict[str, Any] = {"prior": {**prior, term: "deal.amount"}} if term in prior else {term: "deal.amount"}
    found = scored({"deal.amount": status}, **changes)
    assert found.priority is None
    assert found.terms[term] == {"cel": "deal.amount", "result": None, "values": {"deal.amount": None}}


@pytest.mark.parametrize("cel", ["1.0 / 0.0", "1 / 0", "'much'"])
def test_an_expression_that_gives_no_number_cannot_be_valued(cel: str) -> None:
    assert scored(value=cel).priority is None


def test_terms_keep_every_input_and_the_unit() -> None:
    found = scored({"deal.amount": 100}, **PRICED, unit="minutes")
    assert found.terms["value"] == {"cel": "deal.amount * 0.5", "result": 50.0, "values": {"deal.amount": 100.0}}
    assert set(found.terms) == {"with", "without", "value", "cost_always", "cost_if_taken", "fits", "unit"}
    assert found.terms["unit"] == "minutes"


def test_all_candidates_are_scored_with_their_own_facts_and_levers() -> None:
    rules = [rule("contact.role == 'champion'", effect={"kind": "boost", "factor": 2.0})]
    book = playbook(*rules, plays=[play(fits=[fit(0.5, "contact.role == 'user'")])])
    roles = (*facts({"contact.role": "champion"}, of="ann"), *facts({"contact.role": "user"}, of="bob"))
    found = evidence(facts=roles, contacts=(contact("ann"), contact("bob"), contact("cid")))
    candidates = propose(book, found)
    verdicts = {v.candidate: v for v in judge_all(book, found, candidates)}
    scores = score_all(book, Gate(book, found), candidates, verdicts)
    priorities = {name: one.priority for name, one in scores.items()}
    assert priorities == {"do-nothing": 0.0, "mail/ann": 60.0, "mail/bob": 45.0, "mail/cid": 30.0}


def test_candidates_scored_together_get_what_each_gets_alone() -> None:
    cels = ("contact.role == 'user'", "asset.strength > 0.5", "asset.strength > 0.5 && contact.role == 'user'", "play.id == 'b'")
    fits = [fit(0.1 + i / 10, cel, str(i)) for i, cel in enumerate(cels)]
    plays = [play(name, material={"source": "assets"}, value="asset.strength * 100.0", fits=fits) for name in ("a", "b")]
    known = (*facts({"contact.role": "user"}, of="ann"), *facts({"asset.strength": 0.9}, of="x"), *facts({"asset.strength": 0.2}, of="y"))
    given = evidence(facts=known, contacts=(contact("ann"), contact("bob")), materials=(material("x"), material("y"), material("z")))
    book = playbook(plays=plays)
    candidates = propose(book, given)
    verdicts = {one.id: verdict(one.id) for one in candidates}
    together = score_all(book, Gate(book, given), candidates, verdicts)
    assert len({one.priority for one in together.values()}) > 8
    for one in candidates:
        assert score_all(book, Gate(book, given), [one], verdicts) == {one.id: together[one.id]}


numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(
    value=numbers, always=numbers, taken=numbers, chance=st.floats(0, 1).map(lambda x: round(x, 3)), weight=st.floats(-1, 1), lever=st.floats(0.5, 2)
)
def test_context_and_levers_never_change_the_sign(value: float, always: float, taken: float, chance: float, weight: float, lever: float) -> None:
    amounts: dict[str, Any] = {
        "value": repr(value), "cost_always": repr(always), "cost_if_taken": repr(taken), "prior": {"with": repr(chance), "without": "0.0"},
    }  # fmt: skip
    plain = scored(**amounts).priority
    shaped = scored(lever=lever, fits=[fit(weight)], **amounts).priority
    assert plain is not None
    assert shaped is not None
    if plain > 0:
        assert shaped >= 0
        assert plain * FIT_LOW * 0.5 - 0.001 <= shaped <= plain * FIT_HIGH * 2 + 0.001
    else:
        assert shaped == plain
