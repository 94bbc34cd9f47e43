"""The record's words."""

import pytest
from pydantic import ValidationError

from agent.domain.decision import REASONS, Reason, reason

PROMISED = (
    "required sensitive low_confidence uncalibrated risk_tier mode_suggest ask_rule all_forbidden do_nothing_best quiet_hours contact_cap "
    "cooldown window_closed holdout shadow own_effect bulk_hold superseded open_proposal human_active identity_unresolved fact_missing "
    "fact_stale changed_after_approval forbidden_after_approval blocked late_event explored"
)


def test_every_promised_code_has_a_meaning_and_no_other_is_used() -> None:
    assert set(REASONS) == set(PROMISED.split())
    assert all(REASONS.values())


def test_a_reason_has_its_usual_text_or_its_own() -> None:
    assert reason("holdout") == Reason(code="holdout", text=REASONS["holdout"])
    assert reason("holdout", "because").text == "because"


@pytest.mark.parametrize("text", ["", "because"])
def test_an_unknown_code_is_refused(text: str) -> None:
    with pytest.raises(KeyError):
        reason("whim", text)


def test_records_refuse_keys_that_they_do_not_know() -> None:
    with pytest.raises(ValidationError):
        Reason.model_validate({"code": "holdout", "text": "", "colour": "red"})
