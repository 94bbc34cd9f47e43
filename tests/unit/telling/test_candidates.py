"""The funnel from all candidates to one."""

from datetime import timedelta

from integrations.telling.candidates import stages
from integrations.telling.case import Case
from integrations.telling.standing import undoable_until
from tests.unit.cli.made import AT, candidate, decision, nothing, suppressed


def test_the_funnel_narrows_to_the_chosen_one_and_says_what_took_the_others_away() -> None:
    told = stages(Case(decision(), AT))
    assert [(stage.label, stage.count) for stage in told] == [("possible", 14), ("not forbidden", 2), ("worth more than nothing", 2), ("chosen", 1)]
    assert told[1].note == "rules forbid 12; 1 need a person; 1 have to wait"


def test_where_nothing_is_chosen_it_ends_at_none_and_says_why() -> None:
    poor = candidate("a", "make-offer", "allow", -5.0)
    told = stages(Case(decision(candidates=[poor, nothing()], choice=None, route="none", proposal=None), AT))
    assert [stage.count for stage in told] == [1, 1, 0, 0]
    assert told[-1].note.startswith("open-escalation")
    assert [stage.count for stage in stages(Case(suppressed(), AT))] == [0, 0, 0, 0]


def test_what_is_required_counts_whatever_it_is_worth() -> None:
    required = candidate("a", "make-offer", "allow", -5.0, required=True)
    assert stages(Case(decision(candidates=[required, nothing()], choice="a"), AT))[2].count == 1


def test_a_decision_can_be_undone_while_every_step_is_planned_for_later() -> None:
    soon = AT + timedelta(minutes=1)
    planned = decision().actions[0].model_copy(update={"state": "planned", "not_before": soon})
    assert undoable_until(decision(actions=[planned]), AT) == soon
    assert undoable_until(decision(actions=[planned]), soon) is None
    assert undoable_until(decision(actions=[planned, decision().actions[0]]), AT) is None
    assert undoable_until(decision(actions=[]), AT) is None
