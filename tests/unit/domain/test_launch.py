from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.domain.decision import ApprovalRecord, ClauseRecord, ConfidenceRecord, Decision, RuleRecord, SensitiveRecord, reason
from agent.domain.evidence import Team
from agent.domain.launch import Answer, EvalResults, Measured, answering, complete, endorsed, hangs_on_unknown, harmless, owned, safe, stoppable, sure
from agent.domain.model import Calibration, Model
from agent.domain.modes import Friction
from agent.domain.plays import Goal, Guardrail, LaunchLimits
from agent.domain.rules import RuleCase
from tests.unit.db.build import NOW, candidate, decision
from tests.unit.domain.building import person, play, playbook, rule, surface

OWNER = play().owner.casefold()
USUAL = LaunchLimits()
MODEL = Model("m", {}, {"content": Calibration(0.0, 3.0, 60)})


def unseen(effect: str = "forbid", result: Any = "missing") -> RuleRecord:
    return RuleRecord("r", effect, "consent", matched=True, clauses=[ClauseRecord("c", result, "says", {})])


def answered(number: int, state: str = "approved", why: str | None = None, asked: list[str] | None = None) -> Decision:
    ask = ApprovalRecord(
        id=f"a{number}", state=state, asked=["bo@x.example"] if asked is None else asked, needed_role="r", expires_at=NOW, answered_by=None,
        answer=None, reason=why, at=None,
    )  # fmt: skip
    return decision(number, approvals=[ask])


def told_of(decisions: Sequence[Decision], limits: LaunchLimits) -> Answer:
    return complete(len(decisions), [one.id for one in decisions if hangs_on_unknown(one)], limits)


def many(count: int, **given: Any) -> list[Decision]:
    return [decision(i, **given) for i in range(count)]


def test_everything_has_an_owner_who_is_here_and_cases_that_pass() -> None:
    case = RuleCase(name="so", play="mail", matches=True)
    book = playbook(rule("true", id="tested", cases=(case,)), plays=[play()])
    on = next(iter(book.surfaces.values()))
    here = {on.owner.casefold(), OWNER, book.rules["tested"].owner.casefold()}
    assert owned(book, on, here, {}).passed
    gone = owned(book, on, here - {OWNER}, {})
    assert not gone.passed
    assert "play mail" in gone.figures["without_owner"]
    failing = owned(book, on, here, {"tested": ["so"], "elsewhere": ["x"]})
    assert (failing.passed, failing.figures["failing_cases"]) == (False, ["rule tested: so"])
    bare = playbook(rule("true", id="bare"), plays=[play()])
    assert owned(bare, on, here, {}).figures["without_cases"] == ["rule bare"]


def test_a_team_owns_while_one_of_its_members_is_here() -> None:
    ann, gone = person("Ann"), person("gone", active=False)
    teams = [Team(name, f"{name}@x.example", name, members) for name, members in {"Ops": ("gone", "Ann"), "old": ("gone",), "bare": ()}.items()]
    assert answering([ann, gone], teams) == {"ann@x.test", "ops@x.example"}


@pytest.mark.parametrize(
    "hanging",
    [
        {"reasons": [reason("fact_stale")]},
        {"candidates": [candidate(rules=[unseen("ask")])]},
        {"choice": None, "candidates": [candidate(verdict="forbid", rules=[unseen()])]},
    ],
)
def test_what_hangs_on_a_missing_fact_counts_against_the_data(hanging: dict[str, Any]) -> None:
    assert told_of(many(27) + many(3, **hanging), USUAL).passed
    found = told_of(many(26) + many(4, **hanging), USUAL)
    assert (found.passed, found.figures["hung_on_unknown"], found.examples) == (False, 4, ("dec_0", "dec_1", "dec_2"))


def test_what_is_forbidden_anyway_is_not_lost_to_the_data() -> None:
    known = unseen(result="true")
    assert told_of(many(30, choice=None, candidates=[candidate(verdict="forbid", rules=[unseen(), known])]), USUAL).passed
    assert not told_of(many(29), USUAL).passed, "too few to tell"


def test_reviewers_endorse_by_approving_as_it_stands_or_by_a_label() -> None:
    good = [answered(i) for i in range(25)]
    assert not endorsed(good, {}, USUAL).passed, "too few to tell"
    silent = [decision(100 + i) for i in range(5)]
    assert endorsed([*good, *silent], {one.id: True for one in silent}, USUAL).passed
    edited = [answered(200 + i, "edited") for i in range(25)]
    found = endorsed([*good, *edited], {}, USUAL)
    assert (found.passed, found.figures["endorsed"], found.figures["answered"]) == (False, 25, 50)
    elsewhere = [answered(300 + i, "rejected", "handled_already") for i in range(25)]
    assert endorsed([*good, *elsewhere], {}, USUAL).figures["answered"] == 25


def watching(**limit: Any) -> Any:
    return surface(outcome=Goal(metric="m", guardrails=(Guardrail(name="complaint", **limit),)))


@pytest.mark.parametrize(("delivered", "hit", "passed"), [(40, 2, True), (40, 3, False), (39, 0, False)])
def test_friction_must_be_known_and_below_the_limit(delivered: int, hit: int, passed: bool) -> None:
    on = watching(at_most=0.05, min_n=40)
    assert harmless(on, {"complaint": Friction(delivered, hit)}, {}, None).passed is passed


def test_a_demoted_surface_and_one_without_limits_do_not_pass() -> None:
    on = watching(at_most=0.05, min_n=40)
    assert not harmless(on, {"complaint": Friction(40, 0)}, {}, "complaint: 3 of 40").passed
    assert not harmless(watching(), {}, {}, None).passed


@pytest.mark.parametrize(
    ("results", "passed"),
    [
        (None, False),
        (EvalResults(0, 0, 0, "f", ("pb1",)), False),
        (EvalResults(9, 9, 0, "f", ()), False),
        (EvalResults(9, 9, 0, "f", ("pb1",)), True),
        (EvalResults(9, 8, 1, "f", ("pb1",)), False),
    ],
)
def test_no_results_are_not_zero_dangers(results: EvalResults | None, passed: bool) -> None:
    assert safe(results, "pb1").passed is passed


def test_results_of_another_playbook_prove_nothing() -> None:
    told = safe(EvalResults(9, 9, 0, "f", ("pb0", "pb1")), "pb1")
    assert (told.passed, "of the playbook pb0, and pb1 is in force" in told.says) == (False, True)


def proposals(raw: float = 0.9, **given: Any) -> list[Decision]:
    return many(
        10,
        candidates=[candidate(play="mail", kind="content")],
        confidence=ConfidenceRecord(value=None, calibrated=False, terms={"raw": raw}),
        **given,
    )


def asked_of(decisions: list[Decision], ece: float | None = 0.05) -> Answer:
    book = playbook(plays=[play(kind="content")])
    return sure(book, next(iter(book.surfaces.values())), decisions, MODEL, {"content": Measured(60, ece)})


def test_confidence_passes_where_it_is_calibrated_and_would_act_often_enough() -> None:
    assert asked_of(proposals()).passed
    assert not asked_of(proposals(), ece=0.2).passed
    assert not asked_of(proposals(), ece=None).passed
    sensitive = asked_of(proposals(sensitive=SensitiveRecord(value=True, rules=["r"])))
    assert (sensitive.passed, sensitive.figures["would_act"]) == (False, 0)
    assert not asked_of([]).passed


def test_it_can_be_undone_and_somebody_answers() -> None:
    book = playbook(plays=[play()])
    on = next(iter(book.surfaces.values()))
    minute = timedelta(minutes=1)
    assert stoppable(book, on, [answered(1)], minute).passed
    assert not stoppable(book, on, [answered(1)], timedelta(0)).passed
    assert not stoppable(book, on, [answered(1, asked=[])], minute).passed
    quiet = stoppable(book, on, [answered(1), answered(2, "expired")], minute)
    assert (quiet.passed, quiet.examples) == (False, ("dec_2",))


def test_every_limit_is_the_surface_s_own() -> None:
    """Each answer is another one right at the limit, and its sentence names the limit that was set."""
    few = LaunchLimits(decisions_at_least=4, unknown_at_most=0.25, answers_at_least=4, endorsed_at_least=0.5, why="a surface of few")
    hanging = many(1, reasons=[reason("fact_stale")])
    for others, passed in ((3, True), (2, False)):
        assert told_of(many(others) + hanging, few).passed is passed
    assert "4 are needed" in told_of(many(2), few).says
    assert "25% at most" in told_of(many(3) + hanging, few).says
    assert endorsed([answered(i) for i in range(4)], {}, few).passed
    assert "must reach 50%" in endorsed([answered(i) for i in range(4)], {}, few).says
    assert "4 are needed" in endorsed([answered(i) for i in range(3)], {}, few).says
    assert not endorsed([answered(i) for i in range(4)], {}, few.model_copy(update={"endorsed_at_least": 0.52})).passed

    bold = surface(plays=["mail"], launch={"calibration_error_at_most": 0.3, "acts_at_least": 0.05, "expired_at_most": 0.5, "why": "w"})
    book = playbook(plays=[play(kind="content")], on=bold)
    held = proposals(sensitive=SensitiveRecord(value=True, rules=["r"]))
    rarely = [*proposals()[:1], *held, *held[1:]]
    found = sure(book, bold, rarely, MODEL, {"content": Measured(60, 0.25)})
    assert (found.passed, "5% at least" in found.says) == (True, True)
    assert not sure(playbook(plays=[play(kind="content")]), surface(plays=["mail"]), rarely, MODEL, {"content": Measured(60, 0.05)}).passed
    half = [answered(1), answered(2, "expired")]
    assert stoppable(book, bold, half, timedelta(minutes=1)).passed
    assert "50% at most" in stoppable(book, bold, [*half, answered(3, "expired")], timedelta(minutes=1)).says


def test_a_surface_s_limits_go_before_the_playbook_s_and_those_before_the_defaults() -> None:
    book = replace(playbook(on=surface(launch={"answers_at_least": 50})), launch=LaunchLimits(answers_at_least=40, acts_at_least=0.2))
    limits = book.launch_of(book.surfaces["deals"])
    assert (limits.answers_at_least, limits.acts_at_least, limits.expired_at_most) == (50, 0.2, 0.2)
    assert limits.below(USUAL) == {}
    assert USUAL.below(limits) == {"answers_at_least": (30, 50), "acts_at_least": (0.1, 0.2)}
    assert LaunchLimits(unknown_at_most=0.2).below(USUAL) == {"unknown_at_most": (0.2, 0.1)}
