"""One decision under a draft: what kind of change it is, what is known of it, and what came of it."""

from dataclasses import replace
from typing import Any

import pytest

from agent.domain.decision import OutcomeRecord
from agent.domain.evidence import Evidence, OpenProposal
from agent.domain.playbook import Playbook
from agent.domain.rules import Rule
from agent.simulating import Change, Look, Opened, Rerun
from agent.simulating.rerun import became_of
from tests.unit.domain.building import AT, evidence, past, play, rule, surface
from tests.unit.learning.build import approval
from tests.unit.simulating.single import MAIL, OFFER, TEXT, decided, small_book
from tests.unit.simulating.world import CONDITIONS, changed

NO_MAIL = rule(id="no-mail", applies_to={"plays": ["mail"]})
NO_OFFER = rule(id="no-offer", applies_to={"plays": ["offer"]})
COOL = rule("history.days_since_rejected < 9.0", id="cool", applies_to={"plays": ["mail"]})
SUGGESTS: dict[str, Any] = {"mode": "suggest"}


def _look(draft: Playbook, book: Playbook, one: Opened | None = None) -> Look:
    return Rerun(draft, {book.version: book}, CONDITIONS, in_full=True).look(one or decided(book, evidence()))


def _change(draft: Playbook, book: Playbook, one: Opened | None = None) -> Change:
    found = _look(draft, book, one).change
    assert found is not None
    return found


# --- of which kind --------------------------------------------------------------------------------------------------------


def test_what_is_forbidden_now_what_was_and_what_both_times_was_not() -> None:
    book, without = small_book(), small_book(NO_MAIL)
    assert _change(changed(book, rules={"no-mail": NO_MAIL}), book).kind == "newly_forbidden"
    assert _change(changed(without, rules={"no-mail": None}), without).kind == "newly_allowed"
    lever = rule(id="lever", applies_to={"plays": ["offer"]}, effect={"kind": "boost", "factor": 2.0})
    near = small_book(plays=[MAIL, play("offer", content=TEXT, value="60.0")])
    assert _change(changed(near, rules={"lever": lever}), near).kind == "other_choice"


@pytest.mark.parametrize(("mode", "kind"), [("suggest", "other_terms"), ("shadow", None)])
def test_other_words_matter_where_somebody_gets_to_see_them(mode: str, kind: str | None) -> None:
    book = small_book(mode=mode)
    again = _look(changed(book, plays={"mail": play("mail", content={**TEXT, "body": {"en": "Something else."}})}), book)
    assert (again.change.kind if again.change else None) == kind


def test_what_a_model_worded_stays_as_it_is_under_another_template() -> None:
    book = small_book(**SUGGESTS)
    one = decided(book, evidence())
    proposal = one.recorded().proposal
    assert proposal is not None
    said = proposal.model_copy(update={"composed_by": "llm", "content": {**proposal.content, "subject": "Good morning"}})
    by_model = Opened(replace(one.kept, decision=one.recorded().model_copy(update={"proposal": said})))
    rewritten = changed(book, plays={"mail": play("mail", content={**TEXT, "body": {"en": "Something else."}})})
    assert _look(rewritten, book, by_model).change is None


def test_what_is_required_asks_the_lead_on_shift() -> None:
    required = rule(id="require", effect={"kind": "require", "of": ["mail"]})
    book = small_book(**SUGGESTS)
    change = _change(changed(book, rules={"require": required}), book)
    assert (change.kind, change.before.roles, change.after.roles) == ("other_terms", ("deal_owner",), ("lead_on_shift",))


def test_a_rule_of_the_draft_is_the_cause_and_what_follows_from_it_is_not() -> None:
    both = small_book(NO_OFFER, plays=[MAIL, OFFER])
    loosened = NO_OFFER.model_copy(update={"enabled": False})
    draft = changed(both, rules={"no-offer": loosened}, plays={"offer": OFFER.model_copy(update={"approver": "deal_desk"})})
    assert [(cause.kind, cause.id) for cause in _change(draft, both).causes] == [("rule", "no-offer")]


# --- what cannot be decided -------------------------------------------------------------------------------------------------


def test_what_a_model_scored_that_nobody_knows_is_lost() -> None:
    one = decided(small_book(), evidence())
    by_other = Opened(replace(one.kept, decision=one.recorded().model_copy(update={"model_version": "model-9"})))
    assert _look(changed(small_book()), small_book(), by_other).state == "lost"


@pytest.mark.parametrize(("elsewhere", "route", "known"), [(False, "none", True), (True, "none", False)])
def test_where_another_surface_would_decide_nobody_knows_what(elsewhere: bool, route: str, known: bool) -> None:
    book = small_book()
    deals = book.surfaces["deals"].model_copy(update={"trigger": book.surfaces["deals"].trigger.model_copy(update={"types": ()})})
    other = {"others": surface(id="others")} if elsewhere else {}
    change = _change(changed(book, surfaces={"deals": deals, **other}), book)
    assert (change.after.route, change.known) == (route, known)


# --- what is known ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "known"), [("open", False), ("snoozed", False), ("expired", True)])
def test_while_somebody_may_answer_nobody_knows_what_will_be_done(state: str, known: bool) -> None:
    book = small_book(**SUGGESTS)
    one = decided(book, evidence(), approvals=[approval(state, answer=None, answered_by=None, at=None)])
    assert _change(changed(book, rules={"no-mail": NO_MAIL, "no-call": rule(id="no-call")}), book, one).known == known


def test_what_leaves_the_same_behind_rewrites_nothing() -> None:
    book = small_book(mode="shadow")
    look = _look(changed(book, rules={"no-mail": NO_MAIL}), book)
    assert look.change is not None
    assert look.rewrite is None


def _again(new: Rule | None, other: Evidence) -> Change:
    book = small_book(COOL)
    draft, one = changed(book, rules={new.id: new} if new else {}), decided(book, evidence())
    rerun = Rerun(draft, {book.version: book}, CONDITIONS)
    found = rerun.look_again(one, other, rerun.look(one), because_of=("dec_before",)).change
    assert found is not None
    return found


def test_what_changes_by_the_past_alone_says_so() -> None:
    change = _again(None, evidence(past=(past(1),)))
    assert change.knock_on
    assert ("history", "dec_before") in [(cause.kind, cause.id) for cause in change.causes]


def test_what_changes_by_itself_is_not_put_down_to_the_past() -> None:
    change = _again(NO_MAIL, evidence(past=(past(1),)))
    assert not change.knock_on
    assert {cause.kind for cause in change.causes} == {"rule"}


@pytest.mark.parametrize(("mode", "replaced"), [("suggest", ("dec_before",)), ("shadow", ())])
def test_only_what_opens_something_replaces_what_waits(mode: str, replaced: tuple[str, ...]) -> None:
    book = small_book(mode=mode)
    one = decided(book, evidence(open_proposals=(OpenProposal("dec_before", "mail", "", "acc", "ann", "other", "deal"),)))
    assert Rerun(changed(book), {book.version: book}, CONDITIONS).replaced(one) == replaced


def test_what_became_of_it() -> None:
    gone = OutcomeRecord(exposure="delivered", result="converted", metric="won", value=9.0, at=AT, guardrails=["complaint"], attribution="assist")
    one = decided(small_book(**SUGGESTS), evidence(), approvals=[approval("edited")], outcome=gone)
    became = became_of(one.decision())
    assert (became.approved, became.rejected, became.delivered, became.friction) == (True, False, False, ("complaint",))
    assert became.value is None, "another contact came after it"
    last = one.decision().model_copy(update={"outcome": gone.model_copy(update={"attribution": "primary"})})
    assert became_of(last).value == 9.0
