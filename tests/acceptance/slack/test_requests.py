"""What comes to the Slack address: recorded requests, forged ones, old ones, and what is no request at all.

Set NEXTPLAY_BENCH_DATA to a folder with `webhooks/slack_interaction_payloads.json` to try recorded bodies too.
"""

import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from integrations.sandbox.slack.carrying import signature
from tests.acceptance.slack.desks import Desk, desk

DATA = os.environ.get("NEXTPLAY_BENCH_DATA")
COMMAND = {"command": "/nextplay", "text": "help", "team_id": "T1", "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.x"}


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


async def post(
    here: Desk, body: bytes, *, kind: str = "application/x-www-form-urlencoded", late_s: int = 0, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    """Send a body as Slack does; `headers` replace what it would send."""
    moment = str(int(time.time()) - late_s)
    signed = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature(here.slack.app.signing_secret, moment, body)}
    sent = {name: value for name, value in {"Content-Type": kind, **signed, **(headers or {})}.items() if value}
    return await here.served.http.post("/slack/events", content=body, headers=sent)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "99999999999999999999"},
    ],
)
async def test_a_request_that_slack_did_not_sign_is_refused_without_a_reason(here: Desk, headers: dict[str, str]) -> None:
    answer = await post(here, urlencode(COMMAND).encode(), headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("late_s", [3600, 310, -310, -3600])
async def test_an_old_or_future_request_is_refused(here: Desk, late_s: int) -> None:
    assert (await post(here, urlencode(COMMAND).encode(), late_s=late_s)).status_code == 401


async def test_what_is_signed_but_nonsense_is_answered_and_harms_nothing(here: Desk) -> None:
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    for body in (
        b"",
        b"payload=",
        b"payload=%7B",
        b"payload=null",
        b"\xff\xfe",
        b"payload=" + deep,
        b"{}",
        b"[]",
        b"null",
        urlencode({"payload": "[1]"}).encode(),
    ):
        for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
            answer = await post(here, body, kind=kind)
            assert answer.status_code < 500, (body[:40], kind, answer.status_code)
    big = await post(here, b"payload=" + b"x" * (1 << 20))
    assert big.status_code == 413
    assert (await post(here, urlencode(COMMAND).encode())).status_code == 200, "and it still works"


def bodies() -> Mapping[str, Any]:
    if not DATA:
        return {}
    read = json.loads((Path(DATA) / "webhooks" / "slack_interaction_payloads.json").read_text(encoding="utf-8"))
    payloads: Mapping[str, Any] = read["payloads"]
    return payloads


@pytest.mark.skipif(not DATA, reason="set NEXTPLAY_BENCH_DATA to the folder of the public data to try recorded requests")
async def test_recorded_requests_are_read_or_refused_and_never_crash(here: Desk) -> None:
    found = {}
    for name, payload in bodies().items():
        as_event = isinstance(payload, dict) and ("event" in payload or payload.get("type") in ("url_verification", "event_callback"))
        raw = payload if isinstance(payload, str) else json.dumps(payload)
        is_command = isinstance(payload, dict) and "command" in payload
        body = urlencode(payload) if is_command else raw if as_event else urlencode({"payload": raw})
        answer = await post(here, body.encode(), kind="application/json" if as_event else "application/x-www-form-urlencoded")
        found[name] = answer.status_code
    assert len(found) == len(bodies()) > 0
    assert {status for status in found.values() if status >= 500} == set(), {name: s for name, s in found.items() if s >= 500}
