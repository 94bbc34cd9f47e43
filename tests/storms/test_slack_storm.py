"""Slack at its worst, for long: every proposal has exactly one live card in the end, no answer is lost, and an outage drains by itself."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.slack import web
from tests.chaos.slack_log import cards_in
from tests.storms.weather import Storm, storm_over
from tests.storms.world import make_storm_world, moved

BAD = {"*": {"rate_limited": 0.3, "error": 0.1, "lost_request": 0.1, "lost_answer": 0.1, "retry_after_s": 3, "hangs_s": 1.0}}
"""30 of 100 calls are put off, 10 fail, 20 get no answer; of those, half took effect."""

DOWN = {"*": {"down": True}}
OUTAGE = timedelta(minutes=10)


@pytest.mark.slow
async def test_a_storm_with_an_outage_costs_no_card_and_no_answer(
    folder: Path, calm_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    proposals, reps = (300, 30) if whole else (12, 1)
    monkeypatch.setattr(web, "TIMEOUT_S", 0.3)
    world = await make_storm_world(tmp_path / "world", calm_world, deals=proposals, reps=reps)
    async with storm_over(folder, world) as storm:
        faults = storm.here.slack.faults
        faults.set({"seed": 7, "calls": BAD})
        await storm.arrive([moved(number) for number in range(proposals)])
        await storm.pass_by(timedelta(minutes=2))
        before = len(storm.notes.all("confirmed"))
        faults.set({"calls": DOWN})
        await storm.pass_by(OUTAGE)
        during = len(storm.notes.all("confirmed")) - before
        faults.set({"seed": 8, "calls": BAD})
        await storm.pass_by(timedelta(minutes=10))
        left = await storm.until(storm.broken, timedelta(minutes=30))
        _tell(storm, during)
    assert left == [], "\n".join(left[:20])


def _tell(storm: Storm, during: int) -> None:
    evidence = storm.evidence()
    states = Counter(ask["state"] for ask in evidence.rows["approvals"])
    calls = Counter(what for _, what in storm.here.slack.calls)
    print(f"asks {dict(states)}, cards {len(cards_in(evidence.slack))}, confirmed {len(evidence.said('confirmed'))} ({during} during the outage)")
    print(f"calls {dict(calls)}, effects {len(evidence.rows['sandbox_effects'])}, until {storm.clock():%H:%M:%S}")
