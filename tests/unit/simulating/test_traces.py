"""What a decision left behind, and what it would have left."""

from datetime import timedelta
from typing import Any

import pytest

from agent.domain.candidates import Candidate
from agent.domain.decision import ActionRecord, OutcomeRecord
from agent.domain.hindsight import Trace
from agent.domain.plays import Play
from agent.domain.records import DATA_TASK
from agent.simulating import Opened
from agent.simulating.traces import Instead, trace_instead, trace_of
from tests.unit.domain.building import AT, DAY, candidate, evidence, play
from tests.unit.learning.build import approval
from tests.unit.simulating.single import MAIL, OFFER, TEXT, decided, small_book
from tests.unit.simulating.world import UNDO

ASKS = small_book(mode="suggest")
TO_OFFER = candidate("offer/ann", play="offer", kind="offer")


def _done(kind: str = "send_content", at: timedelta = DAY) -> ActionRecord:
    return ActionRecord(key=f"k-{kind}", step=0, kind=kind, state="done", target="ann", at=AT + at, error=None)


def _instead(one: Opened, chosen: Candidate = TO_OFFER, of: Play = OFFER, **changes: Any) -> Trace:
    plain: dict[str, Any] = {"route": "ask", "until": None, "digest": "new"}
    return trace_instead(one.decision(), one.evidence(), Instead(chosen, of, **{**plain, **changes}), UNDO)


# --- what it left -----------------------------------------------------------------------------------------------------------


def test_what_was_only_shown_to_nobody_leaves_nothing_open() -> None:
    one = decided(small_book(mode="shadow"), evidence())
    assert trace_of(one.decision(), one.evidence()) == Trace("dec_00001", "acc")


@pytest.mark.parametrize("state", ["expired", "superseded", "blocked", "void"])
def test_an_ask_that_ended_without_a_time_ended_when_it_would_have_expired(state: str) -> None:
    one = decided(ASKS, evidence(), approvals=[approval(state, at=None)])
    assert trace_of(one.decision(), one.evidence()).ended == AT + DAY


def test_what_a_person_undid_is_part_of_the_past() -> None:
    undone = OutcomeRecord(
        exposure="delivered", result=None, metric=None, value=None, at=AT + 2 * DAY, guardrails=["overridden"], attribution=None,
    )  # fmt: skip
    one = decided(ASKS, evidence(), approvals=[approval()], actions=[_done()], outcome=undone)
    assert [(past.what, past.at) for past in trace_of(one.decision(), one.evidence()).past] == [
        ("delivered", AT + DAY), ("overridden", AT + 2 * DAY),
    ]  # fmt: skip


def test_a_task_to_mend_facts_delivers_nothing() -> None:
    one = decided(ASKS, evidence(), actions=[_done(DATA_TASK)])
    found = trace_of(one.decision(), one.evidence())
    assert (found.touches, found.past, found.ended) == ((), (), None)


# --- what it would have left ------------------------------------------------------------------------------------------------


def test_another_choice_is_rejected_as_the_original_was() -> None:
    one = decided(ASKS, evidence(), approvals=[approval("rejected", answer="reject", reason="irrelevant", at=AT + DAY)])
    would = _instead(one)
    assert [(past.play, past.what, past.at, past.label) for past in would.past] == [("offer", "rejected", AT + DAY, "irrelevant")]
    assert (would.touches, would.ended) == ((), AT + DAY)


def test_another_choice_is_done_when_the_original_was() -> None:
    one = decided(ASKS, evidence(), approvals=[approval()], actions=[_done()])
    would = _instead(one)
    assert [(past.play, past.what, past.at) for past in would.past] == [("offer", "delivered", AT + DAY)]


@pytest.mark.parametrize(("visible", "at"), [(True, AT + UNDO), (False, AT)])
def test_what_a_customer_sees_goes_out_when_the_time_to_undo_it_is_over(visible: bool, at: Any) -> None:
    would = _instead(decided(small_book(), evidence()), candidate("offer/ann", play="offer", customer_visible=visible), route="act")
    assert [touch.at for touch in would.touches] == [at]


def test_every_message_of_a_play_is_a_contact() -> None:
    twice = play("offer", content=TEXT, steps=[{"do": "send_content"}, {"do": "crm_task"}, {"do": "send_content"}])
    assert len(_instead(decided(small_book(), evidence()), of=twice, route="act").touches) == 2


def test_the_same_choice_in_other_words_waits_with_those() -> None:
    one = decided(ASKS, evidence())
    would = _instead(one, candidate("mail/ann"), MAIL)
    assert would.proposal is not None
    assert (would.proposal.digest, would.proposal.play) == ("new", "mail")
