"""Keys, cards and account numbers that people write: none of them goes to Slack, to a model, or into a log."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integrations.redaction import redact_text
from tests.acceptance.slack.desks import Desk, desk
from tests.acceptance.slack.test_agents import AGENT, channel, said_in
from tests.integration.slack.described import Sent
from tests.unit.domain.claims.planted import planted

OPENING = [one for one in planted() if one.format not in ("e-mail", "phone")]
"""What opens or costs something."""


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


async def test_none_goes_to_slack(here: Desk, wire: list[Sent], caplog: pytest.LogCaptureFixture) -> None:
    where, asked = channel(here), [one for one in OPENING if "\n" not in one.value][::41]
    assert len({one.format for one in asked}) >= 6
    with caplog.at_level(logging.DEBUG):
        for one in asked:
            await here.slack.command(here.user(AGENT), where, f"/nextplay article TS-4012 authorisation has ended {one.text}")
        await said_in(here, where, "asked")
        await here.seen(lambda: sum("TS-4012" in str(sent.body) for sent in wire) >= len(asked) or None)
    told = json.dumps([sent.body for sent in wire if sent.body], ensure_ascii=False, default=str)
    assert [one.value for one in asked if one.value in told] == []
    assert "[secret]" in told
    assert [one.value for one in asked if one.value in caplog.text] == []


def test_none_goes_into_a_log() -> None:
    left = [one for one in OPENING if one.value in redact_text(one.text)]
    assert {one.format for one in left} <= {"random key"}, (
        "a log is full of ids that look like those; under a field that is named after one they are hidden"
    )
