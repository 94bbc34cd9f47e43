"""The command line as people and scripts use it: in one process, against a database of its own."""

import json
import logging
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from integrations.cli import main

HERE = Path(__file__).parent
WORLD = str(HERE / "cli_world.yaml")
AT, LATER = "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z"
ASKED = {
    "source": "hubspot",
    "id": "evt_1",
    "type": "deal.discount_requested",
    "occurred_at": "2026-11-24T09:58:00Z",
    "account": "acc_1",
    "subject": {"kind": "deal", "id": "deal_1"},
    "version": 4,
    "data": {"requested_discount_pct": 22},
}
MANAGER, DESK = "bob@tessera.example", "dora@tessera.example"
PLAIN = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "COLUMNS": "100"}


@dataclass(frozen=True)
class Result:
    """What one command gave."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON that was printed."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """What was printed, without line breaks."""
        return " ".join(self.out.split())


class Cli:
    """Runs commands in a folder with a database of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *arguments: str) -> Result:
        self._capsys.readouterr()
        code = main(arguments)
        said = self._capsys.readouterr()
        return Result(code, said.out, said.err)

    def file(self, name: str, text: str) -> str:
        """Write a file, and return its path."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Every command sets up logging for its process; here it is one of many."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A fresh deployment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXTPLAY_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'np.db'}")
    return Cli(tmp_path, capsys)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a deployment in which one discount waits for two people."""
    folder = tmp_path_factory.mktemp("asked")
    event = folder / "event.json"
    event.write_text(json.dumps(ASKED))
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("NEXTPLAY_DATABASE_URL", f"sqlite:///{folder / 'data' / 'np.db'}")
        assert main(["sandbox", "apply", WORLD, "--at", AT]) == 0
        assert main(["run", str(event), "--at", AT]) == 0
    return folder / "data"


@pytest.fixture
def cli(empty: Cli, asked: Path) -> Cli:
    """A deployment in which one discount waits for two people."""
    shutil.copytree(asked, empty.folder / "data")
    return empty


def the_decision(cli: Cli) -> str:
    """The id of the one decision."""
    (row,) = cli("decisions", "list", "--json").data["decisions"]
    return str(row["id"])


def test_the_time_of_a_connected_system_is_not_stopped(empty: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_CRM", "hubspot")
    refused = empty("run", empty.file("event.json", json.dumps(ASKED)), "--at", AT)
    assert refused.code == 4
    assert "--at cannot stop the time of hubspot" in refused.err


# --- events ----------------------------------------------------------------------------------------------------------


def test_one_event_gives_its_decision_record(empty: Cli) -> None:
    assert empty("sandbox", "apply", WORLD, "--at", AT, "--json").data["applied"]["people"] == 3
    ran = empty("run", empty.file("event.json", json.dumps(ASKED)), "--at", AT, "--json")
    assert ran.code == 0
    assert ran.data["route"] == "ask"
    assert ran.data["trigger"]["event_id"] == "evt_1"
    assert ran.data["created_at"] == AT
    assert empty("decisions", "show", ran.data["id"], "--json").data == ran.data


def test_the_same_event_again_gives_the_same_decision(cli: Cli) -> None:
    again = cli("run", cli.file("event.json", json.dumps(ASKED)), "--at", LATER, "--json")
    assert again.code == 0
    assert again.data["id"] == the_decision(cli)


def test_the_same_id_with_other_content_is_refused_and_shown_by_doctor(cli: Cli) -> None:
    other = cli.file("event.json", json.dumps({**ASKED, "data": {"requested_discount_pct": 5}}))
    refused = cli("run", other, "--at", LATER, "--json")
    assert refused.code == 4
    assert refused.data["state"] == "conflict"
    assert "quarantine" in json.loads(refused.err)["error"]
    checks = {check["name"]: check for check in cli("doctor", "--json").data["checks"]}
    assert checks["quarantine"]["level"] == "warn"
    (detail,) = checks["quarantine"]["details"]
    assert (detail["source"], detail["event_id"]) == ("hubspot", "evt_1")
    assert detail["at"] == "2026-11-24 11:00 UTC"
    assert len({detail["sha256"], detail["known_sha256"]}) == 2
    shown = cli("doctor").text
    assert detail["sha256"] in shown
    assert detail["known_sha256"] in shown
    assert "have the sender send the right one with an id of its own" in shown


def test_several_events_are_accepted_together_and_those_without_a_decision_say_why(cli: Cli) -> None:
    other = {**ASKED, "id": "evt_2", "type": "invoice.paid"}
    ran = cli("run", cli.file("events.jsonl", f"{json.dumps(ASKED)}\n{json.dumps(other)}\n"), "--at", LATER, "--json")
    assert ran.code == 0
    first, second = ran.data["decisions"]
    assert first["id"] == the_decision(cli)
    assert second == {"run_id": second["run_id"], "state": "closed", "why": "no surface that is on reacts to invoice.paid"}
    listed = cli("run", cli.file("events.yaml", f"- {json.dumps(other)}\n"), "--at", LATER)
    assert listed.code == 0
    assert "no surface that is on reacts to invoice.paid" in listed.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "absent.json"], "absent.json cannot be read: no such file or directory"),
        (["run", "bad.json"], "This is not an event: type: field required"),
        (["run", "event.json", "--at", "soon"], "--at 'soon' is not a time."),
        (["run"], "Missing argument"),
        (["frobnicate"], "No such command 'frobnicate'."),
        (["decisions"], "Missing command. There are: list, show."),
        (["block", "--account", "acc_1", "--why", "x", "--as", "bob"], "'bob' is not an e-mail address."),
        (["decisions", "list", "--limit", "0"], "Invalid value for '--limit'"),
        (["decisions", "list", "--route", "fly"], "'fly' is not a route."),
        (["sandbox", "apply", "bad.json"], "there is no key 'id'"),
        (["people", "token", "nobody", "--role", "viewer"], "'nobody' is not an e-mail address."),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_code_2(empty: Cli, arguments: list[str], says: str) -> None:
    empty.file("event.json", json.dumps(ASKED))
    empty.file("bad.json", json.dumps({name: value for name, value in ASKED.items() if name != "type"}))
    told = empty(*arguments)
    assert told.code == 2
    assert says in told.err
    assert "Traceback" not in told.err
    assert told.out == ""
    as_json = empty(*arguments, "--json")
    assert as_json.code == 2
    assert json.loads(as_json.err)["exit_code"] == 2


# --- decisions and answers -------------------------------------------------------------------------------------------


def test_the_story_of_a_decision_fits_on_a_screen_and_has_no_colour_codes(cli: Cli) -> None:
    told = cli("decisions", "show", the_decision(cli))
    lines = told.out.splitlines()
    assert told.code == 0
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in told.out
    assert "Waits until 2026-11-26 10:00 UTC for an answer by bob@tessera.example and dora@tessera.example." in told.out
    assert "can offer a discount of 22" in told.out
    assert len(cli("decisions", "show", the_decision(cli), "--all").out.splitlines()) > len(lines)


def test_lists_are_one_line_each_and_empty_ones_say_what_to_do(empty: Cli, asked: Path) -> None:
    assert "nextplay demo" in empty("decisions", "list").out
    shutil.rmtree(empty.folder / "data")
    shutil.copytree(asked, empty.folder / "data")
    header, line = empty("decisions", "list").out.splitlines()
    assert header.split() == ["decision", "route", "age", "surface", "about", "what", "state"]
    assert line.endswith("asking")
    for option, value, count in (("--surface", "deal-follow-up", 1), ("--surface", "renewal", 0), ("--account", "acc_1", 1), ("--route", "none", 0)):
        assert len(empty("decisions", "list", option, value, "--json").data["decisions"]) == count


def test_both_approve_then_it_waits_for_undo_then_it_is_done_once(cli: Cli) -> None:
    decision = the_decision(cli)
    first = cli("answer", decision, "approve", "--as", MANAGER, "--note", "fine", "--at", LATER)
    assert first.code == 0
    assert "for an answer by dora@tessera.example." in first.text
    second = cli("answer", decision, "approve", "--as", DESK, "--at", LATER, "--json").data
    assert second["won"]
    assert second["happened"] == ["Will be done at 2026-11-24 11:01 UTC; until then it can be undone."]
    assert second["run"]["state"] == "waiting"
    assert cli("sandbox", "effects", "--json").data["effects"] == []
    for _ in range(2):
        assert cli("tick", "--at", "2026-11-24T11:01:30Z", "--json").code == 0
    assert [e["kind"] for e in cli("sandbox", "effects", "--json").data["effects"]] == ["send_content", "crm_note"]
    assert "Done: 2 steps." in cli("decisions", "show", decision).out


def test_the_second_answer_of_the_same_ask_is_told_who_decided(cli: Cli) -> None:
    decision = the_decision(cli)
    assert cli("answer", decision, "reject", "--reason", "poorly_timed", "--as", MANAGER, "--at", LATER).code == 0
    lost = cli("answer", decision, "approve", "--as", MANAGER, "--at", LATER)
    assert lost.code == 4
    assert "Already rejected by bob@tessera.example at 2026-11-24 11:00 UTC." in lost.err
    assert "Rejected by bob@tessera.example. Nothing was done." in cli("decisions", "show", decision).out


def test_an_edit_takes_new_words_and_values(cli: Cli) -> None:
    decision = the_decision(cli)
    edited = cli("answer", decision, "edit", "--set", "discount_pct=10", "--as", MANAGER, "--at", LATER, "--json")
    assert edited.code == 0
    assert edited.data["decision"]["proposal"]["params"]["discount_pct"] == 10
    assert "10" in edited.data["decision"]["proposal"]["content"]["body"]
    words = cli.file("mail.txt", "Hello Monica,\n\nlet us talk about it this week.\n")
    worded = cli("answer", decision, "edit", "--content", words, "--as", DESK, "--at", LATER, "--json")
    assert worded.code == 0
    content = worded.data["decision"]["proposal"]["content"]
    assert content["body"].startswith("Hello Monica,\n\nlet us talk")
    assert content["subject"] == edited.data["decision"]["proposal"]["content"]["subject"]


@pytest.mark.parametrize(
    ("sentence", "warning"),
    [("It will be ready by Christmas.", "speaks of 'christmas'"), ("I call at 10:30 on 13 December.", "names the time '10:30'"), ("Talk soon.", "")],
)
def test_an_edit_may_say_what_costs_nothing_and_is_told_what_no_fact_backs(cli: Cli, sentence: str, warning: str) -> None:
    words = cli.file("mail.txt", f"Hello Monica,\n\n{sentence}\n")
    edited = cli("answer", the_decision(cli), "edit", "--content", words, "--as", MANAGER, "--at", LATER)
    assert edited.code == 0
    assert ("Warning: " in edited.text, warning in edited.text) == (bool(warning), True)
    assert (f"warned {MANAGER}: " in " ".join(cli("decisions", "show", the_decision(cli), "--json").data["proposal"]["notes"])) is bool(warning)


@pytest.mark.parametrize(
    "sentence", ["You pay only half of what was agreed.", "The first year costs nothing.", "Sie zahlen nur die Hälfte.", "You pay 500."]
)
def test_an_edit_may_promise_no_price(cli: Cli, sentence: str) -> None:
    words = cli.file("mail.txt", f"Hello Monica,\n\n{sentence}\n")
    edited = cli("answer", the_decision(cli), "edit", "--content", words, "--as", MANAGER, "--at", LATER)
    assert (edited.code, "says what no fact backs" in " ".join(edited.err.split())) == (4, True)


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("Globex Freight asked for the same.", 4),
        ("Our friends at GLOBEX FREIGHT GmbH asked for the same.", 4),
        ("I know that Harald Juhnke sees it as you do.", 4),
        ("A global freight company asked for the same.", 0),
        ("Greenfield Insurance asked for the same.", 0),
    ],
)
def test_an_edit_may_not_name_another_customer(cli: Cli, sentence: str, code: int) -> None:
    others = "accounts: [{id: acc_9, name: Globex Freight GmbH}]\ncontacts: [{id: con_9, account: acc_9, name: Dr. Harald Juhnke}]\n"
    assert cli("sandbox", "apply", cli.file("others.yaml", others), "--at", AT).code == 0
    words = cli.file("mail.txt", f"Hello Monica,\n\n{sentence}\n")
    edited = cli("answer", the_decision(cli), "edit", "--content", words, "--as", MANAGER, "--at", LATER)
    assert edited.code == code
    assert ("who has no part in this" in " ".join(edited.err.split())) is (code == 4)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["approve", "--as", "eve@elsewhere.example"], 4, "may not"),
        (["dance", "--as", MANAGER], 2, "'dance' is not an answer."),
        (["reject", "--reason", "bored", "--as", MANAGER], 2, "'bored' is not a reason."),
        (["edit", "--set", "discount_pct", "--as", MANAGER], 2, "gives no value"),
        (["edit", "--set", "colour=red", "--as", MANAGER], 2, "'colour' is not a parameter"),
        (["approve", "--set", "discount_pct=1", "--as", MANAGER], 2, "Use them with: edit"),
        (["undo", "--as", MANAGER], 4, "nothing is waiting"),
        (["approve"], 2, "--as"),
    ],
)
def test_answers_that_cannot_count_say_why(cli: Cli, arguments: list[str], code: int, says: str) -> None:
    told = cli("answer", the_decision(cli), *arguments, "--at", LATER)
    assert told.code == code
    assert says in " ".join(told.err.split())


def test_what_is_not_there_is_exit_code_3(cli: Cli) -> None:
    for arguments in (
        ["decisions", "show", "dec_nope"],
        ["answer", "dec_nope", "approve", "--as", MANAGER],
        ["replay", "dec_nope"],
        ["holds", "release", "h", "--as", MANAGER],
        ["block", "--play", "nope", "--why", "x", "--as", MANAGER],
        ["block", "--account", "acc_nope", "--why", "x", "--as", MANAGER],
        ["block", "--contact", "con_nope", "--why", "x", "--as", MANAGER],
        ["unblock", "--account", "acc_1", "--as", MANAGER],
        ["effects", "resolve", "k", "--done", "--why", "x", "--as", MANAGER],
        ["dead", "retry", "r", "--why", "x", "--as", MANAGER],
    ):
        assert cli(*arguments).code == 3, arguments


def test_a_replay_gives_the_recorded_decision(cli: Cli) -> None:
    same = cli("replay", the_decision(cli), "--json")
    assert same.code == 0
    assert same.data["same"] is True
    assert cli("answer", the_decision(cli), "edit", "--set", "discount_pct=10", "--as", MANAGER, "--at", LATER).code == 0
    assert cli("replay", the_decision(cli), "--json").data == same.data
    starter = str(cli.folder / "mine")
    assert cli("init", starter).code == 0
    assert cli("init", starter).code == 4
    assert cli("replay", the_decision(cli), "--playbook", "absent").code == 1


def test_a_replay_says_in_words_what_differs_and_what_was_only_recorded(cli: Cli) -> None:
    path = cli.folder / "data" / "np.db"
    connection = sqlite3.connect(path)
    (packed,) = connection.execute("SELECT body FROM decisions").fetchone()
    body = json.loads(zlib.decompress(packed))
    body["decision"]["reasons"][0] = {"code": "required", "text": "because I say so"}
    with connection:
        connection.execute("UPDATE decisions SET body = ?", (zlib.compress(json.dumps(body).encode()),))
    connection.close()
    told = cli("replay", the_decision(cli))
    assert told.code == 1
    assert "- reason required (because I say so): only in the record" in told.text
    unknown = {**ASKED, "id": "evt_3", "account": None, "subject": {"kind": "deal", "id": "deal_nope"}}
    only = cli("run", cli.file("other.json", json.dumps(unknown)), "--at", LATER, "--json").data
    assert only["route"] == "suppressed"
    said = cli("replay", only["id"])
    assert said.code == 0
    assert "nothing was decided, so there is nothing to decide again" in said.text


def test_a_block_does_not_wait_for_a_crm_that_is_down(cli: Cli) -> None:
    assert cli("sandbox", "apply", cli.file("down.yaml", "faults: [{source: crm, mode: down}]\n"), "--at", AT).code == 0
    assert cli("block", "--account", "acc_1", "--why", "urgent", "--as", MANAGER, "--json").data["stopped"] == 1


def test_who_reads_less_than_there_is_ends_it_quietly(empty: Cli) -> None:
    command = f"{Path(sys.executable).parent / 'nextplay'} playbook show | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["/bin/bash", "-c", command], cwd=empty.folder, env=PLAIN, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Playbook ")


def test_the_version_is_told(empty: Cli) -> None:
    assert re.fullmatch(r"nextplay \d+\.\d+\.\d+\S*\n", empty("--version").out)


def test_a_block_stops_what_waits_until_it_is_lifted(cli: Cli) -> None:
    blocked = cli("block", "--account", "acc_1", "--why", "a dispute", "--until", "2030-01-01", "--as", MANAGER, "--json")
    assert blocked.data["stopped"] == 1
    (block,) = cli("blocks", "--json").data["blocks"]
    assert (block["target"], block["ref"], block["why"], block["by"]) == ("account", "acc_1", "a dispute", MANAGER)
    assert "acc_1" in cli("blocks").out
    assert cli("answer", the_decision(cli), "approve", "--as", MANAGER, "--at", LATER).code == 4
    assert cli("unblock", "--account", "acc_1", "--as", MANAGER).code == 0
    assert cli("blocks").out == "Nothing is blocked.\n"
    for wrong in ([], ["--account", "a", "--play", "b"], ["--account", "a", "--until", "2020-01-01"]):
        assert cli("block", *wrong, "--why", "x", "--as", MANAGER).code == 2


def test_a_block_ends_by_the_clock_of_the_sandbox(cli: Cli) -> None:
    block = ("block", "--account", "acc_1", "--why", "a dispute", "--as", MANAGER, "--until", "2026-11-24T12:00:00Z")
    unblock = ("unblock", "--account", "acc_1", "--as", MANAGER)
    assert cli(*block, "--at", "2026-11-24T12:00:01Z").code == 2
    assert cli(*block, "--at", LATER).code == 0
    assert cli(*unblock, "--at", "2026-11-24T12:00:00Z").code == 3
    assert cli(*unblock, "--at", "2026-11-24T11:59:59Z").code == 0


def test_a_dead_run_is_listed_and_goes_on_from_where_it_was(cli: Cli) -> None:
    run = "run_" + the_decision(cli).removeprefix("dec_")
    retry = ("dead", "retry", run, "--why", "the adapter is mended", "--as", MANAGER, "--at", LATER)
    assert cli("dead", "list").out == "No run is dead.\n"
    assert cli(*retry).code == 4
    with closing(sqlite3.connect(cli.folder / "data" / "np.db")) as connection, connection:
        connection.execute("UPDATE runs SET state = 'dead', attempts = 5, error = 'ValueError: boom'")

    (dead,) = cli("dead", "list", "--json").data["dead"]
    assert (dead["id"], dead["error"]) == (run, "ValueError: boom")
    assert "nextplay dead list" in cli("doctor").text
    shown = cli("dead", "list").out
    assert run in shown
    assert "nextplay dead retry RUN" in shown

    assert "it is asking" in cli(*retry).out
    assert cli("dead", "list", "--json").data == {"dead": []}
    assert cli("answer", the_decision(cli), "approve", "--as", MANAGER, "--at", LATER).code == 0
    assert cli("audit", "verify").code == 0


def test_a_bulk_change_is_held_and_released(cli: Cli) -> None:
    change = {
        **ASKED,
        "id": "evt_bulk",
        "type": "deal.stage_changed",
        "version": 5,
        "data": {"stage": "negotiation", "change_source": "IMPORT"},
        "actor": "u_import",
    }
    ran = cli("run", cli.file("event.json", json.dumps(change)), "--at", LATER, "--json")
    assert ran.data["route"] == "suppressed"
    (hold,) = cli("holds", "list", "--json").data["holds"]
    assert hold["released_at"] is None
    assert hold["id"] in cli("holds", "list").out
    released = cli("holds", "release", hold["id"], "--as", MANAGER, "--json")
    assert released.data["subjects"] == 1
    assert len(released.data["decisions"]) == 1
    assert cli("holds", "release", hold["id"], "--as", MANAGER).code in (3, 4)


# --- operators -------------------------------------------------------------------------------------------------------


def test_colleagues_are_told_and_listed(cli: Cli) -> None:
    messages = cli("sandbox", "messages", "--json").data["messages"]
    assert {tuple(m["to"]) for m in messages} == {(MANAGER,), (DESK,)}
    assert "Offer the discount" in cli("sandbox", "messages").out
    assert [p["email"] for p in cli("people", "list", "--json").data["people"]] == [MANAGER, DESK, "rita@tessera.example"]
    team = "teams: [{id: t_desk, email: desk@tessera.example, name: Deal desk, members: [u_desk, u_boss]}]"
    assert cli("sandbox", "apply", cli.file("team.yaml", team)).code == 0
    assert [t["members"] for t in cli("people", "list", "--json").data["teams"]] == [["u_desk", "u_boss"]]
    assert "Dora Desk, Bob Boss" in cli("people", "list").out
    assert cli("sandbox", "reset").code == 0
    assert cli("sandbox", "messages").out == "There are no messages yet.\n"


def test_a_token_is_shown_once_and_works(cli: Cli) -> None:
    made = cli("people", "token", "ann@tessera.example", "--role", "viewer", "--days", "7", "--json").data
    assert made["token"].startswith("np_")
    assert made["role"] == "viewer"
    stored = sqlite3.connect(cli.folder / "data" / "np.db")
    try:
        assert made["token"] not in "\n".join(stored.iterdump())
    finally:
        stored.close()
    assert made["token"] not in cli("people", "token", "ann@tessera.example", "--role", "viewer").out


def test_the_audit_log_is_verified_and_a_forged_entry_is_found(cli: Cli) -> None:
    assert cli("audit", "verify", "--json").data["ok"] is True
    forged = sqlite3.connect(cli.folder / "data" / "np.db")
    try:
        for (name,) in forged.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall():
            forged.execute(f"DROP TRIGGER {name}")
        forged.execute("UPDATE audit SET who = 'nobody' WHERE seq = 1")
        forged.commit()
    finally:
        forged.close()
    found = cli("audit", "verify")
    assert found.code == 1
    assert "(entry 1)" in found.err
    assert cli("audit", "verify", "--json").data["first_bad"] == 1


def test_the_database_is_upgraded_checked_and_backed_up(empty: Cli) -> None:
    assert empty("db", "check").code == 3
    assert empty("db", "upgrade").code == 0
    assert empty("db", "check", "--json").data["ok"] is True
    copy = empty.folder / "copy.db"
    assert empty("db", "backup", str(copy)).code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert empty("db", "backup", str(copy)).code == 4
    broken = sqlite3.connect(copy)
    try:
        assert broken.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        trigger = broken.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchone()[0]
        broken.execute(f"DROP TRIGGER {trigger}")
        broken.commit()
    finally:
        broken.close()
    shutil.copy(copy, empty.folder / "data" / "np.db")
    checked = empty("db", "check")
    assert checked.code == 1
    assert trigger in checked.err


def test_doctor_looks_without_making_anything_and_fails_on_what_does_not_work(empty: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = empty("doctor")
    assert fresh.code == 0
    assert not (empty.folder / "data").exists()
    monkeypatch.setenv("NEXTPLAY_PORT", "many")
    wrong = empty("doctor", "--json")
    assert wrong.code == 1
    assert wrong.data["checks"][0]["name"] == "settings"
    assert "NEXTPLAY_PORT" in wrong.data["checks"][0]["text"]


def test_doctor_finds_nothing_wrong_with_a_deployment_that_works(cli: Cli) -> None:
    checked = cli("doctor", "--json").data
    assert checked["ok"] is True
    levels = {check["name"]: check["level"] for check in checked["checks"]}
    assert levels["audit"] == levels["migrations"] == levels["dead letters"] == "ok"


# --- the playbook ----------------------------------------------------------------------------------------------------


def test_a_playbook_is_checked_shown_and_compared(empty: Cli) -> None:
    assert empty("init", "mine").code == 0
    assert empty("playbook", "check", "mine", "--json").data["ok"] is True
    rule = next((empty.folder / "mine").rglob("*.yaml"))
    rule.write_text(rule.read_text() + "\nnonsense: {\n")
    checked = empty("playbook", "check", "mine")
    assert checked.code == 1
    assert rule.name in checked.out
    assert "^" in checked.out
    assert empty("playbook", "check", "mine", "--json").data["errors"] == 1
    facts = {fact["name"]: fact for fact in empty("playbook", "show", "--facts", "--json").data["facts"]}
    assert facts["usage.seat_use"]["type"] == "number"
    assert facts["usage.seat_use"]["ages_from"] == "as_of"
    assert "no-selling-during-open-p1" in empty("playbook", "show").out
    assert empty("playbook", "show", "absent").code == 1


def test_a_broken_playbook_disables_no_command(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emergency stop above all."""
    assert cli("init", "mine").code == 0
    monkeypatch.setenv("NEXTPLAY_PLAYBOOK", "mine")
    assert cli("tick", "--at", AT).code == 0
    (rules := cli.folder / "mine" / "rules" / "sense.yaml").write_text(rules.read_text() + "\nbroken: [\n")
    decision = the_decision(cli)
    for arguments in (
        ["tick", "--at", AT], ["run", cli.file("event.json", json.dumps(ASKED)), "--at", LATER], ["decisions", "show", decision],
        ["block", "--account", "acc_1", "--why", "stop", "--as", MANAGER, "--at", LATER], ["blocks"], ["audit", "verify"],
    ):  # fmt: skip
        told = cli(*arguments)
        assert (arguments, told.code) == (arguments, 0)
        assert "The playbook mine has 1 problem and is not used." in told.err
        assert "nextplay playbook check mine" in told.err
    checks = {check["name"]: check for check in cli("doctor", "--json").data["checks"]}
    assert checks["playbook"]["level"] == "fail"
    assert "goes on deciding" in checks["in force"]["text"]


# --- the process -----------------------------------------------------------------------------------------------------


def test_help_needs_nothing_heavy() -> None:
    """Half of the commands are typed to see what there is."""
    heavy = ("pydantic", "sqlalchemy", "langgraph", "fastapi", "yaml")
    code = f"import sys; from integrations.cli import main; main(['--help']); print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parents[1], env=PLAIN)  # noqa: S603  our own interpreter
    assert ran.stdout.splitlines()[-1] == "[]"
    for name in [
        "init",
        "demo",
        "serve",
        "run",
        "tick",
        "sandbox",
        "decisions",
        "answer",
        "block",
        "unblock",
        "replay",
        "playbook",
        "people",
        "doctor",
        "db",
        "audit",
    ]:
        assert f" {name} " in ran.stdout


def get(address: str, token: str = "") -> int:
    """The status that an address answers with."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310  our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  our own server
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_says_where_it_is_and_what_is_closed_and_stops_in_order(cli: Cli, stop: signal.Signals) -> None:
    token = cli("people", "token", "ann@tessera.example", "--role", "viewer", "--json").data["token"]
    code = "import sys; from integrations.cli import main; sys.exit(main())"
    env = {**PLAIN, "NEXTPLAY_DATABASE_URL": f"sqlite:///{cli.folder / 'data' / 'np.db'}", "PYTHONPATH": str(HERE.parents[1])}
    command = [sys.executable, "-c", code, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=cli.folder, env=env) as server:  # noqa: S603  our own interpreter
        assert server.stderr is not None
        said = iter(server.stderr.readline, "")
        address = next(line for line in said if "serves on" in line).split()[3]
        next(line for line in said if "startup complete" in line)
        assert get(f"{address}/healthz") == 200
        assert get(f"{address}/api/v1/decisions") == 401
        assert get(f"{address}/api/v1/decisions", token) == 200
        assert get(f"{address}/webhooks/hubspot") in (404, 405)
        server.send_signal(stop)
        rest = server.stderr.read()
        assert server.wait(30) == 0
    assert "Traceback" not in rest


def test_an_address_that_is_taken_is_told(empty: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = empty("serve", "--port", str(taken.getsockname()[1]))
    assert refused.code == 2
    assert "cannot listen on 127.0.0.1" in refused.err


class TestRetention:
    def test_purging_says_first_and_does_then(self, cli: Cli) -> None:
        said = cli("db", "purge")
        assert said.code == 0
        assert "Nothing was changed" in said.out
        done = cli("db", "purge", "--yes", "--json").data
        assert done["done"] is True
        assert {row["setting"] for row in done["classes"]} >= {"NEXTPLAY_RETAIN_BODIES_DAYS", "NEXTPLAY_RETAIN_EVIDENCE_DAYS"}

    def test_erasing_says_first_and_does_then(self, cli: Cli) -> None:
        erase = ("db", "erase", "con_1", "--as", "dpo@tessera.example", "--why", "request 17")
        tried = cli(*erase)
        assert tried.code == 0, tried.err
        assert "Nothing was changed" in tried.out
        before = cli("decisions", "show", the_decision(cli), "--json").data
        done = cli(*erase, "--yes", "--json").data
        assert done["deleted"]["sandbox_records"] >= 1
        assert done["rewritten"] is True
        assert cli("audit", "verify").code == 0
        after = cli("decisions", "show", the_decision(cli), "--json").data
        assert after["choice"].split("/")[0] == before["choice"].split("/")[0]
        assert "con_1" not in json.dumps(after)
        assert cli(*erase, "--yes").code == 3, "nobody is known by that id any more"
