import pytest

from agent.ports import AuditEntry
from integrations.db.store import SqlStore
from tests.databases import changed
from tests.unit.db.build import MINUTE, NOW, action, answered, approval, proposal, recorded

BO = "bo@example.com"


async def told(store: SqlStore) -> None:
    """A decision that was approved and carried out, with the entries that real ones have."""
    await recorded(store)
    said = answered(approval())
    won, _ = await store.answer(said, proposal=None, audit=AuditEntry("answered", BO, "dec_1", {"approval": said.id}))
    assert won
    await store.plan_actions([action()])
    assert await store.start_action("np-1-0", NOW + MINUTE)
    await store.finish_action("np-1-0", state="done", at=NOW + MINUTE)


async def test_what_the_log_tells_stands_in_the_tables(store: SqlStore) -> None:
    await told(store)
    assert (await store.verify_audit()).ok


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        ("UPDATE decisions SET body = x'00'", "the record of decision dec_1 was changed"),
        ("UPDATE decisions SET route = 'none'", "the record of decision dec_1 was changed"),
        ("DELETE FROM decisions", "the decision dec_1 that entry 1 tells of is gone"),
        ("UPDATE approvals SET answered_by = 'eve@example.com'", "is approved by eve@example.com, and no entry says so"),
        ("UPDATE actions SET target = 'con_2'", "the ledger does not say of np-1-0"),
        ("UPDATE actions SET state = 'failed'", "the ledger does not say of np-1-0"),
        ("DELETE FROM actions", "the ledger does not say of np-1-0"),
    ],
)
async def test_a_table_that_was_changed_contradicts_the_log(store: SqlStore, url: str, tamper: str, why: str) -> None:
    await told(store)
    changed(url, store.database.path, tamper)
    report = await store.verify_audit()
    assert not report.ok
    assert why in report.why


async def edited(store: SqlStore) -> None:
    """A decision whose content was edited to another recipient's, and then asked again."""
    await recorded(store)
    said = answered(approval(digest="d2"), "edited")
    proposed = proposal("d2", recipient="con_2").model_dump(mode="json")
    won, _ = await store.answer(said, proposal=proposed, audit=AuditEntry("edited", BO, "dec_1", {}))
    assert won
    asked = approval(id="apr_1_2_0", round=2, digest="d3")
    await store.ask_again("dec_1", [asked], [], proposal("d3").model_dump(mode="json"), AuditEntry("asked_again", "nextplay", "dec_1", {}))


async def test_an_edit_and_a_new_round_are_in_order(store: SqlStore) -> None:
    await edited(store)
    assert (await store.verify_audit()).ok


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE decisions SET recipient = 'con_9'",
        "UPDATE decisions SET digest = 'd2'",
        "UPDATE edits SET proposal = (SELECT proposal FROM edits ORDER BY id LIMIT 1)",
        "UPDATE edits SET proposal = replace(proposal, 'Hello', 'Good bye')",
        "DELETE FROM edits",
    ],
)
async def test_what_was_changed_after_an_edit_contradicts_the_log(store: SqlStore, url: str, tamper: str) -> None:
    await edited(store)
    changed(url, store.database.path, tamper)
    report = await store.verify_audit()
    assert "the record of decision dec_1 was changed after entry" in report.why


async def test_a_forged_approval_has_no_witness(store: SqlStore, url: str) -> None:
    await recorded(store)
    changed(url, store.database.path, f"UPDATE approvals SET state = 'approved', answered_by = '{BO}'")
    assert f"is approved by {BO}, and no entry says so" in (await store.verify_audit()).why


async def test_what_a_sandbox_forgot_is_not_missed(store: SqlStore) -> None:
    await told(store)
    await store.clear(NOW + MINUTE, "demo")
    assert (await store.verify_audit()).ok
