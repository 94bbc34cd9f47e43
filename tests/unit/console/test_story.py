"""What each section of a decision's page shows, without the page."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from agent.conversing import Story
from agent.domain.asked_then import Beginnings, Put, Version, asked_then
from agent.domain.decision import Decision
from agent.domain.records import Approval
from agent.playbook.loader import DEFAULT, load
from integrations.console.story import facts, options
from integrations.console.story.content import content
from integrations.console.story.doing import doing, targets
from integrations.console.story.told import LONGEST_RAW, Told, readable, told
from integrations.console.visit import Visitor
from integrations.reports import Bars
from integrations.sessions import ConsoleRole, new_session
from integrations.telling.case import Case
from tests.unit.cli.made import AT, ask, candidate, clause, decision, nothing, suppressed

NOW = AT + timedelta(minutes=5)
BOOK = load(DEFAULT)


def approval(decision_id: str, role: str, state: Any, **more: Any) -> Approval:
    """The store's own record of an ask."""
    fields: dict[str, Any] = {
        "id": f"apr_{role}", "decision_id": decision_id, "round": 1, "digest": "f" * 32, "state": state, "needed_role": role,
        "asked": ("eva@tessera.example",), "allowed": ("eva@tessera.example",), "requester": None, "created_at": AT,
        "expires_at": AT + timedelta(hours=8),
    }  # fmt: skip
    return Approval(**{**fields, **more})


NAMES = {"eva@tessera.example": "Eva Sand", "bo@tessera.example": "Bo Lind"}


def story(given: Decision, asks: list[Approval] | None = None, raw: bytes = b"{}", kept: Beginnings | None = None) -> Story:
    """All that is kept of a decision."""
    kept, every = kept or Beginnings(given), asks or []
    then = {one.id: found for one in every if (found := asked_then(kept, one, every))}
    return Story(given, every, raw, [], [], replace(BOOK, version=given.playbook_version), NAMES, NOW, then)


def page(given: Decision, *asks: Approval, raw: bytes = b"{}") -> Told:
    """The page's sections."""
    return told(story(given, [*asks], raw), ZoneInfo("Europe/Berlin"))


def visitor(role: ConsoleRole) -> Visitor:
    """Somebody in a role."""
    secret, session = new_session("mia@tessera.example", "link", AT, lambda n: b"x" * n)
    return Visitor.of(session, role, secret)


def test_the_head_says_what_was_chosen_for_whom_and_why() -> None:
    head = page(decision()).head
    assert head.route == ("asks a person", "warn")
    assert (head.title, head.whom, head.account) == ("Make offer", "Julia Brandt by email", "Brennecke Maschinenbau GmbH · acc_001")
    assert head.standing == "Only 1 of 2 steps done: the CRM refused it."
    assert head.reasons[0].startswith("Open-escalation: an executive escalation is open")


def test_a_decision_that_was_only_recorded_has_a_page_too() -> None:
    shown = page(suppressed())
    assert (shown.head.title, shown.head.route[0]) == ("Nothing to decide", "starts no work")
    assert (shown.facts, shown.clusters, shown.rules, shown.content, shown.asks) == ([], [], [], None, [])


def test_where_nothing_is_best_the_head_says_so() -> None:
    shown = page(decision(choice=None, route="none", proposal=None, approvals=[], actions=[], outcome=None))
    assert (shown.head.title, shown.head.whom) == ("Do nothing", "")
    assert [one.title for one in shown.clusters if one.chosen] == []


def test_facts_that_mattered_come_first_and_doubtful_ones_are_marked() -> None:
    rows = facts.every(Case(decision(), NOW, "EUR"))
    mattered = facts.that_mattered(Case(decision(), NOW, "EUR"))
    assert rows[: len(mattered)] == mattered
    assert len(rows) == len(decision().facts)
    doubts = {row.name: row.doubt for row in rows if row.doubt}
    assert doubts == {"usage.seat_use": ("stale", "warn"), "account.escalation_open": ("missing", "bad")}
    assert next(row for row in rows if row.name == "account.escalation_open").value == "not known"
    assert next(row for row in rows if row.name == "deal.amount").value == "48,000 EUR"


def test_every_candidate_is_there_with_its_rules_clauses_and_values() -> None:
    clusters = options.clusters(Case(decision(), NOW, "EUR"))
    assert clusters[0].chosen
    assert sum(one.count for one in clusters) == len(decision().candidates)
    sent = next(one for one in clusters if one.count == 12)
    assert sent.verdict == ("forbidden", "bad")
    assert [said for _, said in sent.why] == ["allowed if the P1 were closed"]
    (rule,) = sent.options[0].took_hold
    assert (rule.id, rule.effect, rule.clauses[0].result, rule.clauses[0].values) == (
        "no-selling-during-open-p1", "forbid", ("true", "good"), "family.open_p1_tickets = 1",
    )  # fmt: skip
    chosen = clusters[0].options[0]
    assert [rule.id for rule in chosen.others] == ["opted-out"]
    assert chosen.took_hold[0].clauses[0].result == ("not known", "warn")


def test_the_bars_of_a_value_add_up_to_it() -> None:
    for changes in ({}, {"c": 1.0}, {"l": 1.5, "cost_if_taken": 100.0}, {"p": -0.2, "cost_always": 0.0}):
        score = candidate("a", "make-offer", "allow", 1.0).score
        assert score is not None
        for name, value in changes.items():
            setattr(score, name, value)
        score.priority = ((score.p or 0) * ((score.value or 0) - (score.cost_if_taken or 0)) - (score.cost_always or 0)) * score.c * score.l
        one = candidate("a", "make-offer", "allow", 1.0).model_copy(update={"score": score})
        (cluster, _) = options.clusters(Case(decision(candidates=[one, nothing()], choice="a"), NOW, "EUR"))
        terms = cluster.options[0].terms
        assert isinstance(terms, Bars)
        *parts, total = terms.bars
        assert total.label == "expected value"
        assert sum(bar.value for bar in parts) == pytest.approx(total.value) == pytest.approx(score.priority)


def test_a_candidate_without_a_value_has_no_bars() -> None:
    (cluster, _) = options.clusters(Case(decision(candidates=[candidate("a", "make-offer", "ask", None), nothing()], choice="a"), NOW))
    assert cluster.options[0].terms is None
    assert cluster.value == "no value"


def test_a_clause_that_could_not_be_told_is_not_called_false() -> None:
    broken = clause("x", "says", {"deal.amount": None}, "error")
    rule = decision().candidates[0].rules[0]
    rule.clauses[:] = [broken]
    one = candidate("a", "make-offer", "forbid", 1.0, rules=[rule])
    (cluster, _) = options.clusters(Case(decision(candidates=[one, nothing()], choice=None), NOW))[::-1]
    assert cluster.options[0].took_hold[0].clauses[0].result == ("cannot be told", "bad")


def test_the_content_marks_its_facts_and_says_which_were_only_read() -> None:
    given = decision()
    assert given.proposal is not None
    proposal = given.proposal.model_copy(update={
        "content": {"subject": "For Brennecke Maschinenbau GmbH", "body": "Hello <b>Julia</b>,\nyou get 12% off.\x1b"},
        "used": {"account.name": "Brennecke Maschinenbau GmbH", "usage.seat_use": 0.4213, "contact.first_name": "<b>Julia</b>", "deal.x": None},
    })  # fmt: skip
    shown = content(Case(decision(proposal=proposal), NOW, "EUR"))
    assert shown is not None
    marks = [(part.text, part.facts) for field in shown.fields for part in field.parts if part.facts]
    assert marks == [
        ("Brennecke Maschinenbau GmbH", ("account.name",)), ("<b>Julia</b>", ("contact.first_name",)), ("12%", ("params.discount_pct",)),
    ]  # fmt: skip
    assert [(one.name, one.shown) for one in shown.used] == [
        ("params.discount_pct", True), ("account.name", True), ("contact.first_name", True), ("usage.seat_use", False),
    ]  # fmt: skip
    assert "\x1b" not in "".join(part.text for field in shown.fields for part in field.parts)
    assert shown.notes == ["worded by the template"]


def test_an_ask_shows_who_what_they_saw_and_what_they_said() -> None:
    given = decision()
    note = {"answered_by": "eva@tessera.example", "answer": "approve", "at": AT + timedelta(minutes=2), "note": "go <on>"}
    shown = page(given, approval(given.id, "exec_sponsor", "approved", difference=("deal.amount was 1, is 2",), **note))
    (asked,) = shown.asks
    assert asked.card is not None
    assert (asked.role, asked.state, asked.answered_by) == ("exec sponsor", ("approved", "good"), "Eva Sand (eva@tessera.example)")
    assert asked.differences == ["the deal amount was 1, is 2"]
    assert "Approve</button>" in asked.card, "as it was when it was asked"
    assert "@Eva Sand" in asked.card
    assert "go &lt;on&gt;" not in asked.card
    assert "<script" not in asked.card


def test_the_card_is_as_it_was_asked_and_what_changed_since_is_said() -> None:
    given = decision()
    assert given.proposal is not None
    edited = given.proposal.model_copy(
        update={"content": {**given.proposal.content, "body": "Other <i>words</i>."}, "params": {"discount_pct": 9.0}, "digest": "e" * 32}
    )
    answered = approval(
        given.id, "exec_sponsor", "edited", digest="e" * 32, asked=("bo@tessera.example",), allowed=("bo@tessera.example",),
        answered_by="bo@tessera.example", at=AT + timedelta(minutes=3), passed_on_by="eva@tessera.example", passed_on_at=AT + timedelta(minutes=1),
    )  # fmt: skip
    put = {answered.id: Put(("eva@tessera.example",), ("eva@tessera.example",))}
    kept = Beginnings(given, [Version(edited, "bo@tessera.example", AT + timedelta(minutes=3))], put)
    now = given.model_copy(update={"proposal": edited})
    (asked,) = told(story(now, [answered], kept=kept), ZoneInfo("Europe/Berlin")).asks
    assert asked.card is not None
    assert "Other" not in asked.card
    assert "@Eva Sand" in asked.card
    assert "@Bo Lind" not in asked.card
    edit, passed_on = asked.since
    assert (edit.what, edit.at) == ("Edited by Bo Lind (bo@tessera.example)", AT + timedelta(minutes=3))
    assert "body: other words" in edit.parts
    assert [part for part in edit.parts if part.startswith("discount")] == ["discount: 9%, was 12%"]
    assert passed_on.what == "Passed on by Eva Sand (eva@tessera.example) to Bo Lind (bo@tessera.example)"


def test_where_nobody_can_tell_what_was_asked_no_card_is_shown() -> None:
    given = decision()
    (asked,) = page(given, approval(given.id, "exec_sponsor", "approved", digest="0" * 32)).asks
    assert (asked.card, asked.since) == (None, [])


def test_of_earlier_releases_it_is_said_that_who_may_answer_is_as_it_stands_now() -> None:
    given = decision()
    (asked,) = page(given, approval(given.id, "exec_sponsor", "open")).asks
    assert (asked.since, asked.doubts) == ([], ["Who may answer is as it stands now: of asks of earlier releases it was not kept how it was."])


def test_steps_say_when_they_ran_or_will() -> None:
    planned = decision().actions[0].model_copy(update={"state": "planned", "not_before": AT + timedelta(hours=1)})
    (step,) = page(decision(actions=[planned])).steps
    assert (step.planned, step.at, step.state) == (True, AT + timedelta(hours=1), ("planned", "warn"))
    failed = page(decision()).steps[1]
    assert (failed.state, failed.error) == (("failed", "bad"), "the CRM refused it")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b'{"b":[1,"\xc3\xa9"]}', json.dumps({"b": [1, "é"]}, indent=2, ensure_ascii=False)),
        (b"not json", "not json"),
        (b"\xff\x1b[31m", "\ufffd\ufffd[31m"),
        (b"", ""),
    ],
)
def test_a_raw_event_is_made_readable(raw: bytes, shown: str) -> None:
    assert readable(raw) == shown


def test_a_huge_or_deep_raw_event_is_cut_and_breaks_nothing() -> None:
    huge = readable(b'"' + b"a" * (LONGEST_RAW + 500) + b'"')
    assert huge.endswith("… and 502 more characters")
    assert readable(b"[" * 100_000).startswith("[[[")


@pytest.mark.parametrize("role", get_args(ConsoleRole))
def test_what_may_be_done_hangs_on_the_role(role: ConsoleRole) -> None:
    planned = decision().actions[0].model_copy(update={"state": "planned", "not_before": NOW + timedelta(hours=1)})
    given = decision(actions=[planned], approvals=[ask("deal_owner", "open")])
    kept = story(given, [approval(given.id, "deal_owner", "open")])
    may = doing(Case(given, NOW), kept, visitor(role), known=True, answerable={"apr_deal_owner"})
    reviews, blocks = role != "viewer", role in ("operator", "admin")
    assert bool(may.labels) == bool(may.undo_until) == reviews
    assert bool(may.targets) == blocks
    stranger = doing(Case(given, NOW), kept, visitor(role), known=False, answerable=set())
    assert (stranger.answers, stranger.labels, stranger.undo_until) == ((), (), None)


def test_nothing_is_labelled_where_nothing_was_chosen_and_only_what_is_there_is_blocked() -> None:
    given = suppressed()
    may = doing(Case(given, NOW), story(given), visitor("admin"), known=True, answerable=set())
    assert may.labels == ()
    assert [target for target, _ in may.targets] == ["account", "surface"]
    assert targets(Case(decision(), NOW))["contact"] == ("the contact Julia Brandt", "con_1")
