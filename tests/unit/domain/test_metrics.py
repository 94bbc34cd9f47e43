from typing import Any

import pytest

from agent.domain.decision import CandidateRecord, RuleRecord, ScoreRecord
from agent.domain.metrics import Counted, Fate, Struck, counted, marks
from tests.unit.db.build import candidate as made


def fate(**given: Any) -> Fate:
    return Fate(**{"surface": "s", "play": "mail", "route": "ask", **given})


@pytest.mark.parametrize(
    ("asks", "name"),
    [
        (("approved",), "approved"),
        (("approved", "edited"), "edited"),
        (("approved", "rejected"), "rejected"),
        (("approved", "open"), "open_asks"),
        (("snoozed",), "open_asks"),
        (("expired",), "ignored_asks"),
        (("superseded",), "withdrawn_asks"),
        (("blocked", "approved"), "withdrawn_asks"),
    ],
)
def test_how_an_ask_ended(asks: tuple[str, ...], name: str) -> None:
    whole = Counted()
    whole.add(fate(asks=asks))
    names = {"approved", "edited", "rejected", "open_asks", "ignored_asks", "withdrawn_asks"}
    assert {one: getattr(whole, one) for one in names} == {one: int(one == name) for one in names}
    assert whole.asked == 1


def test_approval_execution_and_outcome_are_counted_apart() -> None:
    found = counted([
        fate(asks=("approved",), exposure="delivered", result="converted", value=900.0, attribution="primary"),
        fate(asks=("approved",), exposure="delivered", result="converted", attribution="assist", guardrails=("complaint",)),
        fate(asks=("approved",), exposure="delivered", open=True),
        fate(asks=("approved",), exposure="bounced"),
        fate(asks=("rejected",), exposure="not_taken"),
        fate(route="holdout", exposure="not_exposed", result="converted"),
        fate(play="article", route="act", exposure="delivered", result="assumed", value=12.0, unit="minutes"),
        fate(play="article", route="act", exposure="delivered", result="converted", value=20.0, unit="minutes"),
        fate(play=None, route="none"),
        fate(surface="t", play="mail", route="shadow", exposure="not_exposed", result="ignored"),
    ])  # fmt: skip
    whole, plays = found["s"]
    assert (whole.decisions, whole.asked, whole.approved, whole.rejected, whole.held_out) == (9, 5, 4, 1, 1)
    assert (whole.delivered, whole.bounced, whole.waiting, whole.converted, whole.assisted, whole.assumed) == (5, 1, 1, 3, 1, 1)
    assert (whole.amount, whole.minutes, whole.minutes_assumed) == (900.0, 20.0, 12.0)
    assert whole.guardrails == {"complaint": 1}
    assert {name: play.decisions for name, play in plays.items()} == {"mail": 6, "article": 2}
    assert found["t"][0].ignored == 0, "what reached nobody was ignored by nobody"


def candidate(name: str, priority: float | None, *rules: str, verdict: str = "", unit: str = "money", effect: str = "forbid") -> CandidateRecord:
    said = [RuleRecord(rule, effect, "contact", True, []) for rule in rules]
    score = ScoreRecord(0.1, None, 0.0, 0.0, 1.0, 1.0, priority, {"unit": unit})
    return made(id=name, verdict=verdict or ("forbid" if rules else "allow"), rules=said, score=score)


def struck(candidates: list[CandidateRecord], choice: str | None = None) -> dict[str, Struck]:
    found: dict[str, Struck] = {}
    for name, mark in marks(candidates, choice).items():
        if mark.struck:
            found.setdefault(name, Struck()).add(mark)
    return found


def test_of_what_a_rule_alone_forbade_the_best_counts() -> None:
    found = struck([candidate("a", 50.0, "cap"), candidate("b", 80.0, "cap"), candidate("c", 300.0, "cap", "consent"), candidate("d", 30.0)], "d")
    assert (found["cap"].candidates, found["cap"].decisions, found["cap"].alone) == (3, 1, 1)
    assert (found["cap"].worth, found["cap"].cost) == ({"money": 80.0}, {"money": 50.0})
    assert (found["consent"].candidates, found["consent"].alone, found["consent"].worth) == (1, 0, {})


@pytest.mark.parametrize(
    ("forbidden", "choice", "worth", "cost"),
    [
        (candidate("a", 20.0, "cap"), "d", {"money": 20.0}, {"money": 0.0}),
        (candidate("a", 20.0, "cap"), None, {"money": 20.0}, {"money": 20.0}),
        (candidate("a", 20.0, "cap", unit="minutes"), "d", {"minutes": 20.0}, {"minutes": 20.0}),
        (candidate("a", -5.0, "cap"), "d", {}, {}),
        (candidate("a", None, "cap"), "d", {}, {}),
        (candidate("a", 20.0, "cap", effect="ask", verdict="ask"), "d", None, None),
    ],
    ids=["less than the choice", "nothing was chosen", "another unit", "a loss", "not valued", "only asked"],
)
def test_what_it_would_have_been_worth(forbidden: CandidateRecord, choice: str | None, worth: Any, cost: Any) -> None:
    found = struck([forbidden, candidate("d", 30.0)], choice).get("cap")
    assert (found.worth if found else None, found.cost if found else None) == (worth, cost)


def test_decisions_add_up() -> None:
    found = Struck()
    for _ in range(3):
        found.add(marks([candidate("a", 10.0, "cap")], None)["cap"])
    assert (found.decisions, found.alone, found.worth) == (3, 3, {"money": 30.0})


def test_a_rule_that_forbids_some_and_asks_about_others_forbids() -> None:
    found = marks([candidate("a", 10.0, "cap", effect="ask"), candidate("b", 10.0, "cap"), candidate("c", 10.0, "tier", effect="ask")], None)
    assert {name: (mark.effect, mark.struck) for name, mark in found.items()} == {"cap": ("forbid", 1), "tier": ("ask", 0)}
