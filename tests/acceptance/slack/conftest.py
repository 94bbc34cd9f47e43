"""What the product sends to Slack in these tests is recorded, and held to Slack's description where that is given."""

import functools
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.slack import webapi
from integrations.sandbox.slack.core import Core
from tests.integration.slack.described import SPECS, Sent, description, sent_in

described = functools.cache(description)


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sent]]:
    """Every call in the order in which it came."""
    came: list[Sent] = []
    answer = webapi.answer

    async def recording(core: Core, request: Request) -> Response:
        came.append(await sent_in(request))
        return await answer(core, request)

    monkeypatch.setattr(webapi, "answer", recording)
    yield came
    if SPECS:
        assert [fault for sent in came for fault in described().faults(sent)] == []
