"""The lint finds what it promises to find, where it stands, and nothing in a sound playbook."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.playbook.cases import failed_cases
from agent.playbook.findings import Finding
from agent.playbook.lint import check, lint
from agent.playbook.loader import DEFAULT, STARTER, load
from tests.unit.playbook.folders import built, findings, messages, play, rule, surface, when, write


def only(found: list[Finding], part: str) -> Finding:
    """The one finding that says this."""
    fitting = [one for one in found if part in one.message]
    assert len(fitting) == 1, messages(found)
    return fitting[0]


def test_a_sound_playbook_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize("folder", [DEFAULT, STARTER])
def test_what_ships_has_no_findings_even_when_cases_are_required(folder: Path) -> None:
    assert lint(load(folder), cases_required=True) == []
    assert check(folder) == []


def test_an_unknown_fact_is_named_with_the_nearest_one_and_its_line(tmp_path: Path) -> None:
    found = only(findings(tmp_path, rules=[rule(when=when('deal.stgae == "won"'))]), "deal.stgae")
    assert (found.severity, found.kind, found.id, found.clause) == ("error", "rule", "closed", "c0")
    assert "did you mean deal.stage?" in found.message
    line = (tmp_path / "rules" / "all.yaml").read_text().splitlines()[(found.line or 0) - 1]
    assert (found.file, "stgae" in line) == ("rules/all.yaml", True)


@pytest.mark.parametrize(
    ("cel", "hint"),
    [
        ("stage == 'won'", "did you mean deal.stage?"),
        ("dael.stage == 'won'", "did you mean deal.stage?"),
        ("deal == 'won'", "'deal' must be followed by a field, such as deal.id"),
        ("zebra.crossing == 'won'", "nextplay playbook show --facts"),
    ],
)
def test_names_that_are_no_facts(tmp_path: Path, cel: str, hint: str) -> None:
    assert hint in messages(findings(tmp_path, rules=[rule(when=when(cel))]))


def test_a_name_inside_a_text_is_no_fact(tmp_path: Path) -> None:
    assert findings(tmp_path, rules=[rule(when=when('deal.interest == "deal.nonsense"'), cases=[])]) == findings(
        tmp_path, rules=[rule(when=when('deal.interest == "other"'), cases=[])]
    )


def test_a_loop_variable_is_no_fact(tmp_path: Path) -> None:
    cel = "account.products.exists(one, one == 'flow')"
    assert findings(tmp_path, rules=[rule(when=when(cel))]) == []


def test_a_list_walked_inside_another_is_refused(tmp_path: Path) -> None:
    cel = "account.products.exists(a, account.products.exists(b, a == b))"
    assert "walked inside another" in messages(findings(tmp_path, rules=[rule(when=when(cel))]))


def test_two_lists_side_by_side_are_fine(tmp_path: Path) -> None:
    cel = "account.products.exists(a, a == 'x') || account.products.exists(b, b == 'y')"
    assert findings(tmp_path, rules=[rule(when=when(cel))]) == []


@pytest.mark.parametrize(
    "cel",
    [
        "account.tier > 3",
        "account.arr * 2 > 5.0",
        "account.arr",
        "account.arr > 1.0 && account.name",
        "shout(account.name) == 'A'",
        "'flow' in account.name",
    ],
)
def test_conditions_that_fail_on_values_of_the_right_type(tmp_path: Path, cel: str) -> None:
    found = only(findings(tmp_path, rules=[rule(when=when(cel))]), "compare like with like")
    assert found.severity == "error"


@pytest.mark.parametrize("value", ["deal.amount * 2", "deal.stage", "deal.amount > 3.0", "deal.deleted ? 1.0 : 'much'"])
def test_amounts_that_give_no_number(tmp_path: Path, value: str) -> None:
    assert only(findings(tmp_path, plays=[play(value=value)]), "gives no number").clause == "value"


def test_whole_numbers_may_be_compared_with_and_stated(tmp_path: Path) -> None:
    assert findings(tmp_path, plays=[play(cost_always=5)], rules=[rule(when=when("deal.amount >= 5"))]) == []


@pytest.mark.parametrize(
    "cel",
    [
        "false",
        "deal.amount > 5.0 && deal.amount < 3.0",
        'deal.amount == "big"',
        'deal.stage == "won" && deal.stage == "lost"',
    ],
)
def test_a_clause_that_can_never_be_true(tmp_path: Path, cel: str) -> None:
    found = only(findings(tmp_path, rules=[rule(when=when(cel))]), "can never fire")
    assert (found.severity, found.clause) == ("error", "c0")


def test_clauses_that_contradict_each_other(tmp_path: Path) -> None:
    rules = [rule(when=when("deal.amount > params.x", "account.arr > 1.0", "deal.amount < 3.0"), params={"x": 5})]
    found = only(findings(tmp_path, rules=rules), "contradict")
    assert "'c0' and 'c2'" in found.message


@pytest.mark.parametrize(
    "clauses",
    [
        ("deal.amount > 3.0", "deal.amount < 5.0"),
        ("deal.amount >= 3.0", "deal.amount <= 3.0"),
        ('deal.objection in ["", null]',),
        ('deal.stage in ["won", "lost"] || deal.deleted',),
        ("size(account.products) > 0", "'flow' in account.products"),
        ("has(deal.amount) ? deal.amount > 3.0 : account.arr > 3.0",),
        ("account.arr > deal.amount",),
    ],
)
def test_clauses_that_can_hold_together(tmp_path: Path, clauses: tuple[str, ...]) -> None:
    assert findings(tmp_path, rules=[rule(when=when(*clauses))]) == []


def test_what_cannot_be_settled_is_only_a_warning(tmp_path: Path) -> None:
    found = only(findings(tmp_path, rules=[rule(when=when('deal.name.matches("^x{7}y$")'))]), "can never fire")
    assert found.severity == "warning"


def test_a_disabled_rule_may_be_impossible(tmp_path: Path) -> None:
    assert findings(tmp_path, rules=[rule(when=when("false"), enabled=False)]) == []


def test_a_word_that_a_fact_never_has(tmp_path: Path) -> None:
    found = only(findings(tmp_path, rules=[rule(when=when('deal.stage == "Won"'))]), "never 'Won'")
    assert (found.severity, "contract_sent" in found.message) == ("warning", True)


@pytest.mark.parametrize("cel", ['account.tier == "platinum"', 'account.tier in ["gold", "silver"]', 'ticket.priority == "P1"'])
def test_a_word_that_a_fact_never_has_means_that_the_rule_can_never_fire(tmp_path: Path, cel: str) -> None:
    found = only(findings(tmp_path, rules=[rule(when=when(cel), cases=[])]), "can never be true")
    assert (found.severity, found.clause, found.line is not None) == ("error", "c0", True)


@pytest.mark.parametrize(
    "cel", ['account.tier in ["gold", "smb"]', 'account.tier != "gold"', 'contract.support_tier == "gold"', "deal.stage in asset.stages"]
)
def test_where_another_word_fits_the_rule_can_fire(tmp_path: Path, cel: str) -> None:
    found = findings(tmp_path, rules=[rule(when=when(cel), cases=[])])
    assert "can never be true" not in messages(found)


@pytest.mark.parametrize(
    ("cel", "params", "severity"),
    [
        ("account.health > 150", {}, "warning"),
        ("account.health < params.low", {"low": -1}, "warning"),
        ("usage.adoption >= 30.0", {}, "warning"),
        ("account.health > 100 || account.health < params.low", {"low": 0}, None),
        ("usage.seat_use > 1.5", {}, None),
    ],
)
def test_a_number_off_the_scale_of_a_fact(tmp_path: Path, cel: str, params: dict[str, Any], severity: str | None) -> None:
    found = findings(tmp_path, rules=[rule(when=when(cel), params=params, cases=[])])
    assert [one.severity for one in found if "off that scale" in one.message] == ([severity] if severity else [])


def test_a_rule_that_ended_long_ago_is_found_where_the_day_is_known(tmp_path: Path) -> None:
    folder = write(tmp_path, rules=[rule(until="2026-10-01")])
    assert [only(check(folder, today=day), "it ended on 2026-10-01").severity for day in (date(2026, 11, 2),)] == ["warning"]
    assert check(folder) == check(folder, today=date(2026, 10, 20)) == []


def test_a_play_cannot_be_required_where_the_surface_has_it_not(tmp_path: Path) -> None:
    plays = [play(), play(id="rescue", protective=True)]
    surfaces = [surface(), surface(id="renewals", trigger={"types": ["deal.won"]}, plays=["nudge", "rescue"])]
    required = rule(effect={"kind": "require", "of": ["rescue"]})
    found = only(findings(tmp_path, surfaces=surfaces, plays=plays, rules=[required]), "does not have that play")
    assert (found.severity, "'deals'" in found.message, "'renewals'" in found.message) == ("error", True, False)
    limited = {**required, "applies_to": {"surfaces": ["renewals"]}}
    assert "does not have" not in messages(findings(tmp_path, surfaces=surfaces, plays=plays, rules=[limited]))


def test_words_in_lists_and_parameters_are_looked_at_too(tmp_path: Path) -> None:
    clauses = when('deal.stage in ["won", "gone"]', "account.tier in params.tiers", 'event.type == "deal.slient"')
    text = messages(findings(tmp_path, rules=[rule(when=clauses, params={"tiers": ["gold"]})]))
    assert "deal.stage is never 'gone'" in text
    assert "account.tier is never 'gold'" in text
    assert "event.type is never 'deal.slient'; it can be deal.silent" in text


def test_a_rule_that_looks_at_nothing(tmp_path: Path) -> None:
    rules = [rule(applies_to={"reach": "internal"})]
    assert only(findings(tmp_path, rules=rules), "fits no play of any surface").path == ("applies_to",)
    assert not any("fits no play" in f.message for f in findings(tmp_path, rules=[{**rules[0], "enabled": False}]))


def test_facts_are_not_asked_for_where_they_cannot_exist(tmp_path: Path) -> None:
    rules = [rule(when=when('ticket.priority == "p1"'), on_missing="forbid", cases=[])]
    found = only(findings(tmp_path, rules=rules), "always forbid")
    assert "ticket.* is never known for 'nudge' on 'deals'" in found.message
    assert "can never fire" in messages(findings(tmp_path, rules=[{**rules[0], "on_missing": "skip"}]))


def test_facts_that_exist_for_some_candidates_only_are_a_warning(tmp_path: Path) -> None:
    second = surface(id="accounts", subject="account", trigger={"types": ["usage.dropped"]})
    second["review"] = {**second["review"], "approver": "account_owner"}
    plays = [play(value="1.0")]
    found = only(findings(tmp_path, surfaces=[surface(), second], plays=plays), "limit applies_to")
    assert (found.severity, "on 'accounts'" in found.message) == ("warning", True)


def test_a_play_that_can_never_be_valued(tmp_path: Path) -> None:
    found = only(findings(tmp_path, plays=[play(value="asset.strength * 5.0")]), "never be valued")
    assert "asset.*" in found.message


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"surfaces": [surface(plays=["nudge", "nugde"])]}, "there is no play 'nugde'; did you mean nudge?"),
        ({"rules": [rule(applies_to={"surfaces": ["deal"]})]}, "there is no surface 'deal'; did you mean deals?"),
        ({"rules": [rule(applies_to={"kinds": ["nugde"]})]}, "there is no kind of play 'nugde'"),
        ({"rules": [rule(effect={"kind": "ask", "of": ["boss"]})]}, "there is no role 'boss'"),
        ({"rules": [rule(effect={"kind": "forbid", "of": ["billing"]})]}, "'of' means nothing"),
        (
            {"plays": [play(approver="deal_ownr")]},
            "nobody may approve: there is no role 'deal_ownr'; did you mean deal_owner?",
        ),
        ({"plays": [play(steps=[{"do": "crm_task", "title": "t", "assignee": "csn"}])]}, "there is no role 'csn'"),
        ({"plays": [play(answers=["deal.silnt"])]}, "there is no event of its surfaces 'deal.silnt'; did you mean deal.silent?"),
        (
            {"plays": [play(params={"n": {"type": "number", "default": 0, "from": "deal.discount"}})]},
            "there is no fact 'deal.discount'",
        ),
        ({"plays": [play(), play(id="spare")]}, "it is on no surface"),
        ({"surfaces": [surface(), surface(id="more")]}, "the event deal.silent also triggers 'deals'"),
        ({"rules": [rule(cases=[{"name": "x", "play": "nugde", "matches": True}])]}, "there is no play 'nugde'"),
        (
            {"rules": [rule(cases=[{"name": "x", "play": "nudge", "facts": {"deal.sage": 1}, "matches": True}])]},
            "there is no fact 'deal.sage'",
        ),
        (
            {"rules": [rule(cases=[{"name": "x", "play": "nudge", "facts": {"deal.amount": "5"}, "matches": True}])]},
            "'deal.amount' is a number; found '5'",
        ),
        (
            {"rules": [rule(cases=[{"name": "x", "play": "nudge", "facts": {"candidate.discount_pct": 5}, "matches": True}])]},
            "state those instead",
        ),
    ],
)
def test_names_that_refer_to_nothing(tmp_path: Path, parts: dict[str, Any], part: str) -> None:
    only(findings(tmp_path, **parts), part)


def test_a_fallback_must_be_a_role_that_people_hold(tmp_path: Path) -> None:
    odd = surface()
    odd["review"] = {**odd["review"], "fallback": "deal_owner"}
    only(findings(tmp_path, surfaces=[odd]), "the fallback must be a role that people hold")


def test_a_role_that_nobody_has_on_the_surface(tmp_path: Path) -> None:
    found = only(findings(tmp_path, plays=[play(approver="ticket_assignee")]), "the fallback is always asked")
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"effect": {"kind": "cap", "per": "7d"}}, "whole number"),
        ({"effect": {"kind": "cap", "per": "7d", "limit": "params.many"}}, "there is no parameter 'many'"),
        ({"effect": {"kind": "cap", "limit": 2}}, "needs a length in 'per'"),
        (
            {"effect": {"kind": "cooldown", "of": ["rejected"], "per": "params.pause"}, "params": {"pause": "long"}},
            "not a duration",
        ),
        ({"effect": {"kind": "cooldown", "of": ["ignored"], "per": "7d"}}, "there is no start of a pause 'ignored'"),
        ({"effect": {"kind": "defer", "until": "tomorrow"}}, "a deferral ends at"),
        ({"effect": {"kind": "defer", "until": "after:soon"}}, "not a duration"),
        ({"effect": {"kind": "defer", "until": "after:20d"}}, "that play's window is 10d"),
        (
            {"effect": {"kind": "defer", "until": "recipient_hours"}, "params": {"open_hour": 18, "close_hour": 8}},
            "the first before the second",
        ),
        ({"effect": {"kind": "defer", "until": "recipient_hours"}, "params": {"open_hour": "early"}}, "hours of a day"),
        ({"effect": {"kind": "boost", "factor": 9}, "until": "2026-12-31"}, "from 0.5 to 2"),
        ({"effect": {"kind": "boost", "factor": 1.5}}, "a boost should end"),
        ({"effect": {"kind": "require", "of": ["nudge"]}}, "only protective plays can be required"),
        ({"effect": "require"}, "which play is required"),
        ({"layer": "consent", "effect": {"kind": "ask", "of": ["legal"]}}, "the consent layer can only forbid"),
        ({"layer": "consent", "effect": "forbid"}, "set on_missing to forbid"),
        ({"from": "2026-12-01", "until": "2026-11-01"}, "it ends (2026-11-01) before it begins (2026-12-01)"),
    ],
)
def test_effects_that_are_incomplete_or_out_of_place(tmp_path: Path, changes: dict[str, Any], part: str) -> None:
    only(findings(tmp_path, rules=[rule(**changes)]), part)


def test_working_hours_must_fit_into_the_window(tmp_path: Path) -> None:
    rules = [rule(effect={"kind": "defer", "until": "recipient_hours"}, when=[])]
    found = only(findings(tmp_path, plays=[play(window="2d")], rules=rules), "can put 'nudge' off for 4d")
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"window": "30d"}, "awaited for less time"),
        ({"steps": []}, "no steps"),
        ({"channels": []}, "no channel"),
        ({"steps": [{"do": "ticket_comment"}]}, "say 'public: true'"),
        ({"steps": [{"do": "ticket_comment", "public": True}]}, "must say that it was written automatically"),
        ({"steps": [{"do": "assign_group"}]}, "no group to assign"),
        ({"steps": [{"do": "set_priority", "priority": "high"}]}, "set the priority to one of p1"),
        ({"steps": [{"do": "add_tags"}]}, "name the tags to add"),
        ({"steps": [{"do": "add_tags", "tags": ["Two words"]}]}, "name the tags to add"),
        ({"steps": [{"do": "crm_note", "by": "mail"}]}, "only a message is mailed"),
        ({"steps": [{"do": "send_content", "by": "mail"}], "channels": ["email", "ticket"]}, "email must be the play's one channel"),
        ({"steps": [{"do": "crm_task"}]}, "needs a title and an assignee"),
        ({"steps": [{"do": "crm_note"}]}, "no step is seen by the customer"),
        ({"reach": "internal"}, "reach is internal"),
        ({"content": None}, "it writes something but has no content"),
        (
            {"content": {"subject": {"de": "Hallo"}, "body": {"de": "Hallo", "en": "Hello"}}},
            "the subject needs a text in 'en'",
        ),
        ({"content": {"subject": {"en": "a"}, "body": {"en": "b", "de": "c"}}}, "only one of them has de"),
        ({"content": {"subject": {"en": "a"}, "body": {"en": "{{ contact.name"}}}, "cannot be read"),
        ({"content": {"subject": {"en": "a"}, "body": {"en": "{{ contact.nmae }}"}}}, "there is no 'contact.nmae'"),
        ({"content": {"subject": {"en": "a"}, "body": {"en": "{{ boss.name }}"}}}, "there is no 'boss' in a template"),
        ({"content": {"subject": {"en": "a"}, "body": {"en": "{{ sender }}"}}}, "cannot be printed whole"),
        ({"content": {"subject": {"en": "a"}, "body": {"en": "{{ deal.amount | euros }}"}}}, "cannot be read"),
        (
            {"content": {"subject": {"en": "a"}, "body": {"en": "Save 20 percent"}}},
            "numbers and links must come from facts",
        ),
        (
            {"content": {"subject": {"en": "a"}, "body": {"en": "See https://x.example"}}},
            "numbers and links must come from facts",
        ),
        ({"params": {"n": {"type": "number", "default": 40, "min": 0, "max": 30}}}, "outside min and max"),
        ({"params": {"n": {"type": "number", "default": 1, "min": 5, "max": 3}}}, "min (5) is above max (3)"),
        ({"params": {"n": {"type": "number", "default": "much"}}}, "is not a number"),
        ({"params": {"n": {"type": "number", "default": 1, "from": "deal.stage"}}}, "deal.stage is a text"),
    ],
)
def test_plays_that_cannot_be_carried_out(tmp_path: Path, changes: dict[str, Any], part: str) -> None:
    assert part in messages(findings(tmp_path, plays=[play(**changes)]))


def test_what_a_customer_sees_comes_before_what_speaks_of_it(tmp_path: Path) -> None:
    send, note = {"do": "send_content"}, {"do": "crm_note"}
    found = only(findings(tmp_path, plays=[play(steps=[note, send])]), "after an internal one")
    assert (found.severity, found.path) == ("warning", ("steps", 1))
    assert findings(tmp_path, plays=[play(steps=[send, note])]) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Hello\n{{ ''.__class__.__mro__ }}", "'.__class__' is no field of a fact (line 2)"),
        ("{{ contact.name.upper() }}", "nothing can be called (line 1)"),
        ("{{ contact['name'] }}", "square brackets take a position"),
        ("{{ contact | attr('name') }}", "the filter 'attr' reads attributes"),
        ("{{ account.products | sort(attribute='x') }}", "the filter 'sort' reads attributes"),
        ("{{ contact.__init__ }}", "'.__init__' is no field of a fact"),
        ("{{ lipsum }}", "there is no 'lipsum' in a template (line 1)"),
        ("{{ contact.name }}\n{{ contact.salary }}", "there is no 'contact.salary' in a template (line 2)"),
    ],
)
def test_a_template_reads_facts_and_nothing_else(tmp_path: Path, text: str, part: str) -> None:
    content = {"subject": {"en": "a"}, "body": {"en": text}}
    found = findings(tmp_path, plays=[play(content=content)])
    assert part in messages([one for one in found if one.severity == "error" and one.line])


def test_a_template_may_print_parameters_and_use_the_filters(tmp_path: Path) -> None:
    body = "{% if deal.name %}{{ params.pct | percent }} of {{ deal.amount | money }}{% endif %}{{ contract.end | day }}"
    changed = play(params={"pct": {"type": "number", "default": 5}}, content={"subject": {"en": "a"}, "body": {"en": body}})
    assert findings(tmp_path, plays=[changed]) == []


def test_the_clock_of_an_ask_runs_in_order(tmp_path: Path) -> None:
    odd = surface()
    odd["review"] = {**odd["review"], "delegate_after": "30m"}
    only(findings(tmp_path, surfaces=[odd]), "first reminded of, then delegated, then expires; found 1h, 30m, 4h")
    only(findings(tmp_path, surfaces=[surface(attention={"quiet": "at night"})]), "HH:MM-HH:MM")


def test_missing_cases_are_warnings_for_users_and_errors_for_what_ships(tmp_path: Path) -> None:
    parts = {"rules": [rule(cases=[rule()["cases"][0]])]}
    playbook = built(parts, tmp_path)
    assert [(f.severity, f.message) for f in lint(playbook)] == [("warning", "add a case in which the rule does not hold")]
    assert [f.severity for f in lint(playbook, cases_required=True)] == ["error"]


def test_check_tells_what_keeps_a_folder_from_loading(tmp_path: Path) -> None:
    found = check(write(tmp_path, rules=[rule(colour="red")]))
    assert [(f.severity, f.kind, f.file) for f in found] == [("error", "playbook", "rules/all.yaml")]
    assert str(found[0]).startswith("rules/all.yaml:")


def test_check_runs_the_cases(tmp_path: Path) -> None:
    wrong = rule(cases=[{**case, "matches": not case["matches"]} for case in rule()["cases"]])
    found = check(write(tmp_path, rules=[wrong]))
    assert [f.clause for f in found] == ["won", "open"]
    assert found[0].message == "the case says that the rule does not hold, but it holds (won: true)"
    assert found[0].line is not None


def test_a_case_on_a_play_without_a_surface_is_not_run_and_that_is_no_error(tmp_path: Path) -> None:
    odd = rule(cases=[{"name": "x", "play": "spare", "matches": True}])
    playbook = built({"plays": [play(), play(id="spare")], "rules": [odd]}, tmp_path)
    (found,) = failed_cases(playbook)
    assert (found.severity, found.message) == ("warning", "no surface has the play 'spare', so the case is not run")


def test_a_prompt_that_does_not_exist_is_said_with_those_that_do(tmp_path: Path) -> None:
    found = only(findings(tmp_path, plays=[play(prompt="compose_poem")]), "compose_poem")
    assert (found.severity, found.file) == ("error", "plays/all.yaml")
    assert "there are: compose_customer_message, compose_ticket_reply" in found.message
    assert findings(tmp_path, plays=[play(prompt="compose_ticket_reply")]) == []


def test_a_prompt_for_what_only_colleagues_read_is_never_used(tmp_path: Path) -> None:
    internal = play(reach="internal", channels=["internal"], steps=[{"do": "crm_note", "text": "Hello"}], prompt="compose_ticket_reply")
    assert only(findings(tmp_path, plays=[internal]), "never used").severity == "warning"
