"""The story of a decision: on one screen, in order, and nothing that steers the terminal."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from agent.domain.decision import Decision, OutcomeRecord, reason
from integrations.cli.look import Page
from integrations.cli.story import story
from integrations.telling.words import TIMES
from tests.unit.cli.made import AT, LONG, ask, candidate, decision, fact, nothing, suppressed

NOW = AT + timedelta(days=3)
WIDTHS = (60, 80, 100, 140)


def told(given: Decision, *, width: int = 100, height: int = 50, everything: bool = False) -> str:
    """The story as text."""
    return "\n".join(line.plain for line in page_of(given, width=width, height=height, everything=everything).lines)


def words(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


def page_of(given: Decision, *, width: int = 100, height: int = 50, everything: bool = False) -> Page:
    """The story as lines."""
    return story(given, now=NOW, width=width, height=height, currency="EUR", everything=everything)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("everything", [False, True])
def test_no_line_is_wider_than_the_screen(width: int, everything: bool) -> None:
    for given in (decision(), suppressed(), decision(choice=None, route="none", proposal=None, approvals=[], actions=[])):
        assert all(line.cell_len <= width for line in page_of(given, width=width, everything=everything).lines)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_it_fits_on_one_screen(width: int) -> None:
    assert len(page_of(decision(), width=width, height=50).lines) <= 50


def test_a_high_screen_shows_more_than_a_low_one() -> None:
    assert len(page_of(decision(), height=45).lines) <= 45 < len(page_of(decision(), height=60).lines)


def test_the_sections_stand_in_the_order_in_which_things_happened() -> None:
    text = told(decision())
    titles = [
        "What happened",
        "Facts that mattered",
        "What could be done",
        "Rules that took hold",
        "Why it asks",
        "Proposal to",
        "Who was asked",
        "What was done",
        "What came of it",
        "Go on with",
    ]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


def test_the_head_says_what_it_is_and_where_it_stands() -> None:
    first, second, third = told(decision()).splitlines()[:3]
    assert first.split() == [
        "ASKS",
        "A",
        "PERSON",
        "dec_0123456789ab",
        "deal-follow-up",
        "(suggest)",
        "Brennecke",
        "Maschinenbau",
        "GmbH",
        "·",
        "acc_001",
    ]
    assert second == "Make offer  →  Julia Brandt by email"
    assert third == "Only 1 of 2 steps done: the CRM refused it."


def test_an_open_ask_says_who_must_answer_until_when_and_how() -> None:
    text = told(decision(approvals=[ask("deal_owner", "open")], actions=[], outcome=None))
    assert "Waits until 2026-11-23 18:00 UTC for an answer by eva@tessera.example." in text
    assert "nextplay answer dec_0123456789ab approve --as eva@tessera.example" in text


def test_planned_steps_can_be_undone() -> None:
    planned = decision().actions[0].model_copy(update={"state": "planned", "not_before": AT + timedelta(minutes=31)})
    text = told(decision(actions=[planned], outcome=None))
    assert "Will be done at 2026-11-23 10:31 UTC; until then it can be undone." in text
    assert "nextplay answer dec_0123456789ab undo --as EMAIL" in text


def test_an_unknown_effect_calls_for_a_person() -> None:
    unknown = decision().actions[0].model_copy(update={"state": "unknown"})
    assert "A person must look: it is not repeated." in told(decision(actions=[unknown]))


def test_facts_show_value_source_age_and_what_cannot_be_relied_on() -> None:
    lines = told(decision()).splitlines()
    stale = next(line for line in lines if "share of seats in use" in line)
    missing = next(line for line in lines if line.strip().startswith("an executive escalation is open"))
    assert stale.split() == ["share", "of", "seats", "in", "use", "0.421", "usage", "12", "d", "old", "STALE"]
    assert "not known" in missing
    assert "just read" not in missing
    assert "MISSING" in missing
    assert any(line.split()[:4] == ["deal", "amount", "48,000", "EUR"] for line in lines)


def test_where_everything_is_wanted_facts_and_reasons_have_the_names_that_rules_and_scripts_use() -> None:
    lines = [line.split() for line in told(decision(), everything=True).splitlines()]
    assert any(line[:3] == ["deal.amount", "48,000", "EUR"] for line in lines)
    assert "[family.open_p1_tickets = 1]" in words(told(decision(), everything=True))
    assert any(line and line[0] == "ask_rule" for line in lines)


def test_the_story_names_no_code() -> None:
    """Ids, the names of rules, addresses and the commands stay: they are typed or looked up."""
    why = {"answered_by": "eva@tessera.example", "reason": "poorly_timed", "routing": "asked as deal_desk"}
    came = {
        "exposure": "not_exposed",
        "result": "lost",
        "metric": "deal.advanced",
        "value": 1,
        "at": AT,
        "guardrails": ["low_csat"],
        "attribution": None,
    }
    made = decision(approvals=[ask("sales_manager", "rejected", **why)], outcome=OutcomeRecord.model_validate(came))
    proposal = made.proposal
    assert proposal is not None
    made = made.model_copy(update={"proposal": proposal.model_copy(update={"params": {"discount_pct": 12, "refund": 40}})})
    text = told(made, width=140, height=80)
    for said in ("Deal stage changed: deal deal_001", "discount: 12%, refund: 40 EUR", "poorly timed", "deal advanced 1", "low csat", "as deal desk"):
        assert said in text
    assert set(re.findall(r"[a-z]+(?:[._][a-z]+)+", text)) == {"tessera.example"}


def test_only_facts_that_mattered_are_shown_unless_all_are_wanted() -> None:
    assert "asset title-7" not in told(decision())
    assert "asset.title-7" in told(decision(), everything=True)
    assert "of 48, as old as they were" in told(decision())


def test_the_funnel_counts_what_the_rules_left() -> None:
    assert "14 candidates: 1 ask, 1 later, 12 forbidden" in told(decision())


def test_similar_candidates_are_one_row_with_a_count_and_one_reason() -> None:
    text = told(decision())
    assert text.count("Send content") == 1
    assert f"12 {TIMES} Send content" in text
    assert text.count("allowed if the P1 were closed") == 1
    assert told(decision(), everything=True).count("Send content") == 12


def test_the_chosen_candidate_is_marked_and_its_value_explained() -> None:
    line = next(line for line in told(decision()).splitlines() if "▶" in line)
    assert "Make offer" in line
    assert "1,240" in line
    assert f"chosen: +10 points of chance {TIMES} 9,600 - 6 always {TIMES} fit 1.3 = 1,240 EUR" in told(decision())
    assert "fits: the deal has been quiet (+0.3)" in told(decision())


def test_a_loser_is_compared_with_the_chosen_one() -> None:
    assert "ranked below the chosen one: expected value 300 EUR against 1,240 EUR" in told(decision())


def test_long_titles_are_cut() -> None:
    assert LONG not in told(decision(), width=80)
    assert "a title that goes on" in told(decision(), width=80)


def test_rules_show_the_values_they_read() -> None:
    text = words(told(decision()))
    assert "no-selling-during-open-p1: the account family has an open P1 ticket (number of open P1 tickets in the account family: 1)" in text
    assert "(an executive escalation is open with the account: not known)" in text
    assert "opted-out" not in text


def test_a_known_absence_is_not_called_unknown() -> None:
    clauses = [replace(decision().candidates[0].rules[0].clauses[0], values={"deal.objection": None})]
    rule = replace(decision().candidates[0].rules[0], clauses=clauses)
    given = decision(candidates=[candidate("c", "send-content", "forbid", 1.0, rules=[rule]), nothing()], choice=None)
    assert "(objection: none)" in words(told(given))


def test_the_content_is_cut_to_the_screen_and_whole_on_demand() -> None:
    assert "line 29 of the offer" not in told(decision())
    assert "more lines: --all shows them" in told(decision())
    assert "line 29 of the offer" in told(decision(), everything=True)


def test_what_had_changed_is_shown_with_the_ask() -> None:
    text = told(decision(approvals=[ask("deal_owner", "open", difference=["the discount is 15 instead of 12"])]))
    assert "what had changed: the discount is 15 instead of 12" in text


def test_the_outcome_is_told_with_its_guardrails() -> None:
    assert "delivered, converted: deal advanced 1, guardrails: complaint, primary, 2026-11-25 10:00 UTC (24 h ago)" in told(decision(), width=140)


def test_an_event_that_starts_no_work_has_a_short_story() -> None:
    text = told(suppressed())
    assert "The event is the echo of our own effect." in text
    assert "What could be done" not in text
    assert len(text.splitlines()) < 12


@pytest.mark.parametrize("route", ["act", "ask", "deferred", "none", "shadow", "holdout", "suppressed"])
def test_every_route_has_words(route: str) -> None:
    assert told(decision(route=route, reasons=[reason("shadow")]))


def test_without_a_terminal_there_are_no_colour_codes_and_with_one_there_are() -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    page_of(decision()).show(Console(file=plain, width=100))
    page_of(decision()).show(Console(file=coloured, width=100, force_terminal=True, color_system="standard"))
    assert "\x1b[" not in plain.getvalue()
    assert "\x1b[" in coloured.getvalue()
    assert plain.getvalue().splitlines() == [line.plain for line in page_of(decision()).lines]


def test_foreign_text_cannot_steer_the_terminal() -> None:
    evil = "a\x1b[2J\x1b]0;pwned\x07b\u202ec\x9b31md\r\ne"
    chosen = decision().candidates[12].model_copy(update={"title": evil, "counterfactual": evil})
    given = decision(
        facts=[fact("account.name", evil), fact("deal.amount", evil)],
        candidates=[chosen, candidate("x", "other", "forbid", 1.0, title=evil, counterfactual=evil, rules=[])],
        reasons=[reason("ask_rule", evil)],
        proposal=decision().proposal.model_copy(update={"content": {"subject": evil, "body": evil}, "notes": [evil]}),  # type: ignore[union-attr]  # it has one
        approvals=[ask("deal_owner", "rejected", answered_by=evil, note=evil, difference=[evil])],
    )
    for everything in (False, True):
        lines = page_of(given, everything=everything).lines
        assert all(line.plain.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": None}, "delivered, converted: deal advanced, guardrails"),
        ({"exposure": "not_taken", "result": None, "metric": None, "value": None, "guardrails": [], "attribution": None}, "not taken, 2026"),
        ({"result": None, "metric": None, "value": None}, "delivered, result not known yet, guardrails"),
    ],
)
def test_a_result_is_told_without_a_figure_and_only_waited_for_where_something_arrived(changes: dict[str, Any], said: str) -> None:
    made = decision()
    assert made.outcome is not None
    assert said in told(made.model_copy(update={"outcome": made.outcome.model_copy(update=changes)}), width=140)
