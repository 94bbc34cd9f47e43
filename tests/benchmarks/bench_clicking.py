"""Slack's clicks: how long an acknowledgement takes at 20 clicks a second, each written down first, while the same process decides."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from agent.arrivals import arrival_of
from integrations.sandbox.slack.carrying import signature
from integrations.slack.card import APPROVE
from tests.acceptance.slack.desks import Desk, desk
from tests.acceptance.workspaces import alone, make_world
from tests.benchmarks.bench_deciding import events
from tests.benchmarks.figures import Figure, percentile

A_SECOND, SECONDS = 20, 6


async def measure(folder: Path) -> list[Figure]:
    """Click on asks that do not exist, so that nothing but the taking of clicks is measured."""
    seed, run = folder / "seed", folder / "run"
    seed.mkdir()
    run.mkdir()
    world = await asyncio.to_thread(make_world, seed)
    with alone(run):
        async with desk(run, world) as here:
            await here.served.workspace.service.accept([arrival_of(event) for event in events()])
            took = await _click(here)
            kept = await _kept(here)
    return [
        Figure("clicks acknowledged: p50", percentile(took, 0.5) * 1000, "ms"),
        Figure("clicks acknowledged: p99", percentile(took, 0.99) * 1000, "ms", aim="p99 under 500 ms"),
        Figure("clicks written down", kept, f"of {len(took)}"),
    ]


async def _click(here: Desk) -> list[float]:
    started = time.perf_counter()
    tasks = []
    for number in range(A_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, started + number / A_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(_one(here, number)))
    return list(await asyncio.gather(*tasks))


async def _one(here: Desk, number: int) -> float:
    payload: dict[str, Any] = {
        "type": "block_actions", "trigger_id": f"{number}.1.x", "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "api_app_id": "A1",
        "actions": [{"type": "button", "action_id": APPROVE, "block_id": "b", "value": f"apr_none_{number}"}],
        "container": {"type": "message", "channel_id": "D1", "message_ts": "1.1"}, "channel": {"id": "D1"},
    }  # fmt: skip
    body, moment = urlencode({"payload": json.dumps(payload)}).encode(), str(int(time.time()))
    signed = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature(here.slack.app.signing_secret, moment, body)}
    at = time.perf_counter()
    answer = await here.served.http.post("/slack/events", content=body, headers={"Content-Type": "application/x-www-form-urlencoded", **signed})
    answer.raise_for_status()
    return time.perf_counter() - at


async def _kept(here: Desk) -> float:
    count = "SELECT count(*) FROM slack_clicks WHERE kind = 'approve'"
    return float(await here.served.workspace.database.read(lambda session: session.connection().exec_driver_sql(count).scalar() or 0))
