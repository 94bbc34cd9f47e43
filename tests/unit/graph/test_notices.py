"""What people are told afterwards, in their words."""

from agent.graph import cards
from tests.unit.cli.made import AT, decision
from tests.unit.db.build import approval
from tests.unit.domain.building import evidence


def test_what_was_done_without_asking_names_no_code() -> None:
    made = decision()
    first = made.actions[0]
    steps = [first.model_copy(update={"kind": kind, "state": state}) for kind, state in (("assign_group", "done"), ("ticket_comment", "failed"))]
    told = cards.done_notice(made.model_copy(update={"actions": steps}), ["eva@tessera.example"], AT)
    assert "assigned the group, the comment on the ticket: failed" in told.body
    assert "_" not in told.body.replace(made.subject.id, "")


def test_what_came_in_is_told_in_words() -> None:
    made = decision()
    told = [
        cards.too_late_notice(made, "Open the renewal talk", "its window is over", ["eva@tessera.example"]),
        cards.reminder(made, approval(), AT, to=["eva@tessera.example"], kind="remind"),
        cards.open_alarm(made, evidence(), ["escalate"], None),
    ]
    for message in told:
        assert "Deal stage changed: deal deal_001 of Brennecke Maschinenbau GmbH" in message.body
        assert "deal.stage_changed" not in message.body
