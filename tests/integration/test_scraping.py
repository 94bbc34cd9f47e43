"""/metrics: for whom it answers, and what it says."""

import re
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families as parsed

from agent.arrivals import arrival_of
from integrations import scraping
from integrations.app import create_app
from integrations.bootstrap import Workspace
from integrations.db.errors import AwayError
from integrations.db.pulse import Pulse
from integrations.serving import doors_of
from integrations.settings import Settings
from integrations.watched import watched
from tests.chaos.world import opened, smoke, world
from tests.integration import signing
from tests.integration.test_doors import BODIES
from tests.integration.world import settings

TOKEN = "scrape-0123456789abcdef"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        yield workspace


async def scrape(workspace: Workspace, made_with: Settings) -> httpx2.Response:
    return await asked(create_app(doors_of(workspace, made_with, with_engine=False)))


async def asked(app: FastAPI, *, peer: str = "127.0.0.1", at: str = "http://127.0.0.1:8000", **headers: str | bytes) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app, client=(peer, 1)), base_url=at) as http:
        return await http.get("/metrics", headers=[(name.replace("_", "-").encode(), _bytes(value)) for name, value in headers.items()])


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """By name and labels."""
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in parsed(text) for one in family.samples}


class TestWhoMayAsk:
    @pytest.mark.parametrize(
        ("changes", "how", "status"),
        [
            ({}, {}, 200),
            ({}, {"peer": "::1", "at": "http://[::1]:8000"}, 200),
            ({}, {"peer": "10.0.0.9"}, 404),
            ({}, {"x_forwarded_for": "10.0.0.9"}, 404),
            ({}, {"forwarded": "for=10.0.0.9"}, 404),
            ({}, {"at": "http://attacker.example"}, 404),
            ({"host": "192.0.2.1"}, {}, 404),
            ({"public_url": "https://nextplay.example.com"}, {}, 404),
            ({"metrics_token": TOKEN}, {}, 401),
            ({"metrics_token": TOKEN}, {"authorization": f"Bearer {TOKEN}x"}, 401),
            ({"metrics_token": TOKEN}, {"authorization": f"Basic {TOKEN}"}, 401),
            ({"metrics_token": TOKEN}, {"authorization": b"Bearer \xe9"}, 401),
            ({"metrics_token": TOKEN, "host": "192.0.2.1"}, {"authorization": f"Bearer {TOKEN}", "peer": "10.0.0.9"}, 200),
        ],
    )
    async def test_only_this_machine_or_the_token(self, changes: dict[str, Any], how: dict[str, Any], status: int) -> None:
        async def quiet() -> Pulse:
            return Pulse()

        app = FastAPI()
        app.include_router(scraping.router(lambda: settings(**changes), quiet, lambda: True))
        assert (await asked(app, **how)).status_code == status

    def test_a_token_that_can_be_guessed_is_none(self) -> None:
        for bad in ("short", "<your-metrics-token>"):
            with pytest.raises(ValueError, match="metrics_token"):
                settings(metrics_token=bad)


class TestWhatItSays:
    async def test_one_event_from_the_door_to_the_effect(self, workspace: Workspace) -> None:
        before = samples((await scrape(workspace, settings())).text)
        app = create_app(doors_of(workspace, settings(), with_engine=False))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://nextplay.test") as http:
            body = BODIES["hubspot"]
            address = "http://nextplay.test/webhooks/hubspot"
            await http.post("/webhooks/hubspot", content=body, headers=signing.hubspot(body, url=address, at=datetime.now(UTC)))
            await http.post("/webhooks/hubspot", content=body, headers={"x-hubspot-signature-v3": "forged", "content-type": "application/json"})
        await workspace.service.accept([arrival_of(event) for event in smoke([0])])
        waiting = samples((await scrape(workspace, settings())).text)
        assert waiting["nextplay_inbox_depth", ()] >= 1
        await workspace.engine.settle()
        after = samples((await scrape(workspace, settings())).text)

        def grown(name: str, **labels: str) -> float:
            key = (name, tuple(sorted(labels.items())))
            return after.get(key, 0) - before.get(key, 0)

        assert grown("nextplay_deliveries_total", source="hubspot", result="refused") == 1
        assert grown("nextplay_delivery_seconds_count", source="hubspot") == 2
        assert sum(value - before.get(key, 0) for key, value in after.items() if key[0] == "nextplay_decisions_total") >= 1
        assert grown("nextplay_deliveries_total", source="hubspot", result="new") >= 1
        effects = [value - before.get(key, 0) for key, value in after.items() if key[0] == "nextplay_effects_total" and ("state", "done") in key[1]]
        assert sum(effects) >= 2
        assert grown("nextplay_step_seconds_count", step="gate") >= 1
        assert grown("nextplay_step_seconds_count", step="drive") >= 1
        assert after["nextplay_inbox_depth", ()] == 0
        assert after["nextplay_database_up", ()] == 1

    async def test_labels_are_words_and_never_ids(self, workspace: Workspace) -> None:
        await workspace.service.accept([arrival_of(event) for event in smoke([0])])
        await workspace.engine.settle()
        text = (await scrape(workspace, settings())).text
        named = {value for family in parsed(text) for one in family.samples for value in one.labels.values()}
        assert {"act", "gate"} <= named
        assert not [value for value in named if re.search(r"acc_|smoke_|evt_|run_|dec_|@", value)]

    async def test_a_database_that_is_away_is_said_and_the_rest_told(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        async def away(_at: object) -> None:
            raise AwayError

        monkeypatch.setattr(workspace.store, "pulse", away)
        response = await scrape(workspace, settings())
        found = samples(response.text)
        assert response.status_code == 200
        assert found["nextplay_database_up", ()] == 0
        assert ("nextplay_inbox_depth", ()) not in found
        assert any(name == "nextplay_step_seconds_count" for name, _ in found)


async def test_a_worker_tells_on_a_port_of_its_own(workspace: Workspace) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with watched(workspace, settings(), listener), httpx2.AsyncClient(base_url=url) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        assert samples((await http.get("/metrics")).text)["nextplay_database_up", ()] == 1
        assert (await http.get("/openapi.json")).status_code == 404
    with pytest.raises(httpx2.ConnectError):
        await httpx2.AsyncClient(base_url=url).get("/healthz")
