from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.records import Reviewed, verdicts
from agent.errors import InvalidInput
from agent.listing import Answered, Fared
from agent.playbook.loader import DEFAULT, load
from agent.reviewing import case_of, parts_of, sampled, teams_of, week_before, week_of
from tests.unit.db.build import NOW, candidate, decision

BOOK = load(DEFAULT)
SECOND = timedelta(seconds=1)


def fared(number: int, result: str | None = None, *friction: str, delivered: bool = True, **given: Any) -> Fared:
    return Fared(
        **{"id": f"dec_{number}", "play": "send-case-study", "route": "ask", "delivered": delivered, "result": result, "friction": friction, **given}
    )


def ids(found: dict[str, tuple[Fared, ...]], part: str) -> list[str]:
    return [one.id for one in found[part]]


def test_a_decision_stands_in_each_part_that_it_belongs_to() -> None:
    found = parts_of([
        fared(1, "converted", "complaint"), fared(2, "ignored"), fared(3, "converted", delivered=False), fared(4, None, "overridden"),
        fared(5, play=None),
    ])  # fmt: skip
    assert {name: ids(found, name) for name in ("converted", "ignored", "friction", "overridden", "labelled")} == {
        "converted": ["dec_1"], "ignored": ["dec_2"], "friction": ["dec_1"], "overridden": ["dec_4"], "labelled": [],
    }  # fmt: skip
    assert ids(found, "proposed") == ["dec_1", "dec_2", "dec_3", "dec_4"]


def test_a_bad_label_names_what_to_turn() -> None:
    bad, good = (Reviewed("dec_1", "b@x.example", label, "", NOW) for label in ("repetitive", "good"))
    made = decision(1, candidates=[candidate(play="follow-up-content")])
    case = case_of({"dec_1": made}, fared(1, said=(bad, good)), BOOK)
    assert [(said.label, said.area, bool(said.knobs)) for said in case.labels] == [("repetitive", "pause", True), ("good", None, False)]


def test_one_bad_label_outweighs_good_ones() -> None:
    good = Reviewed("dec_1", "a@x.example", "good", "", NOW)
    assert verdicts([good, replace(good, by="b", label="irrelevant"), replace(good, by="c"), replace(good, decision_id="dec_2")]) == {
        "dec_1": False, "dec_2": True,
    }  # fmt: skip


def test_a_sample_is_the_same_each_time_whatever_came_first() -> None:
    all_of_them = [fared(number) for number in range(50)]
    drawn = [one.id for one in sampled(all_of_them, 20)]
    assert (len(drawn), {one.id for one in sampled(reversed(all_of_them), 20)}) == (20, set(drawn))
    assert drawn != [one.id for one in all_of_them[:20]]
    assert set(drawn) > {one.id for one in sampled(all_of_them, 10)}
    assert len(sampled(all_of_them[:3], 20)) == 3


def answers(people: int, each: int, after: timedelta) -> list[Answered]:
    return [answered(who, after) for who in range(people) for _ in range(each)]


def answered(who: int, after: timedelta) -> Answered:
    return Answered("deal_owner", f"p{who}@x.example", "approved", NOW, NOW + after)


def test_teams_of_few_people_have_no_figures() -> None:
    [team] = teams_of(answers(4, 10, SECOND))
    assert (team.people, team.answers, team.approved, team.rubber_stamps) == (4, 40, None, ())
    [team] = teams_of(answers(5, 2, timedelta(minutes=5)))
    assert (team.people, team.approved, team.unedited, team.at_once, team.rubber_stamps) == (5, 10, 10, 0, ())


def test_approving_at_once_by_one_hand_and_never_editing_are_signs_of_a_rubber_stamp() -> None:
    [team] = teams_of([*answers(5, 1, SECOND), *(answered(1, SECOND) for _ in range(35))])
    assert len(team.rubber_stamps) == 3
    assert teams_of([]) == ()


def test_a_week_is_an_iso_week_in_utc() -> None:
    assert week_of("2026-W01") == (datetime(2025, 12, 29, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC))
    assert week_before(datetime(2026, 1, 5, tzinfo=UTC)) == "2026-W01"


@pytest.mark.parametrize("text", ["", "2026", "2026-47", "2026-W00", "2026-W54", "x-Wy", "99999-W01"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        week_of(text)
