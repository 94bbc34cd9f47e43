"""What cannot be an outcome, and guardrails that nothing counts as."""

from typing import Any

import pytest

from agent.playbook.checks.windows import check_windows
from tests.unit.domain.building import play, playbook, surface


def found(goal: Any = None, event: str = "deal.won") -> list[tuple[str, str]]:
    on = surface(outcome=goal or {"metric": "won"})
    policy = playbook(plays=[play(outcome={"event": event, "window": "30d"})], on=on)
    return [(one.severity, one.message) for one in check_windows(policy) if "outcome" in one.message or "guardrail" in one.message]


@pytest.mark.parametrize("event", ["email.opened", "email.sent", "email.delivered"])
def test_an_opened_mail_is_refused_as_an_outcome(event: str) -> None:
    [(severity, message)] = found(event=event)
    assert severity == "error"
    assert message.startswith(f"{event} is no outcome")


def test_twin_a_reply_is_one() -> None:
    assert found(event="email.replied") == []


def test_a_guardrail_that_nothing_counts_as_is_named_with_the_nearest() -> None:
    [(severity, message)] = found({"metric": "won", "guardrails": ["complaint", {"name": "re-opened", "at_most": 0.1}]})
    assert severity == "warning"
    assert message == "nothing counts as the guardrail 're-opened'; did you mean reopened?"
