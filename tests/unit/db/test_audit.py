from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.audit_chain import AuditReport, Chain, verify_audit
from integrations.db.store import SqlStore
from tests.databases import Intruder, intruder
from tests.unit.db.build import NOW, action, recorded
from tests.unit.db.conftest import KEY

Tamper = Callable[[Intruder], object]
REST = "at, kind, who, ref, data, salt, commitment, hash"


async def written(store: SqlStore, count: int = 6) -> None:
    entries = [AuditEntry(f"kind{n}", f"p{n}@example.com", f"ref{n}", {"n": n}) for n in range(1, count + 1)]

    def append(session: Session) -> None:
        for entry in entries:
            store.chain.append(session.connection(), [entry], NOW)

    await store.database.write(append)


async def test_an_untouched_log_is_in_order(store: SqlStore) -> None:
    assert await store.verify_audit() == AuditReport(True, 0)
    await written(store)
    assert await store.verify_audit() == AuditReport(True, 6)


def copied(seq: int, *, to: int) -> str:
    return f"INSERT INTO audit (seq, {REST}) SELECT {to}, {REST} FROM audit WHERE seq = {seq}"


def swap(connection: Intruder) -> None:
    connection.executescript(
        "UPDATE audit SET seq = 99 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4;UPDATE audit SET seq = 4 WHERE seq = 99;"
    )


def insert(connection: Intruder) -> None:
    connection.executescript("UPDATE audit SET seq = -(seq + 1) WHERE seq >= 3; UPDATE audit SET seq = -seq WHERE seq < 0;" + copied(2, to=3))


def append(connection: Intruder) -> None:
    connection.execute(copied(6, to=7))


def truncate(connection: Intruder) -> None:
    connection.execute("DELETE FROM audit WHERE seq > 4")


def truncate_and_set_the_head_back(connection: Intruder) -> None:
    truncate(connection)
    connection.execute("UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)")


@pytest.mark.parametrize(
    ("tamper", "first_bad", "why"),
    [
        (lambda c: c.execute("UPDATE audit SET who = 'eve@example.com' WHERE seq = 3"), 3, "changed, added or moved"),
        (lambda c: c.execute("UPDATE audit SET at = NULL WHERE seq = 2"), 2, "changed, added or moved"),
        (lambda c: c.execute("UPDATE audit SET data = '{\"n\":9}' WHERE seq = 5"), 5, "payload of entry 5"),
        (lambda c: c.execute("UPDATE audit SET salt = x'00' WHERE seq = 5"), 5, "payload of entry 5"),
        (
            lambda c: c.execute("UPDATE audit SET data = '{\"erased\":true}', salt = NULL WHERE seq = 4"),
            4,
            "no entry says",
        ),
        (lambda c: c.execute("DELETE FROM audit WHERE seq = 3"), 3, "entry 3 is missing"),
        (lambda c: c.execute("DELETE FROM audit WHERE seq = 1"), 1, "entry 1 is missing"),
        (swap, 3, "changed, added or moved"),
        (insert, 3, "changed, added or moved"),
        (append, 7, "changed, added or moved"),
        (truncate, 5, "the end of the log is missing"),
        (truncate_and_set_the_head_back, 5, "the head was changed"),
        (lambda c: c.execute("DELETE FROM audit"), 1, "the end of the log is missing"),
        (lambda c: c.execute("DELETE FROM audit_head"), 7, "the head is missing"),
    ],
)
async def test_tampering_is_found_and_located(store: SqlStore, url: str, tamper: Tamper, first_bad: int, why: str) -> None:
    await written(store)
    with intruder(url, store.database.path) as connection:
        tamper(connection)
    report = await store.verify_audit()
    assert (report.ok, report.first_bad) == (False, first_bad)
    assert why in report.why


async def test_a_log_that_was_emptied_is_told_from_one_that_never_began(store: SqlStore, url: str) -> None:
    assert await store.verify_audit() == AuditReport(True, 0)
    await recorded(store)
    with intruder(url, store.database.path) as connection:
        connection.execute("DELETE FROM audit")
        connection.execute("DELETE FROM audit_head")
    assert await store.verify_audit() == AuditReport(False, 0, 1, "the head is missing")


async def test_another_key_verifies_nothing(store: SqlStore) -> None:
    await written(store)
    report = await store.database.read(lambda session: verify_audit(session, b"\x01" * 32))
    assert (report.ok, report.first_bad) == (False, 1)


async def test_the_database_refuses_changes_of_the_log(store: SqlStore) -> None:
    await written(store)
    for statement in (
        "DELETE FROM audit WHERE seq = 1",
        "UPDATE audit SET who = 'eve' WHERE seq = 1",
        "UPDATE audit SET data = '{}' WHERE seq = 1",
        "UPDATE audit SET data = '{\"erased\":true}' WHERE seq = 1",
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            await store.database.write(lambda s, sql=statement: s.connection().exec_driver_sql(sql))  # type: ignore[misc]  # a default binds it
    assert (await store.verify_audit()).ok


async def test_erasing_leaves_the_chain_whole(store: SqlStore) -> None:
    await written(store)
    await store.erase_audit([2, 3], by="dpo@example.com", why="asked for", at=NOW)
    log = await store.audit_log(limit=9)
    assert [(entry["seq"], entry["data"]) for entry in log if entry["seq"] in (2, 3)] == [
        (3, {"erased": True}),
        (2, {"erased": True}),
    ]
    assert [(e["kind"], e["who"], e["ref"]) for e in log[:2]] == [
        ("audit.erased", "dpo@example.com", "3"),
        ("audit.erased", "dpo@example.com", "2"),
    ]
    assert await store.verify_audit() == AuditReport(True, 8, erased=2)
    with pytest.raises(NotFound, match="no audit entry 99"):
        await store.erase_audit([1, 99], by="dpo@example.com", why="asked for", at=NOW)
    assert (await store.verify_audit()).erased == 2


async def test_equal_payloads_have_different_commitments(store: SqlStore) -> None:
    entries = [AuditEntry("k", "w", "r", {"email": "con@example.com"})] * 2
    await store.database.write(lambda session: store.chain.append(session.connection(), entries, NOW))
    [(first,), (second,)] = await store.database.read(lambda session: list(session.connection().exec_driver_sql("SELECT commitment FROM audit")))
    assert first != second


async def test_the_log_can_be_narrowed(store: SqlStore) -> None:
    await written(store)
    [entry] = await store.audit_log(limit=9, ref="ref2")
    assert (entry["seq"], entry["at"], entry["kind"], entry["data"]) == (2, NOW, "kind2", {"n": 2})


def test_the_key_is_not_shown() -> None:
    assert KEY.hex() not in repr(Chain(KEY))
    assert repr(KEY) not in repr(Chain(KEY))


async def test_an_effect_whose_payload_was_erased_contradicts_nothing(store: SqlStore) -> None:
    """What the entry said of it can no longer be held against the ledger."""
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    await store.start_action("np-1-0", NOW)
    await store.finish_action("np-1-0", state="done", at=NOW)
    done = [entry["seq"] for entry in await store.audit_log(limit=99) if entry["kind"] == "action.done"]
    await store.erase_audit(done, by="dpo@example.com", why="asked for", at=NOW)
    assert (await store.verify_audit()).ok
