"""What the ledger keeps of a message that is to be mailed: that it is, and in whose name."""

from typing import Any

import pytest

from agent.domain.evidence import Evidence
from agent.domain.plays import Step, StepKind
from agent.domain.signing import signer_of
from agent.graph.context import Composition
from agent.graph.recording import proposal_record, step_payload
from tests.unit.domain.building import AT, DAY, candidate, evidence, person

PEOPLE = (person("mia"), person("max"), person("tom"), person("left", active=False), person("away", away_until=AT + DAY))


def case(**facts: str) -> Evidence:
    return evidence({name.replace("_", ".", 1): value for name, value in facts.items()}, people=PEOPLE)


@pytest.mark.parametrize(
    ("facts", "signs"),
    [
        ({"ticket_assignee": "tom", "deal_owner": "mia", "owner_id": "max"}, "tom"),
        ({"deal_owner": "mia", "owner_id": "max"}, "mia"),
        ({"owner_id": "max"}, "max"),
        ({"deal_owner": "left", "owner_id": "max"}, "max"),
        ({"deal_owner": "away", "owner_id": "max"}, "max"),
        ({"deal_owner": "nobody"}, None),
        ({}, None),
    ],
)
def test_who_signs_is_in_whose_name_it_is_mailed(facts: dict[str, str], signs: str | None) -> None:
    seen = case(**facts)
    found = signer_of(seen)
    assert (found.id if found else None) == signs
    assert _payload({"do": "send_content", "by": "mail"}, seen).items() >= {"by": "mail", "about": "deal", "sender": signs}.items()


def test_a_task_for_its_owner_is_kept_as_ever() -> None:
    assert not {"by", "about", "sender"} & set(_payload({"do": "send_content"}, case(deal_owner="mia")))


@pytest.mark.parametrize("kind", StepKind)
def test_every_step_there_is_has_fields_of_its_own(kind: StepKind) -> None:
    need: dict[str, dict[str, Any]] = {"set_priority": {"priority": "p1"}, "add_tags": {"tags": ("bug",)}, "crm_task": {"title": "Call", "due": "1d"}}
    assert _payload({"do": kind, **need.get(kind, {})}, case()) != {}


def test_a_step_that_nobody_knows_is_refused() -> None:
    step = Step.model_validate({"do": "set_priority", "priority": "p1"}).model_dump(mode="json")
    proposal = proposal_record(candidate(), Composition({}, "template", None, {}, ()), send_at=None)
    with pytest.raises(LookupError, match="nobody knows what a step 'set_language' needs"):
        step_payload({**step, "do": "set_language"}, candidate(), proposal, case())


def _payload(step: dict[str, Any], seen: Evidence) -> dict[str, Any]:
    chosen = candidate()
    written = Composition({"subject": "s", "body": "b"}, "template", None, {}, ())
    return step_payload(Step.model_validate(step).model_dump(mode="json"), chosen, proposal_record(chosen, written, send_at=None), seen)[1]
