"""Slack's door: how far the clocks may differ, and what its headers must be. The signatures were computed with the openssl command line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from slack_bolt.response import BoltResponse

from integrations.slack.route import PATH, router

AT, KEY, BODY = 1795424400, "slack-key-one", b"command=%2Fnextplay&text=help"
GIVEN = "v0=1988cdcf0f0daecd823cd596cd18ac18a273f03f65f920e1faa6be028cce44cc"
SIGNED = [("x-slack-request-timestamp", str(AT)), ("x-slack-signature", GIVEN)]


class Hears:
    """Takes what the door lets through."""

    async def async_dispatch(self, _request: Any) -> BoltResponse:
        return BoltResponse(status=200, body="")


async def answered(headers: Sequence[tuple[str, str]], *, body: bytes = BODY, late: int = 0) -> int:
    """The status of the answer, so many seconds after Slack signed."""
    app = FastAPI()
    app.include_router(router(Hears(), lambda: KEY, lambda: datetime.fromtimestamp(AT + late, UTC)))  # type: ignore[arg-type]  # all that the door asks of it
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://nextplay.test") as client:
        said = [*headers, ("content-type", "application/x-www-form-urlencoded")]
        return (await client.post(PATH, content=body, headers=[(name.encode(), value.encode("latin-1")) for name, value in said])).status_code


@pytest.mark.parametrize(("late", "status"), [(0, 200), (300, 200), (-300, 200), (301, 401), (-301, 401)])
async def test_the_clocks_may_differ_by_five_minutes(late: int, status: int) -> None:
    assert await answered(SIGNED, late=late) == status


async def test_headers_count_in_any_case_and_only_when_said_once() -> None:
    assert await answered([(name.upper(), value) for name, value in SIGNED]) == 200
    for one in SIGNED:
        assert await answered([*SIGNED, one]) == 401
        assert await answered([*SIGNED, (one[0], "1")]) == 401
        assert await answered([(one[0], "1"), *SIGNED]) == 401


async def test_the_same_command_in_other_bytes_is_refused() -> None:
    for other in (BODY + b"&", BODY.replace(b"%2F", b"%2f"), b"text=help&command=%2Fnextplay"):
        assert await answered(SIGNED, body=other) == 401


@pytest.mark.parametrize(
    ("name", "value"), [("x-slack-signature", GIVEN + "é"), ("x-slack-request-timestamp", "²"), ("x-slack-request-timestamp", "1795424400²")]
)
async def test_what_is_no_text_of_a_signature_is_refused_and_no_error(name: str, value: str) -> None:
    assert await answered([*((one, kept) for one, kept in SIGNED if one != name), (name, value)]) == 401
