from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.domain.decision import OutcomeRecord
from agent.domain.outcome import Change, Watch, Watched, close
from agent.ports import AuditEntry, Scope
from integrations.db.store import SqlStore
from tests.databases import ON_SQLITE, changed, planned
from tests.unit.db.build import DAY, NOW, SAID, action, recorded

TOLD = AuditEntry("outcome", "crm", "", {"event": "e-1"}, NOW)


def watch(number: int = 1, **given: object) -> Watch:
    base = Watch(
        decision=f"dec_{number}", surface="deal-follow-up", play="send-case-study", arm="treated", in_trial=False, account="acc_001",
        family="acc_001", subject_kind="deal", subject_id="deal_001", recipient="con_1", event="deal.advanced", window=14 * DAY,
        on_silence="ignored", exposed_by="visible", worth=None, stage=None, decided_at=NOW, due_at=NOW + 14 * DAY,
    )  # fmt: skip
    return replace(base, **given)  # type: ignore[arg-type]  # fields by name


async def kept(store: SqlStore, number: int = 1, **given: object) -> Watch:
    made = watch(number, **given)
    await recorded(store, number, approvals=[], actions=[action(number, needs_approval=False)], watch=made)
    return made


async def sent(store: SqlStore, number: int = 1) -> None:
    await store.start_action(f"np-{number}-0", NOW + DAY)
    await store.finish_action(f"np-{number}-0", state="done", at=NOW + DAY)


def closing(now: Sequence[Watched]) -> list[tuple[Change, AuditEntry | None]]:
    return [(change, TOLD if change.outcome else None) for change in map(close, now)]


async def test_what_is_written_is_read(store: SqlStore) -> None:
    made = await kept(store)
    assert await store.watched(Scope(decisions=("dec_1",))) == [Watched(made)]


async def test_the_window_opens_with_the_effect_in_the_ledger(store: SqlStore) -> None:
    await kept(store)
    await sent(store)
    [now] = await store.watched(Scope(decisions=("dec_1",)))
    assert (now.watch.opened_at, now.watch.due_at, now.begun, now.exposure) == (NOW + DAY, NOW + 15 * DAY, True, "delivered")
    assert now.known is None, "nothing is known yet beyond the ledger"


async def test_a_task_opens_nothing_when_it_is_written(store: SqlStore) -> None:
    await kept(store, exposed_by="task")
    await sent(store)
    [now] = await store.watched(Scope(decisions=("dec_1",)))
    assert (now.watch.opened_at, now.exposure) == (None, "not_exposed")


async def test_what_is_delivered_after_it_was_closed_waits_again(store: SqlStore) -> None:
    await kept(store, due_at=NOW)
    await store.revise(Scope(due=NOW + timedelta(seconds=1)), closing)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.outcome is not None
    assert found.outcome.exposure == "not_taken"
    await sent(store)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.outcome is not None
    assert (found.outcome.exposure, found.outcome.result) == ("delivered", None)
    assert (await store.verify_audit()).ok


async def test_only_due_ones_are_closed_and_only_once(store: SqlStore) -> None:
    await kept(store, 1)
    await kept(store, 2, due_at=NOW + DAY)
    await kept(store, 3, due_at=NOW + 2 * DAY)
    due = Scope(due=NOW + 2 * DAY)
    assert [one.watch.decision for one in await store.watched(due)] == ["dec_2"], "the last moment belongs to the window"
    assert len(await store.revise(due, closing)) == 1
    assert await store.revise(due, closing) == []


@ON_SQLITE
async def test_due_ones_are_found_by_an_index_however_many_there_are(store: SqlStore) -> None:
    """A pass of the clock looks at what is due, not at all there ever was."""
    query = "SELECT * FROM watches WHERE closed_at IS NULL AND due_at < '2026-01-01'"
    assert "ix_watches_due" in await store.database.read_core(lambda connection: planned(connection, query))


async def test_scopes(store: SqlStore) -> None:
    await kept(store, 1)
    await kept(store, 2, subject_id="deal_002", recipient="con_2")
    await kept(store, 3, subject_id="deal_003", account="acc_002", recipient="con_3")
    expected = {
        Scope(("deal", "deal_001")): ["dec_1"],
        Scope(("deal", "deal_001"), account="acc_001"): ["dec_1", "dec_2"],
        Scope(("contact", "con_3"), recipient="con_3"): ["dec_3"],
        Scope(("deal", "deal_001"), since=NOW + DAY): [],
        Scope(("deal", "deal_001"), account="acc_001", at_most=1): ["dec_1"],
    }
    for scope, decisions in expected.items():
        assert [one.watch.decision for one in await store.watched(scope)] == decisions


async def test_a_change_is_made_from_what_stands_there_at_that_moment(store: SqlStore) -> None:
    """A success that comes in while the sweep is looking is not overwritten by silence."""
    await kept(store, due_at=NOW)
    await sent(store)
    [seen] = await store.watched(Scope(decisions=("dec_1",)))
    won = {"result": "converted", "metric": "deal.advanced", "at": NOW + DAY, "attribution": "primary"}
    await store.observe("dec_1", won, SAID)
    assert close(seen).outcome is not None, "what was read before would overwrite it"
    await store.revise(Scope(decisions=("dec_1",)), closing)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.outcome is not None
    assert found.outcome.result == "converted"


async def test_a_decision_is_found_by_its_effect(store: SqlStore) -> None:
    await kept(store)
    assert await store.decision_of_action("np-1-0") == "dec_1"
    assert await store.decision_of_action("np-9-0") is None


# --- the sealed log bears witness ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        ("UPDATE outcomes SET result = 'ignored'", "the outcome of decision dec_1 was changed"),
        ("UPDATE outcomes SET value = 9000", "the outcome of decision dec_1 was changed"),
        ("UPDATE outcomes SET at = '2026-11-25 09:00:00.000000'", "the outcome of decision dec_1 was changed"),
        ("UPDATE outcomes SET guardrails = '[]'", "the outcome of decision dec_1 was changed"),
        ("DELETE FROM outcomes", "the outcome of decision dec_1 that entry"),
        (
            "INSERT INTO outcomes (decision_id, exposure, result, guardrails) VALUES ('dec_2', 'delivered', 'converted', '[]')",
            "the outcome of decision dec_2 stands there, and no entry tells of it",
        ),
    ],
)
async def test_an_edited_outcome_contradicts_the_log(store: SqlStore, url: str, tamper: str, why: str) -> None:
    await kept(store, 1)
    await kept(store, 2)
    await store.observe("dec_1", {"result": "converted", "metric": "deal.won", "value": 900.0, "at": NOW}, SAID)
    await store.observe("dec_1", {"guardrails": ["complaint"]}, SAID)
    assert (await store.verify_audit()).ok
    changed(url, store.database.path, tamper)
    report = await store.verify_audit()
    assert not report.ok
    assert why in report.why


async def test_twin_an_outcome_of_an_earlier_release_has_only_an_entry(store: SqlStore, url: str) -> None:
    await kept(store)
    changed(
        url, store.database.path, "INSERT INTO outcomes (decision_id, exposure, result, guardrails) VALUES ('dec_1', 'delivered', 'converted', '[]')"
    )
    await store.note(AuditEntry("outcome", "crm", "dec_1", {"event": "e-1", "metric": "deal.won"}), NOW)
    assert (await store.verify_audit()).ok


def test_the_record_keeps_its_fields() -> None:
    assert list(OutcomeRecord.model_fields) == ["exposure", "result", "metric", "value", "at", "guardrails", "attribution"]
