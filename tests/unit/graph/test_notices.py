"""What people are told afterwards, in their words."""

from agent.graph import cards
from tests.unit.cli.made import AT, decision


def test_what_was_done_without_asking_names_no_code() -> None:
    made = decision()
    first = made.actions[0]
    steps = [first.model_copy(update={"kind": kind, "state": state}) for kind, state in (("assign_group", "done"), ("ticket_comment", "failed"))]
    told = cards.done_notice(made.model_copy(update={"actions": steps}), ["eva@tessera.example"], AT)
    assert "assigned the group, the comment on the ticket: failed" in told.body
    assert "_" not in told.body.replace(made.subject.id, "")
