"""Requests to the app are signed as Slack signs them: Slack's own verifier takes them, and takes nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier

from integrations.sandbox.slack.carrying import Kind, Parcel, read_body, signed
from integrations.sandbox.slack.roster import App


def now() -> datetime:
    """The verifier reads the wall clock, so what it is given must be signed by the same."""
    return datetime.now(UTC)


@pytest.mark.parametrize("kind", ["interactive", "slash_commands", "events_api"])
def test_slacks_verifier_takes_what_was_signed(kind: Kind) -> None:
    app = App()
    body, headers = signed(app, now, Parcel(kind, {"type": "x", "text": "ä & ö"}))
    verifier = SignatureVerifier(app.signing_secret)
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + b" ", headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)


def test_an_old_signature_is_not_taken() -> None:
    app = App()
    body, headers = signed(app, lambda: now() - timedelta(minutes=6), Parcel("events_api", {}))
    assert not SignatureVerifier(app.signing_secret).is_valid_request(body, headers)


def test_a_retry_says_which_and_why() -> None:
    _, headers = signed(App(), now, Parcel("events_api", {}, 2, "http_timeout"))
    assert headers["x-slack-retry-num"] == "2"
    assert headers["x-slack-retry-reason"] == "http_timeout"


def test_an_interaction_is_a_form_with_one_field() -> None:
    body, _ = signed(App(), now, Parcel("interactive", {"type": "block_actions"}))
    assert parse_qs(body.decode()) == {"payload": ['{"type": "block_actions"}']}


def test_an_acknowledgement_is_nothing_text_or_an_object() -> None:
    assert read_body("", "") == {}
    assert read_body("done", "text/plain") == {"text": "done"}
    assert read_body('{"response_action": "clear"}', "application/json; charset=utf-8") == {"response_action": "clear"}
    assert read_body("[1]", "application/json") == {}
    assert read_body("{", "application/json") == {}
