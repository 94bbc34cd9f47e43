"""Each promise of a life can be seen to be broken: sound evidence is spoilt in one way after the other."""

import asyncio
import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.checker import Evidence
from tests.chaos.driver import DATABASE, KEY
from tests.simulation.life import Life, evidence_in, season_of
from tests.simulation.promises import broken

FULL_LIFE = 3
"""A life in which something was done, asked, and told."""


@pytest.fixture(scope="module")
def sound(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What such a life came to."""
    folder = tmp_path_factory.mktemp("life")
    for file in (DATABASE, KEY):
        shutil.copy(made / season_of(FULL_LIFE) / file, folder)
    asyncio.run(Life(FULL_LIFE, folder).live())
    found = evidence_in(folder)
    assert broken(found) == []
    return found


Spoil = Callable[[Evidence], None]


def _done(evidence: Evidence) -> dict[str, Any]:
    return next(row for row in evidence.rows["actions"] if row["state"] == "done")


def _ask(evidence: Evidence) -> dict[str, Any]:
    return evidence.rows["approvals"][0]


def _first(evidence: Evidence, kind: str) -> dict[str, Any]:
    return next(note for note in evidence.notes if note["kind"] == kind)


def _lose(evidence: Evidence) -> None:
    name = _first(evidence, "acknowledged")["id"]
    evidence.rows["inbox"] = [row for row in evidence.rows["inbox"] if row["event_id"] != name]


def _leave_open(evidence: Evidence) -> None:
    evidence.rows["runs"][0]["state"] = "asking"


def _take_another_for_the_same(evidence: Evidence) -> None:
    _first(evidence, "acknowledged")["body"] = "{}"


def _set_aside(evidence: Evidence) -> None:
    evidence.rows["quarantine"].append({"source": "crm", "event_id": "evt_stray", "why": "stray"})


def _leave_planned(evidence: Evidence) -> None:
    _done(evidence)["state"] = "planned"


def _forget_what_was_done(evidence: Evidence) -> None:
    marker = _done(evidence)["key"]
    evidence.rows["sandbox_effects"] = [row for row in evidence.rows["sandbox_effects"] if row["marker"] != marker]


def _repeat(evidence: Evidence) -> None:
    evidence.rows["sandbox_effects"].append(dict(evidence.rows["sandbox_effects"][0]))


def _leave_waiting(evidence: Evidence) -> None:
    _ask(evidence)["state"] = "open"


def _keep_from_people(evidence: Evidence) -> None:
    evidence.rows["sandbox_messages"].pop()


def _tell_what_nobody_wrote(evidence: Evidence) -> None:
    evidence.rows["sandbox_messages"].append({**evidence.rows["sandbox_messages"][0], "id": "msg_stray"})


def _end_early(evidence: Evidence) -> None:
    _ask(evidence).update(state="expired", at="2026-01-01 00:00:00", expires_at="2026-01-01 01:00:00")


def _count_too_late(evidence: Evidence) -> None:
    _ask(evidence).update(state="rejected", at="2026-01-01 01:00:00", expires_at="2026-01-01 01:00:00")


def _do_though_blocked(evidence: Evidence) -> None:
    of = {row["id"]: row["account"] for row in evidence.rows["decisions"]}
    evidence.notes.insert(0, {"kind": "blocked", "account": of[_done(evidence)["decision_id"]]})


def _do_though_taken_back(evidence: Evidence) -> None:
    row = _done(evidence)
    ask = {**_ask(evidence), "id": "apr_back", "decision_id": row["decision_id"], "round": 0}
    evidence.rows["approvals"].append(ask)
    evidence.notes.insert(0, {"kind": "answered", "answer": "undo", "approval": "apr_back", "clicked": "apr_back", "who": "ann"})
    evidence.notes[:] = [note for note in evidence.notes if note["kind"] != "answered" or note["answer"] == "undo"]


def _seal_otherwise(evidence: Evidence) -> None:
    evidence.rows["audit"][-1]["data"] = json.dumps({"nothing": "happened"})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_lose, "was acknowledged, and its run is"), (_leave_open, "ended as asking"), (_take_another_for_the_same, "was taken as new"),
        (_set_aside, "nobody sent another"), (_leave_planned, "is still planned"), (_forget_what_was_done, "not what the target says"),
        (_repeat, "2 times"), (_leave_waiting, "is still open"), (_keep_from_people, "was not delivered"),
        (_tell_what_nobody_wrote, "nobody wrote it"), (_end_early, "expired at"), (_count_too_late, "was rejected at"),
        (_do_though_blocked, "was blocked"), (_do_though_taken_back, "had been taken back"), (_seal_otherwise, "audit log is broken"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_seen(sound: Evidence, spoil: Spoil, said: str) -> None:
    spoilt = deepcopy(sound)
    spoil(spoilt)
    assert any(said in sentence for sentence in broken(spoilt)), broken(spoilt)
