"""What is told from text that anybody may write can hold back, ask and call for help, and unlock nothing."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.unit.playbook.folders import findings, messages, play, rule, surface, when

DESK = surface(
    id="desk", area="support", subject="ticket", answers_customer=True, trigger={"types": ["ticket.created"]}, plays=["reply", "note", "help"],
)  # fmt: skip
REPLY = play(
    id="reply", kind="reply", purpose="service", channels=["ticket"], steps=[{"do": "ticket_comment", "public": True}], value="10.0", unit="minutes",
    disclosure=True, outcome={"event": "ticket.solved", "window": "3d"}, content={"subject": {"en": "Re"}, "body": {"en": "Prepared automatically"}},
)  # fmt: skip
NOTE = {
    **REPLY, "id": "note", "kind": "note", "reach": "internal", "channels": ["internal"], "steps": [{"do": "ticket_comment", "public": False}],
    "risk": "low", "disclosure": False,
}  # fmt: skip
HELP = {**NOTE, "id": "help", "kind": "help", "protective": True}


def said(folder: Path, *, plays: Any = None, **changes: Any) -> str:
    """What the lint says of errors about untrusted text."""
    usual = {"id": "r", "applies_to": {"plays": ["reply"]}, "layer": "suitability", "cases": []}
    found = findings(folder, surfaces=[DESK], plays=[deepcopy(one) for one in plays or [REPLY, NOTE, HELP]], rules=[rule(**{**usual, **changes})])
    return messages([one for one in found if one.severity == "error"])


@pytest.mark.parametrize(
    "changes",
    [
        {"effect": "forbid", "when": when("triage.automatic")},
        {"effect": "forbid", "when": when('triage.kind == "refund"', 'ticket.priority != "p1"')},
        {"effect": {"kind": "ask", "of": ["support_lead"]}, "when": when("triage.out_of_scope || triage.disputed")},
        {"effect": {"kind": "ask", "of": ["support_lead"]}, "when": when("size(triage.severity) > 0")},
        {"effect": {"kind": "defer", "until": "after:2h"}, "when": when("triage.upset")},
        {"effect": {"kind": "require", "of": ["help"]}, "applies_to": {"surfaces": ["desk"]}, "when": when("size(ticket.safety_words) > 0")},
    ],
)
def test_a_text_may_hold_back_ask_and_call_for_help(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert said(tmp_path, **changes) == ""


@pytest.mark.parametrize(
    ("cel", "shown"),
    [
        ('triage.kind != "refund"', "triage.kind is 'refund'"),
        ("!triage.automatic", "triage.automatic is True"),
        ("triage.kind_chance < 0.5", "triage.kind_chance is 0.5"),
        ("size(triage.severity) == 0", "triage.severity is"),
        ('ticket.priority == "p3" && !triage.out_of_scope', "triage.out_of_scope is True"),
        ("size(ticket.safety_words) < 1", "ticket.safety_words is"),
        ("!group.handles_product", "group.handles_product is True"),
    ],
)
@pytest.mark.parametrize("effect", ["forbid", {"kind": "ask", "of": ["support_lead"]}])
def test_a_text_cannot_keep_a_rule_from_holding(tmp_path: Path, cel: str, shown: str, effect: Any) -> None:
    assert f"a text could keep this rule from holding ({shown}" in said(tmp_path, effect=effect, when=when(cel))


def test_a_text_cannot_keep_help_away(tmp_path: Path) -> None:
    required = {"effect": {"kind": "require", "of": ["help"]}, "applies_to": {"surfaces": ["desk"]}}
    assert "a text could keep this rule from holding" in said(tmp_path, **required, when=when('ticket.priority == "p1" && !triage.automatic'))
    held = said(tmp_path, effect="forbid", applies_to={"surfaces": ["desk"]}, when=when("triage.automatic"))
    assert "a text could hold back 'help', which protects" in held


@pytest.mark.parametrize(
    "effect",
    [
        {"kind": "boost", "factor": 1.5},
        {"kind": "cap", "limit": 1, "per": "7d"},
        {"kind": "cooldown", "per": "7d", "of": ["rejected"]},
    ],
    ids=lambda effect: str(effect["kind"]),
)
def test_nothing_else_can_hang_on_a_text(tmp_path: Path, effect: Any) -> None:
    kind = effect["kind"]
    assert f"so a {kind} cannot hang on it; only forbid, ask, defer, require may" in said(tmp_path, effect=effect, when=when("triage.upset"))


@pytest.mark.parametrize(
    "changes",
    [
        {"fits": [{"id": "f", "cel": 'triage.kind == "refund"', "weight": 0.3, "says": "it is one"}]},
        {"value": 'triage.kind == "refund" ? 20.0 : 1.0'},
        {"prior": {"with": "triage.kind_chance", "without": "0.1"}},
        {"fits": [{"id": "f", "cel": "group.handles_product", "weight": 0.3, "says": "it is theirs"}]},
    ],
)
@pytest.mark.parametrize("sensitive", [{}, {"reach": "internal", "channels": ["internal"], "risk": "medium"}, {"max_mode": "suggest"}])
def test_no_text_speaks_for_a_play_that_a_customer_sees_sells_or_risks_something(
    tmp_path: Path, changes: dict[str, Any], sensitive: dict[str, Any]
) -> None:  # fmt: skip
    found = said(tmp_path, plays=[{**REPLY, **sensitive, **changes}, NOTE, HELP], when=when("ticket.reopened"))
    assert "it cannot speak for a play that a customer sees, sells, or risks something" in found


def test_a_text_may_speak_for_a_note_to_colleagues(tmp_path: Path) -> None:
    fits = [{"id": "f", "cel": 'triage.kind == "bug"', "weight": 0.3, "says": "it is one"}]
    assert said(tmp_path, plays=[REPLY, {**NOTE, "fits": fits}, HELP], when=when("ticket.reopened")) == ""


def test_no_text_fills_a_parameter(tmp_path: Path) -> None:
    params = {"what": {"type": "text", "default": "", "from": "triage.kind", "about": "what"}}
    found = said(tmp_path, plays=[REPLY, {**NOTE, "params": params}, HELP], when=when("ticket.reopened"))
    assert "'triage.kind' is told from text that anybody may write, so it cannot fill a parameter" in found
