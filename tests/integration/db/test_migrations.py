import json
import re
import sqlite3
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.errors import BusyError
from integrations.db.revision import bring_up_to_date, is_current, newest
from integrations.db.sqlite import FileLock
from integrations.db.tables import Row
from integrations.db.triggers import TRIGGERS
from integrations.sandbox import records
from integrations.sandbox.records import Record
from tests.databases import ON_SQLITE
from tests.postgres import Server


@pytest.fixture
def empty(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'new' / 'nextplay.db'}"


def names(url: str, kind: str) -> set[str]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
        return {name for (name,) in found if not name.startswith("sqlite_")}
    finally:
        connection.close()


def test_upgrading_makes_what_the_code_expects(empty: str) -> None:
    migrations.upgrade(empty)
    assert migrations.check(empty) == []
    assert names(empty, "trigger") == set(TRIGGERS)
    assert set(Row.metadata.tables) <= names(empty, "table")
    migrations.upgrade(empty)
    assert migrations.check(empty) == []


def test_down_and_up_again(empty: str) -> None:
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    assert names(empty, "table") == {"alembic_version"}
    assert names(empty, "index") == names(empty, "trigger") == set()
    migrations.upgrade(empty)
    assert migrations.check(empty) == []


OLD_ASKS = {
    "open": ("open", None, "stands in for Rep"), "replaced": ("superseded", None, "superseded by dec_2"),
    "rejected": ("rejected", "bo@x.example", "not before May"), "quiet": ("open", None, None),
}  # fmt: skip
"""State, answerer and note of asks as revision 0003 kept them."""


def test_what_stood_in_the_note_of_an_ask_finds_its_place_and_back(empty: str) -> None:
    migrations.upgrade(empty, "0003")
    with sqlite3.connect(empty.removeprefix("sqlite:///")) as connection:
        for name, kept in OLD_ASKS.items():
            insert = "INSERT INTO approvals (id, decision_id, round, digest, state, needed_role, asked, allowed, created_at, expires_at, difference,"
            connection.execute(f"{insert} answered_by, note) VALUES (?, 'd', 1, 'x', ?, 'r', '[]', '[]', '', '', '[]', ?, ?)", (name, *kept))

    migrations.upgrade(empty)
    assert migrations.check(empty) == [], "the trigger is there again"
    now = set(connection.execute("SELECT id, routing, ended, note FROM approvals"))
    assert now == {
        ("open", "stands in for Rep", None, None), ("replaced", None, "superseded by dec_2", None),
        ("rejected", None, None, "not before May"), ("quiet", None, None, None),
    }  # fmt: skip

    migrations.downgrade(empty, "0003")
    assert {row[0]: row[1:] for row in connection.execute("SELECT id, state, answered_by, note FROM approvals")} == OLD_ASKS
    connection.close()


OLD_PLAYBOOK = {
    "surfaces": [{"id": "s", "holdout": {"share": 0.1}}, {"id": "quiet", "holdout": {"share": 0.1}}],
    "plays": [
        {"id": "mail", "purpose": "marketing", "window": "7d", "unit": "money", "steps": [{"do": "send_content"}, {"do": "crm_note"}],
         "outcome": {"event": "deal.advanced", "window": "14d", "on_silence": "ignored"}},
        {"id": "escalate", "purpose": "service", "window": "4d", "unit": "minutes", "steps": [{"do": "assign_group"}],
         "outcome": {"event": "ticket.solved", "window": "36h", "on_silence": "assumed"}},
        {"id": "call", "purpose": "service", "window": "2w", "unit": "money", "steps": [{"do": "crm_task"}], "outcome": None},
    ],
}  # fmt: skip
OLD_DECISIONS = {
    # id: (surface, play, route, mode, evidence's family)
    "sent": ("s", "mail", "ask", "suggest", ["fam", "sis"]),
    "held": ("s", "mail", "holdout", "suggest", []),
    "quiet": ("quiet", "mail", "shadow", "shadow", []),
    "moved": ("s", "escalate", "act", "auto", []),
    "called": ("s", "call", "ask", "suggest", []),
    "nothing": ("s", None, "none", "suggest", []),
    "unknown_playbook": ("s", "mail", "ask", "suggest", []),
}
"""As revision 0004 kept them."""
OLD_DONE = [("sent", "crm_note", "10"), ("sent", "send_content", "11"), ("moved", "assign_group", "12"), ("called", "crm_task", "13")]


def _old_decision(connection: sqlite3.Connection, name: str, surface: str, play: str | None, route: str, mode: str, family: list[str]) -> None:
    chosen = {"id": "c", "score": {"value": 12.5}}
    said = {
        "mode": mode, "playbook_version": "gone" if name == "unknown_playbook" else "pb1", "choice": "c", "candidates": [chosen], "reasons": [],
        "facts": [{"name": "deal.stage", "value": "proposal"}],
    }  # fmt: skip
    packed = zlib.compress(json.dumps({"decision": said, "rules": [], "said": [[]]}).encode())
    evidence = zlib.compress(json.dumps({"family": family}).encode())
    columns = "id, run_id, created_at, surface, account, subject_kind, subject_id, route, play, digest, reasons, schema_version, body, evidence"
    row = (name, "r", "2026-11-01 09:00:00.000000", surface, "acc", "deal", "d", route, play, "", "[]", 1, packed, evidence)
    connection.execute(f"INSERT INTO decisions ({columns}) VALUES ({', '.join('?' * len(row))})", row)


def test_earlier_decisions_get_what_their_playbook_waited_for(empty: str) -> None:
    migrations.upgrade(empty, "0004")
    with sqlite3.connect(empty.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO playbooks (version, text, loaded_at) VALUES ('pb1', ?, '')", (json.dumps(OLD_PLAYBOOK),))
        for name, given in OLD_DECISIONS.items():
            _old_decision(connection, name, *given)
        for name, kind, day in OLD_DONE:
            insert = (
                "INSERT INTO actions (key, decision_id, step, kind, target, payload, state, needs_approval, digest, customer_visible, at, result)"
            )
            values = (f"{name}{kind}", name, kind, kind == "send_content", f"2026-11-{day} 09:00:00.000000")
            connection.execute(f"{insert} VALUES (?, ?, 0, ?, 't', '{{}}', 'done', 0, '', ?, ?, '{{}}')", values)
        insert = "INSERT INTO outcomes (decision_id, exposure, result, at, guardrails)"
        connection.execute(f"{insert} VALUES ('sent', 'delivered', 'converted', '2026-11-12 09:00:00.000000', '[]')")
        connection.execute(f"{insert} VALUES ('moved', 'delivered', NULL, '2026-11-13 09:00:00.000000', '[\"overridden\"]')")

    migrations.upgrade(empty)
    assert migrations.check(empty) == []
    columns = "decision, arm, in_trial, family, event, on_silence, exposed_by, worth, stage, opened_at, due_at, met_at"
    found = {row[0]: row[1:] for row in connection.execute(f"SELECT {columns} FROM watches")}
    at = "2026-11-{} 09:00:00.000000".format
    assert found == {
        "sent": ("treated", 1, "fam", "deal.advanced", "ignored", "visible", None, "proposal", at(11), at(25), at(12)),
        "held": ("held_out", 1, "acc", "deal.advanced", "ignored", "visible", None, "proposal", None, at(15), None),
        "quiet": ("shadow", 0, "acc", "deal.advanced", "ignored", "visible", None, "proposal", None, at(15), None),
        "moved": ("treated", 0, "acc", "ticket.solved", "assumed", "any", 12.5, "proposal", at(12), "2026-11-13 21:00:00.000000", None),
        "called": ("treated", 0, "acc", None, "ignored", "task", None, "proposal", None, at(15), None),
    }  # fmt: skip
    assert dict(connection.execute("SELECT decision_id, overridden_at FROM outcomes")) == {"sent": None, "moved": at(13)}
    migrations.downgrade(empty, "0004")
    assert {"watches", "mode_caps"}.isdisjoint(names(empty, "table"))
    connection.close()


def test_versions_that_were_kept_reigned_from_when_they_were_loaded(empty: str) -> None:
    migrations.upgrade(empty, "0013")
    with sqlite3.connect(empty.removeprefix("sqlite:///")) as connection:
        for version, day in (("later", "02"), ("first", "01")):
            connection.execute("INSERT INTO playbooks (version, text, loaded_at) VALUES (?, '{}', ?)", (version, f"2026-11-{day} 09:00:00.000000"))
    migrations.upgrade(empty)
    assert migrations.check(empty) == []
    found = connection.execute("SELECT version, folder, publication, at FROM playbook_reigns ORDER BY id").fetchall()
    assert found == [("first", "first", None, "2026-11-01 09:00:00.000000"), ("later", "later", None, "2026-11-02 09:00:00.000000")]
    connection.close()


OLD_RECORDS: list[tuple[str, dict[str, Any], int, str | None]] = [
    # kind, fields, deleted, when it is due
    ("deals", {"stage": "proposal", "last_activity_at": "2026-11-10T09:30:00+01:00", "stage_entered_at": "x"}, 0, "2026-11-10 08:30:00.000000"),
    ("deals", {"stage": "proposal", "stage_entered_at": "2026-10-01T00:00:00.250000Z"}, 0, "2026-10-01 00:00:00.250000"),
    ("deals", {"stage": "won", "last_activity_at": "2026-11-10T09:30:00Z"}, 0, None),
    ("deals", {"stage": "proposal", "last_activity_at": "2026-11-10T09:30:00Z"}, 1, None),
    ("deals", {"stage": "proposal"}, 0, None),
    ("contracts", {"end": "2027-03-01T00:00:00Z", "notice_days": 90}, 0, "2026-12-01 00:00:00.000000"),
    ("contracts", {"end": "2027-03-01T00:00:00Z", "status": "active"}, 0, "2027-03-01 00:00:00.000000"),
    ("contracts", {"end": "2027-03-01T00:00:00Z", "status": "renewed"}, 0, None),
    ("tickets", {"sla_due_at": "2026-11-10T09:30:00Z"}, 0, "2026-11-10 09:30:00.000000"),
    ("tickets", {"sla_due_at": "2026-11-10T09:30:00Z", "status": "closed"}, 0, None),
    ("accounts", {"end": "2027-03-01T00:00:00Z"}, 0, None),
]  # fmt: skip
"""As revision 0008 kept them."""


async def test_what_was_kept_before_is_found_by_when_it_is_due_as_what_is_kept_from_now_on(empty: str) -> None:
    migrations.upgrade(empty, "0008")
    with sqlite3.connect(empty.removeprefix("sqlite:///")) as connection:
        for number, (kind, data, deleted, _) in enumerate(OLD_RECORDS):
            row = (kind, f"{number:02}", json.dumps(data), 1, "2026-11-01 09:00:00.000000", deleted)
            connection.execute("INSERT INTO sandbox_records (kind, id, data, version, updated_at, deleted) VALUES (?, ?, ?, ?, ?, ?)", row)
    migrations.upgrade(empty)
    found = "SELECT due FROM sandbox_records ORDER BY id"
    expected = [due for *_, due in OLD_RECORDS]
    assert [due for (due,) in connection.execute(found)] == expected

    database = Database(empty)
    again = [
        Record(kind, f"{n:02}", data, 2, datetime(2026, 11, 1, tzinfo=UTC), bool(deleted)) for n, (kind, data, deleted, _) in enumerate(OLD_RECORDS)
    ]
    await database.write_core(lambda writing: records.put(writing, *again))
    database.close()
    assert [due for (due,) in connection.execute(found)] == expected
    migrations.downgrade(empty, "0008")
    connection.close()


def test_a_database_that_is_not_there_or_not_ready_is_said(empty: str) -> None:
    assert migrations.check(empty)[0].startswith("There is no database at")
    assert not Path(empty.removeprefix("sqlite:///")).exists()
    Database(empty).close()
    assert migrations.check(empty) == ["The schema is at revision none, not 0019. Run: nextplay db upgrade"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TRIGGER actions_final", "The trigger actions_final is missing or was changed"),
        ("ALTER TABLE runs ADD COLUMN odd TEXT", "odd"),
        ("DROP INDEX ix_runs_decision_id", "ix_runs_decision_id"),
        ("DROP TABLE tokens", "tokens"),
    ],
)
def test_differences_are_found(url: str, change: str, said: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with connection:
        connection.execute(change)
    connection.close()
    found = migrations.check(url)
    assert found
    assert said in " ".join(found)


def test_old_rules_are_there_and_wait_to_be_counted(empty: str) -> None:
    migrations.upgrade(empty, "0016")
    with sqlite3.connect(empty.removeprefix("sqlite:///")) as connection:
        insert = "INSERT INTO decision_heads (place, decision_id, created_at, surface, subject_kind, subject_id, route, required, read)"
        connection.execute(f"{insert} VALUES (1, 'd', '', 's', 'deal', 'x', 'ask', 0, 1)")
        connection.execute("INSERT INTO decision_rules (rule, place, effect) VALUES ('cap', 1, 'forbid')")
    migrations.upgrade(empty)
    assert migrations.check(empty) == []
    assert list(connection.execute("SELECT read, counted FROM decision_heads")) == [(1, 0)]
    assert list(connection.execute("SELECT * FROM decision_rules")) == [("cap", 1, "forbid", 0, None, None, None)]
    migrations.downgrade(empty, "0016")
    assert list(connection.execute("SELECT * FROM decision_rules")) == [("cap", 1, "forbid")]
    connection.close()


def test_a_migration_that_fails_leaves_nothing_behind(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRIGGERS, "broken", "CREATE TRIGGER broken BEFORE odd")
    with pytest.raises(Exception, match="syntax error"):
        migrations.upgrade(empty)
    assert names(empty, "table") == set()


@ON_SQLITE
def test_a_migration_waits_for_the_writer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "BUSY_S", 0.05)
    lock = FileLock(Path(url.removeprefix("sqlite:///") + ".lock"), 1)
    try:
        with lock.held(), pytest.raises(BusyError):
            migrations.upgrade(url)
    finally:
        lock.close()


@ON_SQLITE
def test_the_states_that_the_schema_allows_are_those_of_the_code(url: str) -> None:
    """Comparing schemas does not look at CHECK constraints."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    for name in ("runs", "approvals", "actions"):
        [(stored,)] = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,))
        declared = str(CreateTable(Row.metadata.tables[name]).compile(dialect=sqlite.dialect()))
        assert _states(stored) == _states(declared)
    connection.close()


def _states(sql: str) -> list[str]:
    [states] = re.findall(r"state IN \(([^)]*)\)", sql)
    return re.findall(r"'(\w+)'", states)


def test_a_current_database_is_told_from_any_other(empty: str, tmp_path: Path) -> None:
    assert newest() == "0019"
    assert not is_current(empty), "there is none"
    migrations.upgrade(empty, "0006")
    assert not is_current(empty)
    bring_up_to_date(empty)
    assert is_current(empty)
    assert migrations.check(empty) == []
    (tmp_path / "odd.db").write_bytes(b"not a database, however long it is" * 100)
    assert not is_current(f"sqlite:///{tmp_path / 'odd.db'}")


# --- PostgreSQL ---------------------------------------------------------------------------------------------------------


def say(url: str, *statements: str) -> None:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def test_a_server_gets_what_the_code_expects_down_and_up_again(server: Server) -> None:
    empty = server.empty()
    assert "is at revision none" in migrations.check(empty)[0]
    assert not is_current(empty)
    migrations.upgrade(empty)
    assert migrations.check(empty) == []
    assert is_current(empty)
    migrations.downgrade(empty, "base")
    assert not is_current(empty)
    migrations.upgrade(empty)
    assert migrations.check(empty) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TRIGGER actions_final ON actions", "The trigger actions_final is missing or was changed"),
        ("ALTER TABLE approvals DISABLE TRIGGER approvals_final", "The trigger approvals_final is missing or was changed"),
        ("DROP TRIGGER audit_no_truncate ON audit", "The trigger audit_no_truncate is missing or was changed"),
        (
            "CREATE OR REPLACE FUNCTION audit_no_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
            "The trigger audit_no_delete is missing or was changed",
        ),
        ("ALTER TABLE runs ADD COLUMN odd TEXT", "odd"),
        ("DROP INDEX ix_runs_decision_id", "ix_runs_decision_id"),
    ],
)
def test_differences_on_a_server_are_found(server: Server, change: str, said: str) -> None:
    empty = server.empty()
    migrations.upgrade(empty)
    say(empty, change)
    assert any(said in one for one in migrations.check(empty))


@pytest.mark.parametrize("table", ["audit", "actions", "approvals"])
def test_a_server_empties_no_table_that_is_kept_for_ever(server: Server, table: str) -> None:
    with pytest.raises(IntegrityError, match="never emptied"):
        say(server.fresh(), f"TRUNCATE {table} CASCADE")
