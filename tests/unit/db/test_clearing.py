from agent.ports import Line, ModelVersion
from integrations.db.store import SqlStore
from integrations.db.tables import Row
from tests.unit.db.build import NOW, SAID, approval, approve, recorded

MADE = ModelVersion("model-1", NOW, "nextplay", NOW, 60, 55, 0.7, 0.6, {})
KEPT = {"audit", "audit_head", "tokens", "playbooks"}


async def test_clearing_empties_all_but_the_log(store: SqlStore) -> None:
    await recorded(store)
    await approve(store, approval())
    await store.start_action("np-1-0", NOW)
    await store.stop("dec_1", code="blocked", text="x", reconsider_until=NOW, audit=SAID)
    await store.observe("dec_1", {"exposure": "delivered"}, SAID)
    lines: tuple[Line, ...] = ("score", "triage")
    for line in lines:
        await store.keep_training(MADE, "{}", day=NOW.date(), waiting=0, why="daily", line=line)
    await store.clear(NOW, "ops@example.com")
    counts = await store.database.read(
        lambda session: {name: session.connection().exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in Row.metadata.tables}
    )
    assert {name for name, count in counts.items() if count} <= KEPT
    report = await store.verify_audit()
    assert (report.ok, (await store.audit_log(limit=1))[0]["kind"]) == (True, "cleared")
