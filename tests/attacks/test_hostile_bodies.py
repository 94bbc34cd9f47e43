"""10,000 hostile bodies, rightly signed: each is decided, set aside or refused; the queue behind them drains, and memory stays flat."""

import asyncio
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random

import httpx2
import pytest
from sqlalchemy import text

from integrations.bootstrap import Workspace
from tests.attacks.forging import Attempt, signed
from tests.attacks.hostile_bodies import hostile
from tests.attacks.test_forged import doors, send

HOSTILE, SLICE, AT_ONCE = 10_000, 120, 24
MAY_BE_SAID = {200, 202, 400, 413, 415, 422}
MAY_GROW_MIB, TRIES = 100, 60
ENDED = "state NOT IN ('new', 'acting')"


def resident_mib() -> float:
    """The memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / (1 << 20)


async def delivered(client: httpx2.AsyncClient, attempt: Attempt) -> httpx2.Response:
    """Sent again while there is too much to do, as senders do."""
    for _ in range(TRIES):
        answer = await send(client, signed(attempt.door, attempt.body, datetime.now(UTC)))
        if answer.status_code != 503:
            break
        await asyncio.sleep(1)
    return answer


async def counted(workspace: Workspace, query: str) -> int:
    return await workspace.database.read_core(lambda c: int(c.execute(text(query)).scalar_one()))


async def states(workspace: Workspace) -> dict[str, int]:
    query = text("SELECT state, count(*) FROM runs GROUP BY state ORDER BY state")
    return await workspace.database.read_core(lambda c: {state: int(number) for state, number in c.execute(query)})


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read where Linux tells it")
async def test_hostile_bodies_are_decided_set_aside_or_refused(url: str, folder: Path, seed: int, *, whole: bool) -> None:
    count, now = HOSTILE if whole else SLICE, datetime.now(UTC)
    said, sizes = Counter[int](), list[float]()
    async with doors(url, folder) as (workspace, client):
        await workspace.sandbox.seed()
        attempts = hostile(Random(seed), now, count)  # noqa: S311  no secret
        while batch := list(islice(attempts, AT_ONCE)):
            answers = await asyncio.gather(*(delivered(client, one) for one in batch))
            for one, answer in zip(batch, answers, strict=True):
                assert answer.status_code in MAY_BE_SAID, (one.door, one.body[:2_000], answer.status_code, answer.text)
                if answer.status_code >= 400:
                    assert json.loads(answer.text)["detail"]
            said.update(answer.status_code for answer in answers)
            await workspace.engine.settle()
            sizes.append(resident_mib())
        honest = {"source": "billing", "id": "after-all-that", "type": "usage.dropped", "occurred_at": now.isoformat()}
        body = json.dumps({**honest, "subject": {"kind": "account", "id": "acc_031"}}).encode()
        assert (await send(client, signed("generic", body, datetime.now(UTC)))).status_code == 202
        await workspace.engine.settle()

        found = await states(workspace)
        assert await counted(workspace, f"SELECT count(*) FROM runs WHERE NOT ({ENDED})") == 0, found
        assert await counted(workspace, "SELECT count(*) FROM inbox WHERE run_id IS NULL AND event IS NULL") == 0
        assert (
            await counted(workspace, "SELECT count(*) FROM decisions JOIN inbox ON inbox.run_id = decisions.run_id WHERE event_id = 'after-all-that'")
            == 1
        )
        decided = await counted(workspace, "SELECT count(*) FROM decisions")
        assert (await workspace.store.verify_audit()).ok
    print(
        f"{count} hostile bodies: {dict(said)}, {decided} decided, runs {found}; {sizes[0]:.0f} MiB after the first, {sizes[-1]:.0f} after the last"
    )
    assert said[202] + said[200] > count / 3, "too few got through for this to mean anything"
    assert decided > count / 10
    assert sizes[-1] - sizes[len(sizes) // 3] < MAY_GROW_MIB


def _sizes(sizes: list[float]) -> str:
    return f"{sizes[0]:.0f} MiB after the first, {sizes[len(sizes) // 3]:.0f} after a third, {sizes[-1]:.0f} after the last"
