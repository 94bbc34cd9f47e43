"""Clauses: what they say, what they read, and how they fail."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.clauses import MAX_LENGTH, ClauseError, Situation, compile_clause, references
from agent.domain.facts import FactView, Status
from tests.unit.domain.building import facts


def situation(values: dict[str, Any]) -> Situation:
    return Situation(FactView.of(facts(values)))


@pytest.mark.parametrize(
    ("cel", "values", "said"),
    [
        ("deal.amount > 10", {"deal.amount": 11}, "true"),
        ("deal.amount > 10", {"deal.amount": 10}, "false"),
        ("deal.amount > 10", {}, "missing"),
        ("deal.amount > 10", {"deal.amount": Status.STALE}, "missing"),
        ("deal.amount > 10", {"deal.amount": None}, "missing"),
        ("deal.amount > 10", {"deal.amount": "many"}, "error"),
        ("deal.deleted", {"deal.deleted": True}, "true"),
        ("deal.deleted", {"deal.deleted": None}, "missing"),
        ("deal.amount", {"deal.amount": 3}, "error"),
        ("deal.amount * 2.0 + 1.0 == 7.0", {"deal.amount": 3}, "true"),
        ("deal.competitor == null", {"deal.competitor": None}, "true"),
        ("deal.competitor in ['', null]", {"deal.competitor": None}, "true"),
        ("deal.competitor == null", {}, "missing"),
        ("has(deal.amount)", {}, "false"),
        ("size(account.products) > 1", {"account.products": ["a", "b"]}, "true"),
        ("size(account.products) > 1", {"account.products": None}, "missing"),
        ("account.products[3] == 'a'", {"account.products": ["a"]}, "error"),
        ("1 / 0 == 1", {}, "error"),
        ("9223372036854775807 + 1 > 0", {}, "error"),
        ("account.name.matches('[')", {"account.name": "x"}, "error"),
        ("accnt.tier == 'gold'", {}, "error"),
        ("deal.amount > 10 || account.dispute", {"deal.amount": 20}, "true"),
        ("deal.amount > 10 || account.dispute", {"deal.amount": 5}, "missing"),
        ("deal.amount > 10 && account.dispute", {"deal.amount": 5}, "false"),
        ("contract.end > timestamp('2026-12-01T00:00:00Z')", {"contract.end": datetime(2027, 1, 1, tzinfo=UTC)}, "true"),
        ("contract.end > timestamp('2026-12-01T00:00:00Z')", {"contract.end": "2027-01-01T00:00:00Z"}, "true"),
        ("contract.end > timestamp('2026-12-01T00:00:00Z')", {"contract.end": "soon"}, "missing"),
    ],
)
def test_says(cel: str, values: dict[str, Any], said: str) -> None:
    assert situation(values).test(compile_clause(cel)) == said


@pytest.mark.parametrize(
    ("cel", "values", "number"),
    [
        ("deal.amount * 0.2", {"deal.amount": 100}, 20.0),
        ("size(account.products)", {"account.products": ["a"]}, 1.0),
        ("deal.amount * 0.2", {}, None),
        ("deal.amount * 0.2", {"deal.amount": None}, None),
        ("1.0 / deal.amount", {"deal.amount": 0}, None),
        ("1 / 0", {}, None),
        ("'5'", {}, None),
        ("true", {}, None),
    ],
)
def test_number(cel: str, values: dict[str, Any], number: float | None) -> None:
    assert situation(values).number(compile_clause(cel)) == number


def test_values_name_what_was_read_and_what_was_missing() -> None:
    clause = compile_clause("deal.amount > params.limit && account.tier == 'a.b' && deal.amount < 9.0", {"limit": 3})
    assert situation({"deal.amount": 5}).values(clause) == {"deal.amount": 5.0, "account.tier": None}


@pytest.mark.parametrize(
    ("value", "cel", "fact"),
    [
        (3, "deal.amount == params.x", 3.0),
        (-3, "deal.amount -params.x == 6.0", 3.0),
        (True, "deal.deleted == params.x", True),
        ('it\'s "so" 😀\n\\n', "deal.name == params.x", 'it\'s "so" 😀\n\\n'),
        ("contact.opted_out", "deal.name == params.x", "contact.opted_out"),
        (["won", "lost"], "deal.stage in params.x", "lost"),
        (("won", "lost"), "deal.stage in params . x", "lost"),
    ],
)
def test_parameters_are_written_in(value: Any, cel: str, fact: Any) -> None:
    name = next(f"{root}.{field}" for root, field in references(cel) if root == "deal")
    clause = compile_clause(cel, {"x": value})
    assert situation({name: fact}).test(clause) == "true"
    assert clause.reads == (tuple(name.split(".")),)


@given(st.text(max_size=30))
def test_any_text_parameter_equals_itself(text: str) -> None:
    clause = compile_clause("deal.name == params.x", {"x": text})
    assert situation({"deal.name": text}).test(clause) == "true"


def test_an_unknown_parameter_is_refused_with_a_caret_under_it() -> None:
    with pytest.raises(ClauseError) as caught:
        compile_clause("deal.amount > 1.0\n  && deal.amount < params.max", {"limit": 1})
    assert (caught.value.line, caught.value.column) == (2, 20)
    assert str(caught.value).endswith(f"  && deal.amount < params.max\n    {' ' * 19}^")
    assert "no parameter 'max'; the rule has: limit" in caught.value.why


@pytest.mark.parametrize(
    ("cel", "line", "column"),
    [
        ("deal.amount >> 1", 1, 14),
        ("deal.amount > ", 1, 15),
        ("deal.amount >\n", 2, 1),
        ("deal.amount > params.limit &&& deal.deleted", 1, 30),
        ("'params.limit' == params.limit )", 1, 32),
        ("", 1, 1),
    ],
)
def test_a_syntax_error_points_into_the_source_as_written(cel: str, line: int, column: int) -> None:
    with pytest.raises(ClauseError) as caught:
        compile_clause(cel, {"limit": "a long parameter that moves everything to the right"})
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).splitlines()[-1] == " " * (column + 3) + "^"


def test_a_parameter_that_cannot_be_written_in_is_refused() -> None:
    with pytest.raises(ClauseError, match="surrogates"):
        compile_clause("deal.name == params.x", {"x": "\ud83d"})


def test_length_is_limited() -> None:
    compile_clause("deal.amount > " + "1" * (MAX_LENGTH - 16) + ".0")
    with pytest.raises(ClauseError, match=f"{MAX_LENGTH + 1} characters"):
        compile_clause("deal.amount > " + "1" * (MAX_LENGTH - 13))


@pytest.mark.parametrize(
    ("cel", "reads"),
    [
        ("deal.amount > 1.0 && deal.amount < 2.0", [("deal", "amount")]),
        ("account.name == 'contact.opted_out'", [("account", "name")]),
        ('account.name == "it\'s contact.opted_out"', [("account", "name")]),
        ('account.name == "\\"contact.opted_out"', [("account", "name")]),
        ("account . name == 'x'", [("account", "name")]),
        ("ticket.tags.exists(t, t == account.tier)", [("ticket", "tags"), ("account", "tier")]),
        ("account.name.deal.amount == 1", [("account", "name")]),
        ("has(deal.rate)", [("deal", "rate")]),
        ("1.5 > 1.0", []),
    ],
)
def test_reads_facts_but_not_texts(cel: str, reads: list[tuple[str, str]]) -> None:
    assert list(compile_clause(cel).reads) == reads


@pytest.mark.parametrize(
    ("cel", "varying"),
    [
        ("deal.amount > 1.0", ()),
        ("deal.amount > 1.0 && contact.role == 'x'", ("contact",)),
        ("contact['opted_out']", ("contact",)),
        ("contact . opted_out", ("contact",)),
        ("[1].exists(contact, contact > 0)", ("contact",)),
        ("account.name == 'contact.role'", ()),
        ("asset.language != contact.language", ("asset", "contact")),
    ],
)
def test_knows_what_differs_between_candidates(cel: str, varying: tuple[str, ...]) -> None:
    assert compile_clause(cel).varying == varying


def test_candidates_are_swapped_in_and_leave_nothing_behind() -> None:
    here = situation({"deal.amount": 5})
    role, group = compile_clause("contact.role == 'champion' && deal.amount > 1.0"), compile_clause("group.tier > 1.0")
    assert here.test(role) == "missing"
    here.place({"contact": {"role": "champion"}, "group": {"tier": 2.0}})
    assert (here.test(role), here.test(group)) == ("true", "true")
    here.place({"contact": {"role": "user"}})
    assert (here.test(role), here.test(group)) == ("false", "missing")
    assert here.values(group) == {"group.tier": None}
    here.place({})
    assert here.test(role) == "missing"


def test_a_candidate_may_stand_in_for_a_shared_root_until_the_next() -> None:
    here, rich = situation({"deal.amount": 5}), compile_clause("deal.amount > 10.0")
    here.place({"deal": {"amount": 50.0}})
    assert here.test(rich) == "true"
    here.place({})
    assert here.test(rich) == "false"


@pytest.mark.parametrize(
    ("cel", "answers"),
    [
        ("contact.x == true", {"flag": "true", "number": "false", "text": "false", "list": "false", "none": "false", "missing": "missing"}),
        ("contact['x'] == true", {"flag": "true", "number": "false", "text": "false", "list": "false", "none": "false", "missing": "missing"}),
        ("contact.x > 0.5", {"flag": "error", "number": "true", "text": "error", "list": "error", "none": "missing", "missing": "missing"}),
        ("has(contact.x)", {"flag": "true", "number": "true", "text": "true", "list": "true", "none": "true", "missing": "false"}),
        ("size(contact) > 0", {"flag": "true", "number": "true", "text": "true", "list": "true", "none": "true", "missing": "false"}),
    ],
)
def test_what_is_remembered_of_one_candidate_is_never_said_of_another(cel: str, answers: dict[str, str]) -> None:
    people: dict[str, dict[str, Any]] = {
        "flag": {"x": True},
        "number": {"x": 1.0},
        "text": {"x": "1"},
        "list": {"x": [1.0]},
        "none": {"x": None},
        "missing": {},
    }
    here, clause = situation({}), compile_clause(cel)
    for name in [*answers, *reversed(answers), *answers]:
        here.place({"contact": people[name]})
        assert (name, here.test(clause)) == (name, answers[name])


@pytest.mark.parametrize(
    ("cel", "plain"),
    [
        ("contact.role == 'user' && deal.amount > 1.0", True),
        ("has(contact.role)", True),
        ("ticket.tags.exists(t, t == account.tier)", False),  # the loop's name is none of a fact
        ("contact['role'] == 'user'", False),
        ("contact.role == 'user' && size(contact) > 1", False),
        ("contact.role == 'contact'", True),
        ("true", True),
    ],
)
def test_knows_whether_it_looks_at_more_than_the_facts_it_reads(cel: str, plain: bool) -> None:
    assert compile_clause(cel).plain is plain
