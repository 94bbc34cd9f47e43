from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.domain.decision import Decision
from agent.domain.evidence import Person
from agent.domain.records import Approval
from agent.graph.data_tasks import MOST_FACTS, data_task, mender
from tests.unit.cli.made import AT, clause, fact
from tests.unit.cli.made import decision as made
from tests.unit.db.build import approval
from tests.unit.domain.building import evidence, person

BEA, RAE, ADA = person("bea", "sales_rep"), person("rae", "revops"), person("ada", "admin")
OWNED = {"deal_owner": "bea", "account_owner": "ada"}


def rejected(**changes: Any) -> Approval:
    return replace(approval(), state="rejected", answered_by="mia@example.com", reason="facts_wrong", **changes)


@pytest.mark.parametrize(
    ("people", "said_by", "to"),
    [
        ((BEA, RAE), "mia@x.example", "bea"),
        ((BEA, RAE), BEA.email, "rae"),
        ((BEA,), BEA.email, "bea"),
        ((replace(BEA, away_until=AT + timedelta(days=3)), RAE), "mia@x.example", "rae"),
        ((replace(BEA, active=False), ADA), "mia@x.example", "ada"),
        ((), "mia@x.example", None),
    ],
    ids=["the owner", "not who said it", "unless nobody else is there", "not who is away", "nobody who left", "nobody"],
)
def test_who_mends(people: tuple[Person, ...], said_by: str, to: str | None) -> None:
    decision = _about("deal")
    found = mender(decision, evidence(people=people, roles=OWNED), said_by=said_by)
    assert (found.id if found else None) == to


def test_the_task_names_the_facts_with_their_source_age_and_standing() -> None:
    task = data_task(_about("deal"), evidence(people=(BEA,), roles=OWNED), rejected(note="Look at <b>May</b>"), AT)
    assert task is not None
    assert (task.kind, task.state, task.needs_approval, task.customer_visible) == ("data_task", "planned", False, False)
    text = task.payload["text"]
    assert "because facts are wrong: Look at <b>May</b>" in text
    for line in text.splitlines()[2:]:
        assert line.startswith("- ")
        assert " = " in line
        assert "old" in line or "age" in line


def test_the_same_rejection_has_the_same_key_and_another_decision_another() -> None:
    given = evidence(people=(BEA,), roles=OWNED)
    one, again = (data_task(_about("deal"), given, rejected(note=note), AT) for note in ("a", "b"))
    other = data_task(_about("deal").model_copy(update={"id": "dec_other"}), given, rejected(), AT)
    assert one is not None
    assert again is not None
    assert other is not None
    assert one.key == again.key != other.key


def test_more_facts_than_anybody_reads_are_counted() -> None:
    decision = _about("deal")
    chosen = next(c for c in decision.candidates if c.id == decision.choice)
    names = [f"deal.fact_{n}" for n in range(MOST_FACTS + 3)]
    rule = replace(chosen.rules[0], matched=True, clauses=[clause("many", "many", dict.fromkeys(names, 1))])
    many = decision.model_copy(
        update={
            "facts": [fact(name, "x" * 5000) for name in names],
            "candidates": [chosen.model_copy(update={"rules": [rule], "score": None})],
            "proposal": None,
        }
    )
    task = data_task(many, evidence(people=(BEA,), roles=OWNED), rejected(), AT)
    assert task is not None
    assert "- and 3 more: nextplay decisions show" in task.payload["text"]
    assert len(task.payload["text"]) < 10_000


def _about(kind: str) -> Decision:
    decision = made()
    return decision.model_copy(update={"subject": decision.subject.model_copy(update={"kind": kind})})
