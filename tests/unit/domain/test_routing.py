"""The route: every way a choice can go, and the order of the questions."""

from datetime import datetime
from typing import Any

import pytest

from agent.domain.confidence import Confidence
from agent.domain.deciding import decide
from agent.domain.evidence import Evidence
from agent.domain.facts import Status
from agent.domain.plays import MODES, Play
from agent.domain.routing import Routing, route_choice
from tests.unit.domain.building import (
    AT,
    DAY,
    clause_result,
    considered,
    evidence,
    play,
    playbook,
    rule_result,
    surface,
    task,
    verdict,
)

UNSURE = Confidence(None, calibrated=False, terms={})
LOW = Confidence(0.49, calibrated=True, terms={})
HELD: dict[str, Any] = {"holdout": {"share": 0.5}}
IN_HOLDOUT = evidence(family=("acc5",))  # the draw of this family on `deals` is below 0.5
TOMORROW = AT + DAY


def routed(
    *verdicts: Any, of: Play | None = None, given: Evidence | None = None, plays: tuple[Play, ...] = (), worth: Any = None, **of_surface: Any
) -> Routing:
    one = of or play()
    everything = [one, *plays]
    confidence = of_surface.pop("sure", None)
    book = playbook(plays=everything, on=surface(plays=[p.id for p in everything], **of_surface))
    more = {"confidence": confidence} if confidence else {}
    return route_choice(considered(*(verdicts or (verdict(one.id),)), book=book, given=given, worth=worth or {}, **more))


def codes(found: Routing) -> list[str]:
    return [reason.code for reason in found.reasons]


REQUIRED = verdict("mail", required=True)


@pytest.mark.parametrize(
    ("found", "route", "expected"),
    [
        (routed(), "act", []),
        (routed(mode="suggest"), "ask", ["mode_suggest"]),
        (routed(mode="shadow"), "shadow", ["shadow"]),
        (routed(mode="off"), "shadow", ["shadow"]),
        (routed(of=play(max_mode="suggest")), "ask", ["mode_suggest"]),
        (routed(of=play(max_mode="shadow")), "shadow", ["shadow"]),
        (routed(sure=UNSURE), "ask", ["uncalibrated"]),
        (routed(sure=LOW), "ask", ["low_confidence"]),
        (routed(sure=Confidence(0.5, calibrated=True, terms={})), "act", []),
        (routed(of=play(risk="high")), "ask", ["risk_tier"]),
        (routed(of=play(risk="high"), max_risk="high"), "act", []),
        (routed(of=play(risk="medium"), max_risk="low"), "ask", ["risk_tier"]),
        (routed(verdict("mail", sensitive=("dispute",))), "ask", ["sensitive"]),
        (routed(verdict("mail", "defer", until=TOMORROW)), "deferred", []),
        (routed(verdict("mail", "defer", until=TOMORROW), mode="suggest", sure=UNSURE), "deferred", []),
        (routed(verdict("mail", "defer", until=TOMORROW), mode="shadow"), "shadow", ["shadow"]),
        (routed(verdict("mail", "ask", until=TOMORROW, ask_of=("boss",))), "act", []),
        (routed(REQUIRED), "act", ["required"]),
        (routed(REQUIRED, sure=UNSURE, of=play(risk="high")), "act", ["required"]),
        (routed(REQUIRED, mode="suggest"), "ask", ["required", "mode_suggest"]),
        (routed(REQUIRED, mode="shadow"), "shadow", ["shadow"]),
        (routed(verdict("mail", required=True, sensitive=("dispute",))), "act", ["required"]),
        (routed(given=IN_HOLDOUT, **HELD), "holdout", ["holdout"]),
        (routed(given=IN_HOLDOUT, mode="shadow", **HELD), "holdout", ["holdout"]),
        (routed(verdict("mail", "ask", ask_of=("boss",)), given=IN_HOLDOUT, **HELD), "holdout", ["holdout"]),
        (routed(verdict("mail", "defer", until=TOMORROW), given=IN_HOLDOUT, **HELD), "holdout", ["holdout"]),
        (routed(REQUIRED, given=IN_HOLDOUT, **HELD), "act", ["required"]),
        (routed(verdict("mail", "forbid", rule_result()), given=IN_HOLDOUT, **HELD), "none", ["all_forbidden"]),
        (routed(worth={"mail": -1.0}), "none", ["do_nothing_best"]),
        (routed(worth={"mail": -1.0}, given=IN_HOLDOUT, mode="shadow", **HELD), "none", ["do_nothing_best"]),
        (routed(worth={"mail": None}), "none", ["fact_missing"]),
    ],
)
def test_routes(found: Routing, route: str, expected: list[str]) -> None:
    assert (found.route, codes(found)) == (route, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sure", [UNSURE, LOW])
def test_internal_steps_act_in_auto_without_the_questions_about_customers(mode: str, sure: Confidence) -> None:
    found = routed(verdict("task", sensitive=("dispute",)), of=task(), mode=mode, sure=sure)
    assert found.route == {"auto": "act", "suggest": "ask"}.get(mode, "shadow")


@pytest.mark.parametrize(
    ("one", "changes", "expected"),
    [
        (verdict("task", "ask", rule_result("ask", of=("boss",)), ask_of=("boss",)), {}, ["ask_rule"]),
        (verdict("task"), {"risk": "high"}, ["risk_tier"]),
    ],
)
def test_internal_steps_ask_when_a_rule_or_their_risk_says_so(one: Any, changes: dict[str, Any], expected: list[str]) -> None:
    found = routed(one, of=task(**changes))
    assert (found.route, codes(found)) == ("ask", expected)


def test_what_only_colleagues_see_but_reaches_out_to_sell_is_asked_about() -> None:
    call = play("call", steps=[{"do": "crm_task"}])
    assert routed(of=call, sure=UNSURE).route == "ask"
    assert routed(of=play("call", steps=[{"do": "crm_task"}], purpose="service"), sure=UNSURE).route == "act"


def test_all_reasons_to_ask_are_given() -> None:
    one = verdict("mail", "ask", rule_result("ask", of=("boss",)), ask_of=("boss",), sensitive=("dispute",))
    found = routed(one, of=play(risk="high"), mode="suggest", sure=UNSURE)
    assert codes(found) == ["ask_rule", "risk_tier", "mode_suggest", "sensitive", "uncalibrated"]
    assert found.reasons[0].text == "r: it is so"
    assert found.reasons[3].text.endswith("dispute")


@pytest.mark.parametrize(
    ("one", "of", "roles"),
    [
        (verdict("mail", "ask", rule_result("ask", of=("boss", "desk")), ask_of=("boss", "desk")), play(approver="csm"), ("boss", "desk")),
        (verdict("mail"), play(approver="csm"), ("csm",)),
        (verdict("mail"), play(), ("deal_owner",)),
        (REQUIRED, play(approver="csm"), ("lead_on_shift",)),
    ],
)
def test_who_is_asked(one: Any, of: Play, roles: tuple[str, ...]) -> None:
    assert routed(one, of=of, mode="suggest").roles == roles


@pytest.mark.parametrize(("effect", "code"), [("defer", "quiet_hours"), ("cap", "contact_cap"), ("cooldown", "cooldown")])
def test_waiting_says_which_rule_and_until_when(effect: str, code: str) -> None:
    rules = [rule_result(effect, id="pause", until=TOMORROW), rule_result("cap", id="other", matched=False), rule_result("boost", id="lever")]
    found = routed(verdict("mail", "defer", *rules, until=TOMORROW))
    assert codes(found) == [code]
    assert found.reasons[0].text.endswith("(pause) until 2026-11-24 10:00 UTC")


# --- why nothing ----------------------------------------------------------------------------------------------------------------------------------


def no(name: str, *rules: Any, **changes: Any) -> Any:
    return verdict(name, "forbid", *(rules or (rule_result(),)), **changes)


def human_active(value: bool) -> Any:
    return rule_result("forbid", clause_result("true", {"ticket.human_active": value}))


LATE: datetime = AT + 30 * DAY


@pytest.mark.parametrize(
    ("verdicts", "worth", "expected"),
    [
        ([no("mail"), no("call")], {}, ["all_forbidden"]),
        ([no("mail"), verdict("call")], {"call": -1.0}, ["do_nothing_best"]),
        ([no("mail"), verdict("call", "defer", rule_result("cap"), until=LATE)], {}, ["window_closed", "contact_cap"]),
        (
            [verdict("mail"), verdict("call", "defer", rule_result("defer"), until=LATE)], {"mail": 0.0},
            ["do_nothing_best", "window_closed", "quiet_hours"],
        ),
        ([no("mail", rule_result("cap", until=None)), no("call")], {}, ["all_forbidden", "contact_cap"]),
        ([no("mail", blocked=("block:play:mail",)), no("call")], {}, ["all_forbidden", "blocked"]),
        ([no("mail", human_active(True)), no("call")], {}, ["all_forbidden", "human_active"]),
        ([no("mail", human_active(False)), no("call")], {}, ["all_forbidden"]),
    ],
)  # fmt: skip
def test_why_nothing(verdicts: list[Any], worth: dict[str, float], expected: list[str]) -> None:
    found = routed(*verdicts, plays=(play("call"),), worth=worth)
    assert (found.route, codes(found)) == ("none", expected)


def test_facts_that_forbade_by_their_absence_or_age_are_named_once() -> None:
    given = evidence({"deal.rate": Status.STALE, "deal.amount": Status.MISSING})
    unknown = clause_result("missing", {"deal.amount": None, "deal.rate": None, "account.tier": "gold"})
    rules = (rule_result("forbid", unknown, id="money"), rule_result("forbid", unknown, id="idle", matched=False))
    found = routed(no("mail", *rules), no("call", *rules), plays=(play("call"),), given=given)
    assert [(r.code, r.text) for r in found.reasons[1:]] == [
        ("fact_missing", "deal.amount is not known (money)"),
        ("fact_stale", "deal.rate is out of date (money)"),
    ]


def test_facts_that_lead_to_an_ask_are_named_too() -> None:
    given = evidence({"deal.rate": Status.STALE})
    asks = rule_result("ask", clause_result("missing", {"deal.rate": None}), id="money", of=("boss",))
    found = routed(verdict("mail", "ask", asks, ask_of=("boss",)), given=given)
    assert [(r.code, r.text) for r in found.reasons] == [
        ("ask_rule", "money: it is so (cannot be ruled out: deal.rate is not known)"),
        ("fact_stale", "deal.rate is out of date (money)"),
    ]


@pytest.mark.parametrize(("status", "code"), [(Status.MISSING, "fact_missing"), (Status.STALE, "fact_stale")])
def test_facts_for_want_of_which_nothing_could_be_valued_are_named(status: Status, code: str) -> None:
    book, given = playbook(plays=[play(value="deal.amount")]), evidence({"deal.amount": status})
    assert [reason.code for reason in decide(book, given).reasons] == [code]


CALL_NEEDED = rule_result("require", id="p1", of=("call",))


def test_a_required_play_that_cannot_run_leads_to_nothing_else() -> None:
    found = routed(verdict("mail", "allow", CALL_NEEDED), no("call", CALL_NEEDED, rule_result(), required=True), plays=(play("call"),))
    assert (found.route, codes(found)) == ("none", ["required"])
    assert found.reasons[0].text == "required but not possible now: call"


@pytest.mark.parametrize(("mode", "route"), [("auto", "act"), ("suggest", "ask")])
def test_a_requirement_that_cannot_be_met_stays_visible_beside_one_that_can(mode: str, route: str) -> None:
    page = rule_result("require", id="fire", of=("mail",))
    found = routed(
        verdict("mail", "allow", CALL_NEEDED, page, required=True), no("call", CALL_NEEDED, page, rule_result()),
        plays=(play("call"),), mode=mode,
    )  # fmt: skip
    assert (found.route, codes(found)[:2]) == (route, ["required", "required"])
    assert found.reasons[1].text.endswith("call")


WANTING = rule_result("forbid", clause_result("missing", {"usage.change_30d": None}), id="needs-figures")


def test_what_fell_only_for_want_of_a_fact_and_would_be_worth_more_is_named_beside_the_choice() -> None:
    given = evidence({"usage.change_30d": Status.STALE})
    found = routed(verdict("mail"), no("call", WANTING), plays=(play("call"),), given=given, worth={"call": 90.0})
    assert found.route == "act"
    (reason,) = found.reasons
    assert reason.code == "fact_stale"
    assert reason.text.startswith("usage.change_30d is out of date (without it rules forbid ")
    assert reason.text.endswith("(call), which would be worth more)")


@pytest.mark.parametrize(
    ("rules", "worth"),
    [((WANTING,), 10.0), ((WANTING, rule_result("forbid", clause_result("true"), id="no")), 90.0)],
    ids=["worth less", "forbidden anyhow"],
)
def test_twin_what_would_have_lost_anyhow_is_not(rules: Any, worth: float) -> None:
    found = routed(verdict("mail"), no("call", *rules), plays=(play("call"),), worth={"call": worth})
    assert (found.route, codes(found)) == ("act", [])
