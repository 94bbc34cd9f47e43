"""The gate: what rules say, which of them wins, and that sharing answers changes none."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.candidates import Candidate, Verdict
from agent.domain.evidence import Calendar, Evidence, OpenProposal
from agent.domain.facts import Status
from agent.domain.gate import Gate, judge_all
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Play
from agent.domain.proposing import NOTHING, propose
from agent.domain.rules import Rule, RuleResult
from tests.unit.domain.building import (
    ALWAYS,
    AT,
    DAY,
    block,
    candidate,
    contact,
    event,
    evidence,
    facts,
    group,
    material,
    past,
    play,
    playbook,
    rule,
    surface,
    task,
    touch,
)

OFFICE = Calendar("UTC", dict.fromkeys(range(5), (9 * 60, 17 * 60)))
NIGHT = Calendar("UTC", dict.fromkeys(range(7), (2 * 60, 4 * 60)))


def judged(*rules: Rule, given: Evidence | None = None, of: Play | None = None, one: Candidate | None = None) -> Verdict:
    book = playbook(*rules, plays=[of or play()])
    found = given or evidence()
    return Gate(book, found).judge(one or next(c for c in propose(book, found) if c.play != DO_NOTHING))


def said(found: Verdict, rule_id: str = "r") -> RuleResult:
    return next(r for r in found.rules if r.id == rule_id)


LEGAL = rule(id="legal", layer="consent")
INFEASIBLE = rule(id="infeasible", layer="feasibility")
FORBID = rule(id="forbid")
REQUIRE = rule(id="require", effect={"kind": "require", "of": ["mail"]})
ASK = rule(id="ask", effect={"kind": "ask", "of": ["boss"]})
DEFER = rule(id="defer", effect={"kind": "defer", "until": "after:2h"})
CAP = rule(id="cap", effect={"kind": "cap", "per": "7d", "limit": 1})


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ((), "allow"),
        ((LEGAL, REQUIRE), "forbid"),
        ((INFEASIBLE, REQUIRE), "forbid"),
        ((REQUIRE, FORBID), "allow"),
        ((REQUIRE, ASK, DEFER, CAP), "allow"),
        ((FORBID, ASK, DEFER, CAP), "forbid"),
        ((ASK, DEFER, CAP), "ask"),
        ((DEFER, CAP), "defer"),
        ((CAP,), "defer"),
    ],
)
def test_precedence(rules: tuple[Rule, ...], word: str) -> None:
    assert judged(*rules, given=evidence(touches=(touch(1),))).verdict == word


def test_a_required_play_ignores_time_and_asks_but_is_marked() -> None:
    found = judged(REQUIRE, ASK, DEFER, FORBID)
    assert (found.required, found.until, found.ask_of, found.legal) == (True, None, (), False)


def test_a_required_play_that_the_law_forbids_is_still_marked() -> None:
    found = judged(REQUIRE, LEGAL)
    assert (found.verdict, found.required, found.legal) == ("forbid", True, True)


def test_a_requirement_of_another_play_changes_nothing() -> None:
    found = judged(rule(id="r", effect={"kind": "require", "of": ["call"]}), FORBID)
    assert (found.verdict, found.required) == ("forbid", False)


def test_only_the_consent_layer_is_legal() -> None:
    assert judged(LEGAL).legal
    assert not judged(FORBID).legal
    assert not judged(rule("deal.deleted", layer="consent"), given=evidence({"deal.deleted": False})).legal


def test_doing_nothing_is_always_allowed() -> None:
    assert judged(LEGAL, one=NOTHING) == Verdict(DO_NOTHING, "allow", ())


def test_every_rule_that_looked_is_kept_with_every_clause() -> None:
    one = rule(["deal.amount > params.limit", "account.tier == 'gold'"], params={"limit": 5}, on_missing="skip")
    found = judged(one, given=evidence({"deal.amount": 9}))
    result = said(found)
    assert (result.matched, result.effect, result.layer) == (False, "forbid", "suitability")
    assert [(c.id, c.result, c.values) for c in result.clauses] == [
        ("c0", "true", {"deal.amount": 9.0}),
        ("c1", "missing", {"account.tier": None}),
    ]
    assert found.verdict == "allow"


# --- clauses together, and what is not known ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "matched"),
    [
        ({"deal.amount": 9, "account.dispute": True}, True),
        ({"deal.amount": 1, "account.dispute": True}, False),
        ({"deal.amount": 1}, False),
        ({"account.dispute": False}, False),
        ({"deal.amount": 9}, True),
        ({"deal.amount": 9, "account.dispute": Status.STALE}, True),
        ({}, True),
    ],
)
def test_clauses_are_joined_and_one_that_is_false_settles_it(values: dict[str, Any], matched: bool) -> None:
    one = rule(["deal.amount > 5", "account.dispute"], on_missing="forbid")
    assert said(judged(one, given=evidence(values))).matched is matched


@pytest.mark.parametrize("effect", ["forbid", "ask", "boost", "require", "cap", "defer"])
@pytest.mark.parametrize(
    ("on_missing", "cel", "state"),
    [(policy, cel, state) for policy in ("skip", "ask", "forbid") for cel, state in (("account.dispute", "missing"), ("1 / 0 > 1", "error"))],
)
def test_what_is_not_known(effect: str, on_missing: str, cel: str, state: str) -> None:
    settings_ = {"of": ["boss"] if effect == "ask" else ["mail"] if effect == "require" else [], "per": "7d", "limit": 1, "factor": 2.0}
    one = rule(cel, on_missing=on_missing, effect={"kind": effect, "until": "after:1h", **settings_})
    found = judged(one)
    assert said(found).clauses[0].result == state
    if on_missing == "forbid" or (state == "error" and effect == "forbid"):
        expected, took = "forbid", "forbid"
    elif on_missing == "ask" or state == "error":
        expected, took = "ask", "ask"
    else:
        expected, took = "allow", effect
    assert (found.verdict, said(found).effect, said(found).matched) == (expected, took, expected != "allow")
    assert (found.required, found.lever, found.until) == (False, 1.0, None)


def test_a_required_play_is_not_required_by_what_is_not_known() -> None:
    found = judged(rule("account.dispute", effect={"kind": "require", "of": ["mail"]}, on_missing="forbid"))
    assert (found.verdict, found.required) == ("forbid", False)


# --- asks -----------------------------------------------------------------------------------------------------------------------------------------


def test_asks_add_up_each_role_once() -> None:
    found = judged(rule(id="a", effect={"kind": "ask", "of": ["boss", "desk"]}), rule(id="b", effect={"kind": "ask", "of": ["desk", "legal"]}))
    assert (found.verdict, found.ask_of) == ("ask", ("boss", "desk", "legal"))


@pytest.mark.parametrize(
    "one",
    [
        rule(effect="ask"),
        rule("account.dispute", effect="ask", on_missing="ask"),
        rule("account.dispute", on_missing="ask"),
        rule("1 / 0 > 1", effect={"kind": "require", "of": ["mail"]}),
    ],
)
def test_an_ask_that_names_nobody_is_of_the_plays_approver(one: Rule) -> None:
    assert judged(one, of=play(approver="csm")).ask_of == ("csm",)
    assert judged(one).ask_of == ("deal_owner",)


def test_an_ask_may_stand_beside_a_deferral() -> None:
    found = judged(ASK, DEFER)
    assert (found.verdict, found.ask_of, found.until) == ("ask", ("boss",), AT + timedelta(hours=2))


# --- time -----------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "given", "until"),
    [
        ({"kind": "defer", "until": "after:90m"}, {}, AT + timedelta(minutes=90)),
        ({"kind": "defer", "until": "after:params.wait"}, {}, AT + timedelta(days=1)),
        ({"kind": "defer", "until": "after:2h"}, {"event": event(occurred_at=AT - timedelta(hours=2))}, None),
        ({"kind": "defer", "until": "contract.end"}, {"facts": facts({"contract.end": AT + DAY})}, AT + DAY),
        ({"kind": "defer", "until": "contract.end"}, {"facts": facts({"contract.end": "2026-11-24T10:00:00Z"})}, AT + DAY),
        ({"kind": "defer", "until": "contract.end"}, {"facts": facts({"contract.end": AT - DAY})}, None),
        ({"kind": "defer", "until": "recipient_hours"}, {"calendars": {"ann": OFFICE}}, None),
        ({"kind": "defer", "until": "recipient_hours"}, {"calendars": {"ann": NIGHT}}, datetime.fromisoformat("2026-11-24T02:00Z")),
        ({"kind": "cap", "per": "7d", "limit": 2}, {"touches": (touch(1),)}, None),
        ({"kind": "cap", "per": "7d", "limit": 2}, {"touches": (touch(1), touch(2))}, AT + 5 * DAY),
        ({"kind": "cap", "per": "params.wait", "limit": "params.most"}, {"touches": (touch(0.5),)}, AT + 0.5 * DAY),
        ({"kind": "cooldown", "per": "14d"}, {"past": (past(3), past(8))}, AT + 11 * DAY),
        ({"kind": "cooldown", "per": "14d"}, {"past": (past(3, what="overridden"),)}, None),
        ({"kind": "cooldown", "per": "14d", "of": ["overridden"]}, {"past": (past(3, what="overridden"),)}, AT + 11 * DAY),
        ({"kind": "cooldown", "per": "14d"}, {"past": (past(3, play="call"),)}, None),
    ],
)
def test_deferring(effect: dict[str, Any], given: dict[str, Any], until: datetime | None) -> None:
    found = judged(rule(effect=effect, params={"wait": "1d", "most": 1}), given=evidence(**given))
    assert (found.verdict, found.until) == ("defer" if until else "allow", until)
    assert (said(found).matched, said(found).until) == (until is not None, until)


@pytest.mark.parametrize(
    "one",
    [
        rule(effect={"kind": "defer", "until": "recipient_hours"}, params={"open_hour": 18, "close_hour": 20}),
        rule(effect={"kind": "defer", "until": "group_hours"}),
        rule(effect={"kind": "defer", "until": "contract.end"}),
        rule(effect={"kind": "cap", "per": "7d", "limit": 0}),
    ],
)
def test_what_never_comes_forbids(one: Rule) -> None:
    found = judged(one, given=evidence(calendars={"ann": OFFICE}))
    assert (found.verdict, found.until, said(found).matched) == ("forbid", None, True)


def test_a_recipient_whose_hours_nobody_knows_is_not_contacted() -> None:
    assert judged(rule(effect={"kind": "defer", "until": "recipient_hours"}), given=evidence(calendars={})).verdict == "forbid"


def test_the_hours_of_a_group_are_those_of_the_target() -> None:
    given = evidence(groups=(group("g"),), calendars={"g": NIGHT})
    found = judged(rule(effect={"kind": "defer", "until": "group_hours"}), given=given, of=task(target="group"))
    assert found.until == datetime.fromisoformat("2026-11-24T02:00Z")


def test_a_rule_that_allows_now_still_has_a_say_about_later() -> None:
    hours = rule(id="hours", effect={"kind": "defer", "until": "recipient_hours"})
    late = rule(id="late", effect={"kind": "defer", "until": "after:9h"})
    found = judged(hours, late, given=evidence(calendars={"ann": OFFICE}))
    assert found.until == datetime.fromisoformat("2026-11-24T09:00Z")
    assert (said(found, "hours").until, said(found, "late").until) == (found.until, AT + timedelta(hours=9))
    assert said(found, "hours").clauses[-1].says == "closed until Tue 24 Nov 09:00, UTC"


def test_a_moment_says_which_days_are_in_the_way() -> None:
    shut = replace(OFFICE, holidays=frozenset({date(2026, 11, 27), date(2026, 11, 30)}))
    hours = rule(id="hours", effect={"kind": "defer", "until": "recipient_hours"})
    late = rule(id="late", effect={"kind": "defer", "until": "after:4d"})
    found = judged(hours, late, given=evidence(calendars={"ann": shut}))
    (moved,) = said(found, "hours").clauses
    assert moved.says == "closed until Tue 01 Dec 09:00, UTC; holiday: Fri 27 Nov, Mon 30 Nov; day off: Sat 28 Nov, Sun 29 Nov"


@pytest.mark.parametrize(("on_missing", "word"), [("skip", "forbid"), ("forbid", "forbid"), ("ask", "ask")])
def test_hours_that_nobody_knows_are_a_missing_fact(on_missing: str, word: str) -> None:
    hours = rule(id="hours", effect={"kind": "defer", "until": "recipient_hours"}, on_missing=on_missing)
    found = judged(hours, given=evidence(calendars={}))
    assert (found.verdict, found.until) == (word, None)
    (clause,) = said(found, "hours").clauses
    assert (clause.result, clause.values) == ("missing", {"contact.timezone": None})


def test_a_timed_rule_that_does_not_hold_has_no_say() -> None:
    one = rule("deal.deleted", effect={"kind": "defer", "until": "after:9h"})
    found = judged(one, given=evidence({"deal.deleted": False}))
    assert (found.verdict, said(found).matched) == ("allow", False)


TOUCHES = (
    touch(1, contact="ann"), touch(2, contact="bob"), touch(3, contact="bob"),
    touch(1, contact="sue", account="sister"), touch(2, contact="sue", account="sister"), touch(3, contact="sue", account="sister"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "limit", "word"),
    [
        ("contact", 1, "defer"),
        ("contact", 2, "allow"),
        ("account", 3, "defer"),
        ("account", 4, "allow"),
        ("family", 6, "defer"),
        ("family", 7, "allow"),
    ],
)
def test_the_scope_of_a_cap(scope: str, limit: int, word: str) -> None:
    one = rule(scope=scope, effect={"kind": "cap", "per": "7d", "limit": limit})
    assert judged(one, given=evidence(touches=TOUCHES)).verdict == word


@pytest.mark.parametrize(
    ("scope", "one", "word"),
    [
        ("contact", past(1), "defer"),
        ("contact", past(1, recipient="bob"), "allow"),
        ("account", past(1, recipient="bob"), "defer"),
        ("account", past(1, account="sister"), "allow"),
        ("family", past(1, account="sister"), "defer"),
    ],
)
def test_the_scope_of_a_cooldown(scope: str, one: Any, word: str) -> None:
    pause = rule(scope=scope, effect={"kind": "cooldown", "per": "7d"})
    assert judged(pause, given=evidence(past=(one,))).verdict == word


def open_proposal(**changes: Any) -> OpenProposal:
    plain = {"decision": "d", "play": "mail", "exclusive_group": "", "account": "acc", "recipient": "ann", "digest": "x", "subject": "other"}
    return OpenProposal(**{**plain, **changes})


@pytest.mark.parametrize(
    ("proposal", "word"),
    [
        (open_proposal(), "defer"),
        (open_proposal(recipient="bob"), "allow"),
        (open_proposal(subject="deal"), "allow"),  # this very play on this very deal: it will be replaced
        (open_proposal(subject="deal", account="sister"), "defer"),
        (open_proposal(play="task"), "allow"),
        (open_proposal(play="answer"), "allow"),
        (open_proposal(play="gone"), "allow"),
    ],
)
def test_our_own_open_proposals_hold_their_slot(proposal: OpenProposal, word: str) -> None:
    service = surface(id="tickets", plays=["answer"], answers_customer=True, trigger={"types": ["ticket.created"]})
    one = rule(scope="contact", effect={"kind": "cap", "per": "7d", "limit": 1})
    book = playbook(one, plays=[play(), task(), play("answer")], on=surface(plays=["mail", "task"]), surfaces=[service])
    assert Gate(book, evidence(open_proposals=(proposal,))).judge(candidate()).verdict == word


@pytest.mark.parametrize(("on_missing", "word"), [("skip", "forbid"), ("forbid", "forbid"), ("ask", "ask")])
def test_where_not_every_contact_is_known_nobody_can_say_that_a_cap_is_not_reached(on_missing: str, word: str) -> None:
    one = rule(effect={"kind": "cap", "per": "7d", "limit": 2}, on_missing=on_missing)
    unknown = {"account.days_since_contact": Status.MISSING}
    found = judged(one, given=evidence(unknown, touches=(touch(1),)))
    assert (found.verdict, said(found).effect, said(found).matched) == (word, word, True)
    assert said(found).clauses[-1].values == {"account.days_since_contact": None}
    known = judged(one, given=evidence({"account.days_since_contact": 1}, touches=(touch(1),)))
    assert known.verdict == "allow"
    full = judged(one, given=evidence(unknown, touches=(touch(1), touch(2))))
    assert (full.verdict, full.until) == ("defer", AT + 5 * DAY), "nobody can approve what is too often already"


def test_a_proposal_of_the_same_group_makes_room() -> None:
    one = rule(effect={"kind": "cap", "per": "7d", "limit": 1})
    given = evidence(open_proposals=(open_proposal(exclusive_group="outreach"),))
    assert judged(one, given=given, of=play(exclusive_group="outreach")).verdict == "allow"
    assert judged(one, given=given, of=play(exclusive_group="other")).verdict == "defer"


# --- what no playbook can leave out ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "ref", "blocked"),
    [
        ("surface", "deals", True), ("play", "mail", True), ("account", "acc", True), ("contact", "ann", True),
        ("surface", "tickets", False), ("play", "call", False), ("account", "sister", False), ("contact", "bob", False),
    ],
)  # fmt: skip
def test_blocks(target: str, ref: str, blocked: bool) -> None:
    found = judged(REQUIRE, given=evidence(blocks=(block(target, ref),)))
    assert found.verdict == ("forbid" if blocked else "allow")
    assert found.blocked == ((f"block:{target}:{ref}",) if blocked else ())


@pytest.mark.parametrize(("until", "blocked"), [(None, True), (AT + DAY, True), (AT, False), (AT - DAY, False)])
def test_a_block_ends(until: datetime | None, blocked: bool) -> None:
    assert (judged(given=evidence(blocks=(block(until=until),))).verdict == "forbid") is blocked


def test_a_block_says_who_and_why() -> None:
    clause = said(judged(given=evidence(blocks=(block(),))), "block:play:mail").clauses[0]
    assert clause.says == "op@x.test blocked the play mail: a mistake"
    assert clause.remedy == "the block were lifted"


@pytest.mark.parametrize(
    ("of", "given", "rule_id"),
    [
        (play(), {"contacts": ()}, "built-in:no-recipient"),
        (play(), {"contacts": (contact(email=""),)}, "built-in:no-address"),
        (play(), {"account": None}, "built-in:no-account"),
        (play(material={"source": "assets"}), {}, "built-in:no-content"),
        (task(target="group"), {}, "built-in:no-group"),
    ],
)
def test_what_lacks_something_cannot_be_done_even_if_required(of: Play, given: dict[str, Any], rule_id: str) -> None:
    require = rule(id="require", effect={"kind": "require", "of": [of.id]})
    found = judged(require, given=evidence(**given), of=of)
    assert (found.verdict, found.required, found.legal) == ("forbid", True, False)
    assert said(found, rule_id).layer == "feasibility"


# --- levers, sensitivity, dates -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "lever"),
    [([], 1.0), ([1.3], 1.3), ([1.5, 0.8], 1.2), ([9.0], 2.0), ([0.0], 0.5), ([2.0, 2.0], 2.0), ([0.5, 0.5], 0.5), ([9.0, 0.5], 1.0)],
)
def test_levers_multiply_within_bounds(factors: list[float], lever: float) -> None:
    rules = [rule(id=f"l{i}", effect={"kind": "boost", "factor": "params.f"}, params={"f": f}) for i, f in enumerate(factors)]
    assert judged(*rules).lever == pytest.approx(lever)


def test_a_lever_that_does_not_hold_lifts_nothing() -> None:
    found = judged(rule("deal.deleted", effect={"kind": "boost", "factor": 2.0}), given=evidence({"deal.deleted": False}))
    assert (found.lever, said(found).factor) == (1.0, None)


def test_rules_that_mark_the_case_sensitive_are_named_when_they_hold() -> None:
    rules = [
        rule("account.dispute", id="a", marks_sensitive=True, effect="ask"), rule("deal.deleted", id="b", marks_sensitive=True), rule(id="c")
    ]  # fmt: skip
    assert judged(*rules, given=evidence({"account.dispute": True, "deal.deleted": False})).sensitive == ("a",)


def test_rules_out_of_force_and_out_of_place_do_not_look() -> None:
    rules = [rule(id="off", enabled=False), rule(id="over", until="2026-11-22"), rule(id="elsewhere", applies_to={"surfaces": ["x"]})]
    assert judged(*rules).rules == ()


def test_rules_may_look_at_the_surface_the_play_and_the_candidate() -> None:
    one = rule(["surface.mode == 'auto'", "play.risk == 'low'", "candidate.proactive", "history.days_since_rejected > 9000.0"])
    assert judged(one).verdict == "forbid"


# --- sharing answers ------------------------------------------------------------------------------------------------------------------------------

CELS = (
    "deal.amount > 5", "contact.opted_out", "contact['opted_out']", "asset.strength > 0.5 && !contact.opted_out", "history.sent_before",
    "candidate.discount_pct > 5.0", "play.id == 'b'", "account.dispute", "contact.role > 3", "candidate.channel == 'ticket'",
)  # fmt: skip
EFFECTS: tuple[dict[str, Any], ...] = (
    {"kind": "forbid"}, {"kind": "ask"}, {"kind": "ask", "of": ["boss"]}, {"kind": "require", "of": ["a"]}, {"kind": "boost", "factor": 1.5},
    {"kind": "cap", "per": "7d", "limit": 1}, {"kind": "cooldown", "per": "7d"}, {"kind": "defer", "until": "recipient_hours"},
    {"kind": "defer", "until": "after:3h"},
)  # fmt: skip
some_rules = st.lists(
    st.builds(
        lambda cels, effect, scope, on_missing: {"cel": cels, "effect": effect, "scope": scope, "on_missing": on_missing},
        st.lists(st.sampled_from(CELS), max_size=2),
        st.sampled_from(EFFECTS),
        st.sampled_from(["contact", "account", "family"]),
        st.sampled_from(["skip", "ask", "forbid"]),
    ),
    min_size=1,
    max_size=6,
)
MANY = evidence(
    facts=(
        *facts({"deal.amount": 9}), *facts({"contact.opted_out": True, "contact.role": "user"}, of="ann"),
        *facts({"contact.opted_out": False}, of="bob"), *facts({"asset.strength": 0.9}, of="guide"), *facts({"asset.strength": 0.1}, of="case"),
    ),
    contacts=(contact("ann"), contact("bob"), contact("cid")), materials=(material("guide"), material("case", strength=0.1)),
    calendars={"ann": ALWAYS, "bob": NIGHT}, touches=(touch(1), touch(2, contact="bob", content="case"), touch(3, account="sister")),
    past=(past(2), past(3, play="b", recipient="bob")), params={"discount_pct": 10},
)  # fmt: skip


def the_playbook(rules: list[dict[str, Any]]) -> Playbook:
    plays = [
        play("a", material={"source": "assets"}, approver="csm"), play("b", channels=["email", "ticket"]),
        play("c", params={"discount_pct": {"type": "number", "default": 0.0}}), task("d"),
    ]  # fmt: skip
    return playbook(*[rule(**one, id=f"r{i}") for i, one in enumerate(rules)], plays=plays)


@settings(max_examples=150)
@given(some_rules)
def test_candidates_judged_together_get_what_each_gets_alone(rules: list[dict[str, Any]]) -> None:
    book = the_playbook(rules)
    candidates = propose(book, MANY)
    together = judge_all(book, MANY, candidates)
    assert together == [Gate(the_playbook(rules), MANY).judge(one) for one in candidates]
    assert together[::-1] == judge_all(book, MANY, candidates[::-1])


def test_an_answer_that_is_the_same_for_all_is_the_same_object() -> None:
    book = the_playbook([{"cel": "deal.amount > 5", "effect": "ask"}])
    results = [v.rules[-1] for v in judge_all(book, MANY, [c for c in propose(book, MANY) if c.play == "b"])]
    assert len(results) == 6
    assert all(result is results[0] for result in results)
