"""Effects on the sandbox: done once, logged, refused for what is gone, and unknown when the answer is lost."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import START, HandClock, HandPause
from tools.ports import Command, EffectOvertaken, EffectRefused, EffectUnknown, Premise, Receipt
from tools.tickets import OURS

WORLD = """
accounts: [{id: acc_1, name: N}]
contacts: [{id: con_1, account: acc_1, name: Ann}]
deals: [{id: deal_1, account: acc_1, stage: proposal}]
groups: [{id: grp_1, name: G}, {id: grp_2, name: H}]
tickets: [{id: tic_1, account: acc_1, subject: S, group: grp_1, priority: p3, version: 4}]
"""


@pytest.fixture
async def target(sandbox: Sandbox) -> Sandbox:
    await sandbox.apply(WORLD)
    return sandbox


def command(kind: str, target: str, marker: str = "np-1", **payload: Any) -> Command:
    return Command(marker, kind, target, payload)


async def ticket(sandbox: Sandbox) -> dict[str, Any]:
    found = await sandbox.helpdesk.ticket("tic_1")
    assert found is not None
    return {**found.data, "version": found.version}


async def test_sent_content_is_a_touch_of_ours(target: Sandbox) -> None:
    sent = command("send_content", "con_1", channel="email", purpose="marketing", content="ast_1", body="Hello")
    receipt = await target.effects.execute(sent)
    (touch,) = (await target.crm.touches(["acc_1"])).touches
    assert (touch.contact, touch.account, touch.at, touch.ours) == ("con_1", "acc_1", START, True)
    assert (touch.channel, touch.purpose, touch.content, touch.status) == ("email", "marketing", "ast_1", "sent")
    (entry,) = await target.effects.log()
    assert (entry["kind"], entry["target"], entry["marker"], entry["at"]) == ("send_content", "con_1", "np-1", START)
    assert entry["payload"]["body"] == "Hello"
    assert receipt.at == START


async def test_tags_are_added_to_those_that_are_there(target: Sandbox) -> None:
    await target.apply("tickets: [{id: tic_1, tags: [webhooks, bug]}]")
    await target.effects.execute(command("add_tags", "tic_1", tags=["bug", "escalated"]))
    assert (await ticket(target))["tags"] == ["webhooks", "bug", "escalated"]


async def test_what_was_judged_on_a_stage_is_done_only_while_the_deal_is_in_it(target: Sandbox) -> None:
    left = replace(command("crm_note", "acc_1", text="Hi", subject="deal_1"), premise=Premise("deal_1", "negotiation"))
    with pytest.raises(EffectOvertaken, match="the deal is in stage 'proposal' by now, no longer in 'negotiation'"):
        await target.effects.execute(left)
    assert await target.effects.log() == []
    for premise in (Premise("deal_1", "proposal"), Premise("deal_9", "proposal")):
        assert await target.effects.execute(replace(left, marker=premise.deal, premise=premise))


async def test_a_comment_a_group_and_a_priority_change_the_ticket(target: Sandbox, clock: HandClock) -> None:
    await target.effects.execute(command("ticket_comment", "tic_1", "np-1", body="Hi", public=True))
    await target.effects.execute(command("assign_group", "tic_1", "np-2", group="grp_2"))
    clock.forward(minutes=1)
    await target.effects.execute(command("set_priority", "tic_1", "np-3", priority="p1"))
    now = await ticket(target)
    assert [(m["by"], m["author"], m["public"], m["body"]) for m in now["messages"]] == [("agent", OURS, True, "Hi")]
    assert (now["group"], now["assignee"], now["priority"], now["version"]) == ("grp_2", None, "p1", 7)
    found = await target.helpdesk.ticket("tic_1")
    assert found is not None
    assert found.as_of == clock.now
    assert [e["marker"] for e in await target.effects.log()] == ["np-1", "np-2", "np-3"]


@pytest.mark.parametrize("kind", ["crm_task", "crm_note"])
async def test_tasks_and_notes_hang_on_a_record(target: Sandbox, kind: str) -> None:
    await target.effects.execute(command(kind, "acc_1", title="Call", text="soon"))
    assert [e["payload"] for e in await target.effects.log()] == [{"title": "Call", "text": "soon"}]


async def test_the_same_marker_never_acts_twice(target: Sandbox, clock: HandClock) -> None:
    comment = command("ticket_comment", "tic_1", body="Hi", public=False)
    first = await target.effects.execute(comment)
    clock.forward(minutes=5)
    assert await target.effects.execute(comment) == first
    assert len((await ticket(target))["messages"]) == 1
    assert len(await target.effects.log()) == 1


async def test_nor_at_the_same_moment(target: Sandbox) -> None:
    comment = command("ticket_comment", "tic_1", body="Hi", public=False)
    receipts = await asyncio.gather(*(target.effects.execute(comment) for _ in range(8)))
    assert len(set(receipts)) == 1
    assert len((await ticket(target))["messages"]) == 1


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        (command("send_content", "con_9"), "there is no 'con_9'"),
        (command("crm_task", ""), "there is no ''"),
        (command("assign_group", "tic_1", group="grp_9"), "there is no 'grp_9' among the groups"),
        (command("set_priority", "tic_1", priority="urgent"), "'urgent' is not a priority"),
        (command("add_tags", "tic_1", tags=[]), "tags must be a list of words"),
        (command("add_tags", "tic_1", tags="bug"), "tags must be a list of words"),
        (command("ticket_comment", "tic_1", body="Hi"), "public: true or false"),
        (command("ticket_comment", "tic_1", body="", public=True), "needs a body"),
        (command("launch_rocket", "acc_1"), "knows no effect 'launch_rocket'"),
    ],
)
async def test_what_the_target_does_not_take_is_refused_and_leaves_no_trace(target: Sandbox, refused: Command, says: str) -> None:
    before = await ticket(target)
    with pytest.raises(EffectRefused, match=says):
        await target.effects.execute(refused)
    assert await ticket(target) == before
    assert await target.effects.log() == []
    assert await target.effects.look_up(refused) == "absent"


@pytest.mark.parametrize(
    ("gone", "sent"),
    [
        ("contacts: [{id: con_1, deleted: true}]", command("send_content", "con_1")),
        ("tickets: [{id: tic_1, deleted: true}]", command("ticket_comment", "tic_1", body="x", public=False)),
        ("deals: [{id: deal_1, deleted: true}]", command("crm_note", "deal_1", text="x")),
        ("groups: [{id: grp_2, deleted: true}]", command("assign_group", "tic_1", group="grp_2")),
    ],
)
async def test_nothing_is_written_to_what_was_deleted(target: Sandbox, gone: str, sent: Command) -> None:
    await target.apply(gone)
    with pytest.raises(EffectRefused, match="was deleted"):
        await target.effects.execute(sent)
    assert await target.effects.log() == []


async def test_while_effects_are_down_nothing_happens_and_the_look_up_says_so(target: Sandbox) -> None:
    comment = command("ticket_comment", "tic_1", body="Hi", public=False)
    await target.apply("faults: [{source: effects, mode: down}]")
    with pytest.raises(EffectUnknown):
        await target.effects.execute(comment)
    assert await target.effects.look_up(comment) == "absent"
    assert await target.effects.log() == []


async def test_while_effects_are_unknowable_they_happen_and_cannot_be_looked_up(target: Sandbox) -> None:
    comment = command("ticket_comment", "tic_1", body="Hi", public=False)
    await target.apply("faults: [{source: effects, mode: unknowable}]")
    with pytest.raises(EffectUnknown):
        await target.effects.execute(comment)
    assert await target.effects.look_up(comment) == "unknowable"
    assert len(await target.effects.log()) == 1
    await target.apply("faults: [{source: effects, mode: ok}]")
    found = await target.effects.look_up(comment)
    assert isinstance(found, Receipt)
    assert await target.effects.execute(comment) == found


async def test_slow_effects_wait_before_they_act(target: Sandbox, pause: HandPause) -> None:
    await target.apply("faults: [{source: effects, mode: slow}]")
    acting = asyncio.ensure_future(target.effects.execute(command("crm_note", "acc_1", text="x")))
    await pause.begun.wait()
    assert await target.effects.log() == []
    pause.go.set()
    await acting
    assert len(await target.effects.log()) == 1


async def test_a_message_delivered_twice_is_kept_once(sandbox: Sandbox, clock: HandClock) -> None:
    await sandbox.messenger.deliver("m1", kind="ask", to=["a@x"], title="First", body="b", data={"decision": "d"})
    clock.forward(minutes=1)
    await sandbox.messenger.deliver("m1", kind="ask", to=["a@x"], title="Again", body="b", data={})
    await sandbox.messenger.deliver("m0", kind="notice", to=["b@x", "c@x"], title="Second", body="b", data={})
    messages = await sandbox.messenger.delivered()
    assert [(m["id"], m["title"], m["to"], m["data"]) for m in messages] == [
        ("m1", "First", ["a@x"], {"decision": "d"}),
        ("m0", "Second", ["b@x", "c@x"], {}),
    ]
    assert messages[0]["at"] == START
