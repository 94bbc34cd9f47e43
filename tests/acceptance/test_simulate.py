"""Simulate, replay and shadow through the command line, over decisions that were made in the seeded world."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.arrivals import arrival_of
from agent.playbook.loader import DEFAULT
from integrations.cli import main
from integrations.db.packing import pack_evidence
from tests.acceptance.workspaces import DATABASE, alone, seeded
from tests.benchmarks.bench_deciding import events

SPAN = ("--since", "2026-11-10", "--until", "2026-11-11")
OPEN_P1 = "no-selling-during-open-p1"


@pytest.fixture(scope="module")
def decided(seeded_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database holds what was decided about twelve deals and three tickets."""
    folder = tmp_path_factory.mktemp("decided")

    async def make() -> None:
        async with seeded(folder, seeded_world) as workspace:
            chosen = [one for one in events() if one.subject_kind in ("deal", "ticket")]
            await workspace.service.accept([arrival_of(one) for one in [*chosen[:12], *chosen[57:60]]])
            await workspace.engine.settle()

    with alone(folder):
        asyncio.run(make())
    return folder


@pytest.fixture
def there(decided: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to work in."""
    for file in decided.glob(f"{DATABASE}*"):
        shutil.copy(file, tmp_path / file.name)
    with alone(tmp_path):
        yield tmp_path


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The playbook that ships, with selling during an open P1 allowed."""
    folder = tmp_path / "draft"
    shutil.copytree(DEFAULT, folder)
    rules = folder / "rules" / "suitability.yaml"
    rules.write_text(rules.read_text().replace(f"- id: {OPEN_P1}\n", f"- id: {OPEN_P1}\n  enabled: false\n", 1))
    return folder


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def _rows(folder: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(folder / DATABASE)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_a_draft_is_simulated_over_what_was_decided(there: Path, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _rows(there, "SELECT count(*) FROM audit"), _rows(there, "SELECT id, body FROM decisions ORDER BY id")
    code, out, _ = _run(capsys, "simulate", "--playbook", str(draft), *SPAN, "--json")
    found = json.loads(out)
    assert (code, found["decisions"], found["unchanged"]) == (0, 15, 15 - found["changed"])
    assert found["changed"] > 0
    assert {change["kind"] for change in found["changes"]} <= {"newly_allowed", "other_choice"}
    assert {cause["id"] for change in found["changes"] for cause in change["causes"] if cause["kind"] == "rule"} == {OPEN_P1}
    assert found["total"]["changes"] == found["changed"] == sum(tally["changes"] for tally in found["kinds"].values())
    assert sum(surface["decisions"] for surface in found["surfaces"].values()) == 15
    assert (_rows(there, "SELECT count(*) FROM audit"), _rows(there, "SELECT id, body FROM decisions ORDER BY id")) == before


def test_each_change_is_what_a_replay_under_the_draft_says(there: Path, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = json.loads(_run(capsys, "simulate", "--playbook", str(draft), *SPAN, "--json")[1])["changes"]
    for change in [one for one in changes if not one["knock_on"]][:3]:
        code, out, _ = _run(capsys, "replay", change["id"], "--playbook", str(draft), "--json")
        assert code == 0
        assert json.loads(out)["change"]["after"] == change["after"]
        told = _run(capsys, "replay", change["id"], "--playbook", str(draft))[1]
        assert f"{OPEN_P1}: no longer forbids" in told
    assert json.loads(_run(capsys, "replay", changes[0]["id"], "--json")[1])["same"] is True


def test_the_page_and_the_table_tell_the_same(there: Path, draft: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = _run(capsys, "simulate", "--playbook", str(draft), *SPAN, "--html", "report.html")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    page = (there / "report.html").read_text(encoding="utf-8")
    changes = json.loads(_run(capsys, "simulate", "--playbook", str(draft), *SPAN, "--json")[1])["changes"]
    assert all(change["id"] in page and change["id"] in out for change in changes)
    assert "<script" not in page


def test_under_the_playbook_in_force_nothing_changes(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "simulate", "--playbook", str(DEFAULT), *SPAN)
    assert code == 0
    assert "Each of 15 decisions would be the same under the draft." in " ".join(out.split())


def test_a_time_in_which_nothing_was_decided_is_told(there: Path, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "simulate", "--playbook", str(draft), "--since", "2026-01-01", "--until", "2026-02-01", "--html", "none.html")
    assert code == 0
    assert "Nothing was decided in this time" in " ".join(out.split())
    assert "Nothing was decided in this time" in (there / "none.html").read_text(encoding="utf-8")


def test_what_is_wrong_is_one_sentence_and_leaves_nothing_behind(there: Path, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = draft / "rules" / "suitability.yaml"
    good = rules.read_text()
    rules.write_text(good.replace("family.open_p1_tickets > params.limit", "family.open_p1_tickets > params.nope", 1))
    (there / "report.html").write_text("old", encoding="utf-8")
    code, _, err = _run(capsys, "simulate", "--playbook", str(draft), *SPAN, "--html", "report.html")
    assert (code, "suitability.yaml" in err, "nope" in err) == (2, True, True)
    assert (there / "report.html").read_text(encoding="utf-8") == "old"
    rules.write_text(good)
    for arguments, wanted in (
        (("--since", "soon"), 2),
        (("--since", "2026-11-11", "--until", "2026-11-10"), 2),
        ((*SPAN, "--html", "absent/report.html"), 2),
        ((*SPAN, "--surface", "nope"), 3),
    ):
        assert _run(capsys, "simulate", "--playbook", str(draft), *arguments)[0] == wanted, arguments
    assert _run(capsys, "simulate", "--playbook", "absent")[0] == 2
    assert sorted(path.name for path in there.glob("*.html")) == ["report.html"]


def test_what_lost_its_evidence_is_named(there: Path, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ((lost,),) = _rows(there, "SELECT id FROM decisions WHERE play IS NOT NULL ORDER BY id LIMIT 1")
    connection = sqlite3.connect(there / DATABASE)
    with connection:
        connection.execute("UPDATE decisions SET evidence = ? WHERE id = ?", (pack_evidence(None), lost))
    connection.close()
    found = json.loads(_run(capsys, "simulate", "--playbook", str(draft), *SPAN, "--json")[1])
    assert (found["lost"], found["decisions"]) == ([lost], 14)


def test_a_surface_in_shadow_shows_what_it_would_do(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _rows(there, "SELECT count(*) FROM audit")
    code, out, _ = _run(capsys, "shadow", "--surface", "deal-follow-up", "--last", "5", "--json")
    found = json.loads(out)
    assert (code, len(found["events"]), found["counts"]["facts_from"]) == (0, 5, {"recorded": 5})
    assert all(one["if_suggest"] in ("ask", "deferred", "none", "suppressed") for one in found["events"])
    assert _run(capsys, "shadow", "--surface", "nope")[0] == 3
    code, out, _ = _run(capsys, "shadow", "--surface", "renewal")
    assert (code, "No event of this surface has come in yet" in out) == (0, True)
    assert _rows(there, "SELECT count(*) FROM audit") == before


def test_events_that_were_never_decided_are_read_from_the_sources_now(there: Path, seeded_world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def arrive() -> None:
        async with seeded(there, seeded_world) as workspace:
            usage = [one for one in events() if one.subject_kind == "account"]
            await workspace.service.accept([arrival_of(one) for one in usage[:3]])

    asyncio.run(arrive())
    before = _rows(there, "SELECT count(*) FROM decisions")
    code, out, _ = _run(capsys, "shadow", "--surface", "usage-risk", "--json")
    assert (code, json.loads(out)["counts"]["facts_from"]) == (0, {"gathered": 3})
    assert "read from the sources" in " ".join(_run(capsys, "shadow", "--surface", "usage-risk")[1].split())
    assert _rows(there, "SELECT count(*) FROM decisions") == before
