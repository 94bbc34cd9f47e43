"""What became of decisions, and what people said of them, without opening any."""

from datetime import timedelta
from typing import Any

from agent.domain.records import Reviewed
from agent.listing import Answered, Fared
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, NOW, SAID, action, answered, approval, decision, recorded
from tests.unit.db.test_watching import sent, watch

ALL: dict[str, Any] = {"since": NOW - DAY, "until": NOW + DAY}
LABEL = Reviewed("dec_2", "bo@example.com", "good", "fine", NOW + DAY)


async def lived(store: SqlStore) -> None:
    """One that was delivered and met with friction, one that was rejected, one in which nothing was chosen, one that started no work."""
    await recorded(store, 1, watch=watch(1), approvals=[], actions=[action(1, needs_approval=False)])
    await sent(store, 1)
    await store.observe("dec_1", {"result": "converted", "at": NOW + DAY, "guardrails": ["complaint"]}, SAID)
    await recorded(store, 2, watch=watch(2))
    await store.answer(answered(approval(2), "rejected", reason="repetitive", note="again"), proposal=None, audit=SAID)
    await store.review(LABEL)
    await recorded(store, 3, decision=decision(3, route="none", choice=None, surface="renewal"), state="closed", approvals=[], actions=[])
    await recorded(store, 4, decision=decision(4, route="suppressed"), state="closed", approvals=[], actions=[])


async def test_decisions_are_told_with_what_became_of_them_and_what_people_said(store: SqlStore) -> None:
    await lived(store)
    first, second, third = await store.fared(**ALL)
    assert first == Fared("dec_1", "send-case-study", "ask", delivered=True, result="converted", friction=("complaint",))
    assert (second.id, second.delivered, second.result) == ("dec_2", False, None)
    assert [(said.label, said.note) for said in second.said] == [("repetitive", "again"), ("good", "fine")], "the approver's no, then the reviewer"
    assert (third.id, third.play, third.said) == ("dec_3", None, ())
    assert [one.id for one in await store.fared(**ALL, surface="renewal")] == ["dec_3"]
    assert await store.fared(since=NOW + timedelta(seconds=1), until=NOW + DAY) == []


async def test_a_no_for_another_reason_is_no_label(store: SqlStore) -> None:
    await recorded(store, 1)
    await store.answer(answered(approval(1), "rejected", reason="handled_already"), proposal=None, audit=SAID)
    [one] = await store.fared(**ALL)
    assert one.said == ()


async def test_answers_are_those_of_people(store: SqlStore) -> None:
    await lived(store)
    await recorded(store, 5)
    [answer] = await store.answers(**ALL)
    assert isinstance(answer, Answered)
    assert (answer.state, answer.answered_by) == ("rejected", answered(approval(2), "rejected").answered_by)


async def test_several_are_opened_as_one_is(store: SqlStore) -> None:
    await lived(store)
    found = await store.whole(["dec_2", "dec_1", "dec_9"])
    assert found == {one: await store.decision(one) for one in ("dec_1", "dec_2")}
    assert await store.whole([]) == {}


async def test_those_that_fared_alike_are_counted_together(store: SqlStore) -> None:
    for number in range(1, 4):
        await recorded(store, number, watch=watch(number))
    [fate] = (await store.tally(**ALL)).fates
    assert (fate.many, fate.asks) == (3, ("open",))
