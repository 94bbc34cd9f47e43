from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.decision import ApprovalRecord, Decision, OutcomeRecord
from agent.domain.records import Approval, Reviewed, verdicts
from agent.errors import InvalidInput
from agent.playbook.loader import DEFAULT, load
from agent.reviewing import Pack, pack_of, sampled, teams_of, week_before, week_of
from tests.unit.db.build import NOW, answered, approval, candidate, decision

BOOK = load(DEFAULT)
SECOND = timedelta(seconds=1)


def pack(*decisions: Decision, reviews: tuple[Reviewed, ...] = ()) -> Pack:
    return pack_of(decisions, {}, reviews, {}, BOOK, NOW, NOW, None)


def became(number: int, result: str | None, *guardrails: str, exposure: str = "delivered") -> Decision:
    outcome = OutcomeRecord(exposure=exposure, result=result, metric=None, value=None, at=NOW, guardrails=list(guardrails), attribution=None)
    return decision(number, outcome=outcome)


def ids(found: Pack, part: str) -> list[str]:
    return [case.id for case in found.cases[part]]


def test_a_decision_stands_in_each_part_that_it_belongs_to() -> None:
    found = pack(became(1, "converted", "complaint"), became(2, "ignored"), became(3, "converted", exposure="bounced"), became(4, None, "overridden"))
    assert (ids(found, "converted"), ids(found, "ignored"), ids(found, "friction"), ids(found, "overridden")) == (
        ["dec_1"],
        ["dec_2"],
        ["dec_1"],
        ["dec_4"],
    )
    assert found.counts["proposed"] == 4
    assert found.plays == {"send-case-study": 4}


def test_the_reason_of_a_rejection_is_a_label_where_it_says_what_was_bad() -> None:
    def rejected(number: int, why: str) -> Decision:
        ask: dict[str, Any] = {
            "needed_role": "r",
            "asked": ["a@x.example"],
            "expires_at": NOW,
            "answered_by": "a@x.example",
            "answer": "reject",
            "at": NOW,
        }
        records = [ApprovalRecord(id="a", state="rejected", reason=why, **ask)]
        return decision(number, approvals=records, candidates=[candidate(play="follow-up-content")])

    found = pack(rejected(1, "repetitive"), rejected(2, "handled_already"), reviews=(Reviewed("dec_1", "b@x.example", "good", "", NOW),))
    assert found.labels == {"repetitive": 1, "good": 1}
    [case] = found.cases["labelled"]
    assert [(said.label, said.area, bool(said.knobs)) for said in case.labels] == [("repetitive", "pause", True), ("good", None, False)]


def test_one_bad_label_outweighs_good_ones() -> None:
    good = Reviewed("dec_1", "a@x.example", "good", "", NOW)
    assert verdicts([good, replace(good, by="b", label="irrelevant"), replace(good, by="c"), replace(good, decision_id="dec_2")]) == {
        "dec_1": False, "dec_2": True,
    }  # fmt: skip


def test_a_sample_is_the_same_each_time_whatever_came_first() -> None:
    all_of_them = [decision(number, created_at=NOW + number * SECOND) for number in range(50)]
    drawn = [one.id for one in sampled(all_of_them, 20)]
    assert (len(drawn), [one.id for one in sampled(reversed(all_of_them), 20)]) == (20, drawn)
    assert drawn != [one.id for one in all_of_them[:20]]
    assert set(drawn) > {one.id for one in sampled(all_of_them, 10)}
    assert len(sampled(all_of_them[:3], 20)) == 3


def answers(people: int, each: int, after: timedelta, state: str = "approved") -> dict[str, list[Approval]]:
    asks = [(who, n) for who in range(people) for n in range(each)]
    return {f"dec_{who}_{n}": [answered(approval(), state, who=f"p{who}@x.example", at=NOW + after)] for who, n in asks}


def test_teams_of_few_people_have_no_figures() -> None:
    [team] = teams_of(answers(4, 10, SECOND))
    assert (team.people, team.answers, team.approved, team.rubber_stamps) == (4, 40, None, ())
    [team] = teams_of(answers(5, 2, timedelta(minutes=5)))
    assert (team.people, team.approved, team.unedited, team.at_once, team.rubber_stamps) == (5, 10, 10, 0, ())


def test_approving_at_once_by_one_hand_and_never_editing_are_signs_of_a_rubber_stamp() -> None:
    asked = answers(5, 1, SECOND) | {f"more_{n}": [answered(approval(), who="p1@x.example", at=NOW + SECOND)] for n in range(35)}
    [team] = teams_of(asked)
    assert len(team.rubber_stamps) == 3
    open_or_expired = {"a": [approval()], "b": [replace(approval(), state="expired")]}
    assert teams_of(open_or_expired) == ()


def test_a_week_is_an_iso_week_in_utc() -> None:
    assert week_of("2026-W01") == (datetime(2025, 12, 29, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC))
    assert week_before(datetime(2026, 1, 5, tzinfo=UTC)) == "2026-W01"


@pytest.mark.parametrize("text", ["", "2026", "2026-47", "2026-W00", "2026-W54", "x-Wy", "99999-W01"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        week_of(text)
