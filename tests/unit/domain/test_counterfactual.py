"""Why a candidate lost, and the smallest change that would have let it through."""

from typing import Any

import pytest

from agent.domain.counterfactual import counterfactual
from agent.domain.playbook import Playbook
from tests.unit.domain.building import AT, DAY, clause_result, considered, play, playbook, rule_result, score, verdict

CALL = verdict("call")


def told(one: Any, *others: Any, worth: dict[str, float | None] | None = None, book: Playbook | None = None) -> str:
    found = considered(one, *others, book=book or playbook(plays=[play("mail"), play("call")]), worth=worth or {})
    return counterfactual(found.candidates[one.candidate], found)


def forbid(*clauses: Any, **changes: Any) -> Any:
    return rule_result("forbid", *clauses, **changes)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ([forbid(clause_result(remedy="the P1 were closed"))], "allowed if the P1 were closed"),
        ([forbid(clause_result(), clause_result(remedy="it were older"))], "allowed if it were older"),
        ([forbid(clause_result(says="it is late"))], "allowed if it were not so that it is late"),
        (
            [forbid(clause_result("missing", {"deal.amount": None, "deal.stage": "won"}), id="money")],
            "allowed if deal.amount were known and fine (money)",
        ),
        ([forbid(clause_result("error"), id="odd")], "allowed if c were known and fine (odd)"),
        ([rule_result(id="always")._replace(clauses=())], "allowed if the rule always did not apply"),
        (
            [forbid(clause_result(remedy="one")), forbid(clause_result(remedy="two"), id="q"), forbid(clause_result(remedy="one"), id="s")],
            "allowed if one and two",
        ),
        ([forbid(clause_result(remedy="one")), forbid(clause_result(remedy="idle"), id="q", matched=False)], "allowed if one"),
        ([rule_result("cap")], "no moment can be found at which every timing rule allows it"),
    ],
)  # fmt: skip
def test_forbidden(rules: list[Any], text: str) -> None:
    assert told(verdict("mail", "forbid", *rules), CALL) == text


def test_no_approval_passes_the_law_and_only_the_law_is_named() -> None:
    legal = [
        forbid(clause_result(says="they opted out", remedy="they opted in"), layer="consent"),
        forbid(clause_result("missing", {"contact.left_company": None}, says="they left"), layer="consent", id="left"),
        forbid(clause_result(remedy="the P1 were closed"), id="p1"),
    ]
    text = told(verdict("mail", "forbid", *legal, legal=True), CALL)
    assert text == "no approval can allow this: they opted out and they left (cannot be ruled out: contact.left_company is not known)"


@pytest.mark.parametrize(
    ("one", "worth", "text"),
    [
        (verdict("mail"), {"mail": 12.5, "call": 1000.0}, "ranked below 'Call': expected value 12.50 EUR against 1,000 EUR"),
        (verdict("mail"), {"mail": -3.0, "call": -9.0}, "its expected value of -3.00 EUR does not beat doing nothing (0)"),
        (
            verdict("mail", "defer", until=AT + DAY), {"mail": 1.0},
            "ranked below 'Call': expected value 1.00 EUR against 30.00 EUR; allowed after 24 Nov 2026 10:00 UTC",
        ),
        (
            verdict("mail", "ask", until=AT + DAY, ask_of=("sales_manager", "exec_sponsor")), {"mail": 1.0},
            (
                "ranked below 'Call': expected value 1.00 EUR against 30.00 EUR; allowed after 24 Nov 2026 10:00 UTC; "
                "also needs approval by a sales manager and an exec sponsor"
            ),
        ),
        (verdict("mail", "defer", until=AT + 20 * DAY), {}, "possible only from 13 Dec 2026 10:00 UTC, after the play's window has closed"),
    ],
)  # fmt: skip
def test_outranked(one: Any, worth: dict[str, float | None], text: str) -> None:
    assert told(one, CALL, worth=worth) == text


def test_the_same_play_for_somebody_else_is_told_apart() -> None:
    text = told(verdict("mail/bob"), verdict("mail/ann"), worth={"mail/bob": 5.0})
    assert text == "ranked below 'Mail' (mail/ann): expected value 5.00 EUR against 30.00 EUR"


def test_a_required_play_goes_first() -> None:
    assert told(verdict("mail"), verdict("call", required=True)) == "ranked below 'Call', which a rule requires"


def test_nothing_is_chosen_while_a_required_play_cannot_run() -> None:
    needs = rule_result("require", of=("call",))
    text = told(verdict("mail", "allow", needs), verdict("call", "forbid", needs, forbid(), required=True))
    assert text == "set aside: a rule requires call, which is not possible now"


def test_what_could_not_be_valued_names_the_facts() -> None:
    found = considered(verdict("mail"), CALL, book=playbook(plays=[play("mail"), play("call")]))
    terms = {"value": {"cel": "x", "result": None, "values": {"deal.amount": None, "deal.stage": "won"}}, "fits": [], "unit": "money"}
    found.scores["mail"] = score("mail", None, terms=terms)  # type: ignore[index]  # a plain dict, made by the builder
    assert counterfactual(found.candidates["mail"], found) == "could not be valued: deal.amount is not known; weighed if it were known and fresh"
    found.scores["mail"] = score("mail", None)  # type: ignore[index]  # as above
    assert counterfactual(found.candidates["mail"], found) == "could not be valued"


def test_figures_are_in_the_reporting_currency_or_in_minutes() -> None:
    plays = [play("mail"), play("call")]
    dollars = Playbook({"deals": playbook(plays=plays).surfaces["deals"]}, {p.id: p for p in plays}, {}, "v1", "USD")
    assert told(verdict("mail"), CALL, worth={"mail": 5.0}, book=dollars).endswith("5.00 USD against 30.00 USD")
    found = considered(verdict("mail"), book=dollars, worth={"mail": -5.0})
    found.scores["mail"] = score("mail", -5.0, terms={"unit": "minutes"})  # type: ignore[index]  # as above
    assert counterfactual(found.candidates["mail"], found) == "its expected value of -5.00 min does not beat doing nothing (0)"
