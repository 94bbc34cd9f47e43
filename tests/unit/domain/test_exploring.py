"""Drawing another choice than the best: exact chances, the same draw for the same event, and never where nothing may be tried out."""

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.deciding import Judgement, decide
from agent.domain.evidence import Evidence
from agent.domain.exploring import TEMPERATURE, draw, pick, propensities
from agent.domain.playbook import Playbook
from tests.unit.domain.building import contact, event, evidence, play, playbook, rule, surface, task

PLAYS = [play("mail", value="100.0"), play("note", value="80.0"), task("call", value="20.0"), play("idle", value="-5.0")]


def book(*rules: Any, epsilon: float = 0.2, plays: Any = PLAYS, mode: str = "auto") -> Playbook:
    return playbook(*rules, plays=plays, on=surface(plays=[p.id for p in plays], explore={"epsilon": epsilon}, mode=mode))


def of_event(name: str, base: Evidence | None = None) -> Evidence:
    return replace(base or evidence(), event=event(id=name))


def drawn(epsilon: float = 0.2, n: int = 3000) -> list[Judgement]:
    with_it = book(epsilon=epsilon)
    return [decide(with_it, of_event(f"evt-{number}")) for number in range(n)]


worths = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=30).map(lambda found: {f"c{i}": w for i, w in enumerate(sorted(found, reverse=True))})


@given(worth=worths, epsilon=st.floats(0.0, 0.2))
def test_chances_sum_to_one_and_none_is_too_small_to_learn_from(worth: dict[str, float], epsilon: float) -> None:
    found = propensities(worth, epsilon)
    assert math.fsum(found.values()) == pytest.approx(1.0, abs=1e-12)
    assert list(found) == list(worth)
    assert found["c0"] >= 1 - epsilon
    assert min(found.values()) >= epsilon / (len(worth) * math.exp(1 / TEMPERATURE)) - 1e-12


@given(worth=worths, epsilon=st.floats(0.0, 0.2), number=st.floats(0, 1, exclude_max=True))
def test_whatever_number_is_drawn_somebody_is_picked_who_had_a_chance(worth: dict[str, float], epsilon: float, number: float) -> None:
    chances = propensities(worth, epsilon)
    assert chances[pick(chances, number)] > 0
    assert pick({"only": 1.0}, number) == "only"
    assert pick({"short": 0.4, "sum": 0.5}, 0.95) == "short"


def test_draws_are_even_and_depend_on_surface_and_event_alone() -> None:
    numbers = [draw("deals", "crm", f"evt-{i}") for i in range(4000)]
    assert sum(numbers) / 4000 == pytest.approx(0.5, abs=0.02)
    assert Counter(int(n * 4) for n in numbers).most_common()[-1][1] > 900
    assert draw("deals", "crm", "e") == draw("deals", "crm", "e") != draw("renewal", "crm", "e")


def test_choices_come_as_often_as_their_chances_say() -> None:
    found = drawn()
    chances = found[0].chances
    assert math.fsum(chances.values()) == pytest.approx(1.0)
    assert set(chances) == {"mail/ann", "note/ann", "call"}, "what is worth less than nothing is never tried"
    counted = Counter(one.choice for one in found)
    for name, chance in chances.items():
        assert counted[name] / len(found) == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / len(found)))
    assert all(one.chances == chances for one in found)


def test_an_explored_choice_says_so_and_is_the_less_sure() -> None:
    found = drawn(n=60)
    other = next(one for one in found if one.choice == "note/ann")
    assert [r.code for r in other.reasons][-1] == "explored"
    assert other.reasons[-1].text == "it was drawn to learn what it does; 'Mail' would be worth more by expectation"
    assert other.confidence.terms["margin"] == 0.0
    assert other.counterfactuals["mail/ann"] == "worth more than 'Note' (30.00 EUR against 24.00 EUR), which was drawn instead, to learn what it does"
    best = next(one for one in found if one.choice == "mail/ann")
    assert "explored" not in {r.code for r in best.reasons}
    assert best.chances["mail/ann"] > 0.8


def test_without_exploration_the_best_is_certain() -> None:
    for one in drawn(0.0, n=40):
        assert (one.choice, dict(one.chances)) == ("mail/ann", {"mail/ann": 1.0})
    nothing = decide(book(plays=[play(value="-1.0")]), evidence())
    assert (nothing.choice, dict(nothing.chances)) == (None, {"do-nothing": 1.0})


@pytest.mark.parametrize(
    "one",
    [
        rule(id="p1", effect={"kind": "require", "of": ["mail"]}),
        rule(id="touchy", effect="ask", marks_sensitive=True),
        rule(id="touchy", effect="ask", marks_sensitive=True, applies_to={"plays": ["mail"]}),
    ],
    ids=["required", "sensitive", "the best is sensitive"],
)
def test_nothing_is_tried_out_where_a_rule_requires_or_the_case_is_sensitive(one: Any) -> None:
    for number in range(40):
        found = decide(book(one), of_event(f"e-{number}"))
        assert (found.choice, dict(found.chances)) == ("mail/ann", {"mail/ann": 1.0})


def test_nothing_is_tried_out_where_a_play_is_protective() -> None:
    plays = [task("alarm", value="500.0", protective=True), *PLAYS]
    for number in range(40):
        found = decide(book(plays=plays), of_event(f"e-{number}"))
        assert (found.choice, dict(found.chances)) == ("alarm", {"alarm": 1.0})
    below = [task("alarm", value="50.0", protective=True), *PLAYS]
    assert "alarm" not in decide(book(plays=below), evidence()).chances


def test_several_recipients_of_one_play_are_told_apart() -> None:
    base = evidence(contacts=(contact("ann"), contact("bob")))
    given = book(plays=[play(fits=[{"id": "f", "cel": 'contact.id == "x"', "weight": 0.1, "says": "it fits"}])])
    found = next(one for i in range(200) if (one := decide(given, of_event(f"e{i}", base))).choice == "mail/bob")
    assert found.reasons[-1].text.startswith("it was drawn to learn what it does; 'Mail' (mail/ann) would be")
