"""What is written to HubSpot: hung on the right objects, for the right person, and once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from integrations.sandbox.doubles.journal import Entry
from integrations.vendors.connector import own_id
from tests.integration.vendors.hub import Hub, joined
from tools.ports import Command, EffectOvertaken, EffectRefused, EffectUnknown, Premise, Receipt, SourceBusy, SourceError

MARKER = "np-0123456789abcdef01234567"


@pytest.fixture
async def world() -> AsyncIterator[Hub]:
    async with joined(filled=True, timeout_s=0.5, late_s=0.7, settles_s=100) as hub:
        yield hub


def ours(hub: Hub, key: str, own: str) -> str:
    return own_id("hubspot", key, hub.ids[own])


def task(hub: Hub, marker: str = MARKER, **payload: Any) -> Command:
    given = {
        "title": "Call Julia", "text": "Ask <b>why</b>\nand when", "assignee": ours(hub, "people", "u_katrin"), "due": "2d",
        "subject": ours(hub, "deals", "deal_001"), **payload,
    }  # fmt: skip
    return Command(marker, "crm_task", ours(hub, "accounts", "acc_001"), given)


def letter(hub: Hub, **payload: Any) -> Command:
    given = {
        "to": "julia.brandt@brennecke.example", "contact": ours(hub, "contacts", "con_001"), "account": ours(hub, "accounts", "acc_001"),
        "subject": "Your question", "body": "Dear Julia,\nhere it is.", "channel": "email", "purpose": "service", "content": "ast_1", **payload,
    }  # fmt: skip
    return Command(MARKER, "send_content", ours(hub, "contacts", "con_001"), given)


def done(hub: Hub) -> list[Entry]:
    return [entry for entry in hub.portal.journal.entries if entry.name.endswith(".create")]


def hung_on(hub: Hub, type_: str, thing_id: str) -> dict[str, set[str]]:
    return {to: {*others} for to, others in hub.portal.things[type_][thing_id].links.items()}


async def test_a_task_hangs_on_the_company_and_the_deal_and_is_its_owners(world: Hub) -> None:
    receipt = await world.connector.effects.execute(task(world))
    (entry,) = done(world)
    assert receipt == Receipt(f"hubspot-tasks-{entry.target}", receipt.at)
    properties = entry.content["properties"]
    assert properties["hubspot_owner_id"] == world.ids["u_katrin"]
    assert properties["hs_task_body"] == f"<p>Ask &lt;b&gt;why&lt;/b&gt;<br>and when</p><p>Nextplay {MARKER}</p>"
    assert abs(int(properties["hs_timestamp"]) / 1000 - world.time.now().timestamp() - 2 * 86_400) < 60
    assert hung_on(world, "tasks", entry.target) == {"companies": {world.ids["acc_001"]}, "deals": {world.ids["deal_001"]}}


async def test_a_note_hangs_on_what_it_is_about(world: Hub) -> None:
    command = Command(MARKER, "crm_note", ours(world, "accounts", "acc_001"), {"text": "Told them", "subject": ours(world, "tickets", "tic_001")})
    await world.connector.effects.execute(command)
    (entry,) = done(world)
    assert entry.content["properties"]["hs_note_body"].startswith("<p>Told them</p>")
    assert hung_on(world, "notes", entry.target) == {"companies": {world.ids["acc_001"]}, "tickets": {world.ids["tic_001"]}}


async def test_content_becomes_a_task_for_the_owner_who_sends_it(world: Hub) -> None:
    await world.connector.effects.execute(letter(world))
    (entry,) = done(world)
    properties = entry.content["properties"]
    assert (entry.name, properties["hs_task_type"], properties["hs_task_subject"]) == ("tasks.create", "EMAIL", "Send: Your question")
    assert properties["hubspot_owner_id"] == world.ids["u_katrin"], "the company's owner, where the contact has none"
    assert "Dear Julia,<br>here it is." in properties["hs_task_body"]
    assert hung_on(world, "tasks", entry.target) == {"companies": {world.ids["acc_001"]}, "contacts": {world.ids["con_001"]}}


async def test_how_things_are_hung_is_asked_once_and_not_known_by_heart(world: Hub) -> None:
    world.portal.type_ids["tasks", "deals"] = 9216
    for number in range(2):
        await world.connector.effects.execute(task(world, f"{MARKER}-{number}"))
    assert [path for _, path in world.double.asked if path.endswith("/tasks/deals/labels")] == ["/crm/associations/2026-03/tasks/deals/labels"]
    assert {kind["types"][0]["associationTypeId"] for kind in done(world)[1].content["associations"]} == {192, 9216}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"target": "acc_001"}, "HubSpot has no object for 'acc_001'"), ({"kind": "ticket_comment"}, "HubSpot takes no 'ticket_comment'"),
        ({"payload": {"assignee": "u_katrin"}}, "'u_katrin' is nobody of HubSpot's owners"), ({"payload": {"due": "soon"}}, "no usable due time"),
        ({"gone": "deals"}, "was deleted"),
        ({"gone": "companies"}, "was deleted"), ({"without": "hs_task_priority"}, r"PROPERTY_DOESNT_EXIST, hs_task_priority"),
    ],
)  # fmt: skip
async def test_what_must_not_or_cannot_be_written_is_refused_for_good(world: Hub, change: dict[str, Any], why: str) -> None:
    command = task(world, **change.get("payload", {}))
    command = Command(command.marker, change.get("kind", command.kind), change.get("target", command.target), command.payload)
    if "gone" in change:
        world.portal.archive(change["gone"], world.ids["acc_001" if change["gone"] == "companies" else "deal_001"])
    world.portal.properties["tasks"].discard(change.get("without", ""))
    with pytest.raises(EffectRefused, match=why):
        await world.connector.effects.execute(command)
    assert done(world) == []


async def test_what_was_judged_on_a_stage_is_written_only_while_the_deal_is_in_it(world: Hub) -> None:
    deal = own_id("hubspot", "deals", world.ids["deal_001"])
    for command in (task(world), letter(world)):
        with pytest.raises(EffectOvertaken, match="the deal is in stage 'contract_sent' by now, no longer in 'negotiation'"):
            await world.connector.effects.execute(replace(command, premise=Premise(deal, "negotiation")))
        assert done(world) == []
    for command in (task(world, "np-in"), letter(world)):
        await world.connector.effects.execute(replace(command, premise=Premise(deal, "contract_sent")))
    await world.connector.effects.execute(replace(task(world, "np-else"), premise=Premise("salesforce-deal-006", "negotiation")))
    assert len(done(world)) == 3, "of a deal that HubSpot does not have nothing can be asked there"


@pytest.mark.parametrize(
    ("change", "why"), [({"to": "old@brennecke.example"}, "another e-mail address by now"), ({"body": ""}, "nothing to send"), ({}, "nobody owns")]
)
async def test_content_that_nobody_should_or_would_send_is_refused(world: Hub, change: dict[str, Any], why: str) -> None:
    if not change:
        world.portal.update("companies", world.ids["acc_001"], {"hubspot_owner_id": None})
    with pytest.raises(EffectRefused, match=why):
        await world.connector.effects.execute(letter(world, **change))
    assert done(world) == []


async def test_what_was_merged_is_written_to_the_survivor(world: Hub) -> None:
    world.portal.merge("companies", world.ids["acc_002"], world.ids["acc_001"])
    await world.connector.effects.execute(task(world))
    assert hung_on(world, "tasks", done(world)[0].target)["companies"] == {world.ids["acc_002"]}
    assert isinstance(await world.connector.effects.look_up(task(world)), Receipt)


async def test_the_rules_of_administrators_hold_from_the_version_that_knows_them() -> None:
    for version, refused in (("2026-03", False), ("2026-09", True)):
        async with joined(filled=True, version=version) as world:
            world.portal.required["tasks"] = {"nextplay_team"}
            if not refused:
                assert await world.connector.effects.execute(task(world))
                continue
            with pytest.raises(EffectRefused, match="REQUIRED_PROPERTY_MISSING, nextplay_team"):
                await world.connector.effects.execute(task(world))


@pytest.mark.parametrize("scope", ["crm.objects.contacts.write", "crm.objects.companies.read"])
async def test_while_it_may_not_write_the_run_waits(world: Hub, scope: str) -> None:
    world.portal.missing_scopes.add(scope)
    with pytest.raises(SourceError, match=scope):
        await world.connector.effects.execute(task(world))
    world.portal.missing_scopes.clear()
    assert await world.connector.effects.look_up(task(world)) == "absent", "nothing was begun, so there is nothing to wait for"


@pytest.mark.parametrize("fault", ["late", "reset", "truncated"])
async def test_what_was_done_without_an_answer_is_found_again(world: Hub, fault: Any) -> None:
    world.portal.index_lag_s = 70
    await world.connector.effects.execute(task(world, "np-warm"))
    command = task(world)
    world.double.misbehaviour.next = [None, None, fault]  # type: ignore[list-item]  # both objects are read first
    with pytest.raises(EffectUnknown):
        await world.connector.effects.execute(command)
    with pytest.raises(SourceError, match="may not show"):
        await world.connector.effects.look_up(command)
    world.time.passes(71)
    found = await world.connector.effects.look_up(command)
    assert isinstance(found, Receipt)
    assert found.reference == f"hubspot-tasks-{done(world)[-1].target}"
    assert len(done(world)) == 2


@pytest.mark.parametrize("inside", [False, True])
async def test_what_was_not_done_is_absent_only_when_that_is_sure(world: Hub, inside: bool) -> None:
    await world.connector.effects.execute(task(world, "np-warm"))
    if inside:
        world.portal.writes_fail_inside = 1
    else:
        world.double.misbehaviour.next = [None, None, "failing"]  # type: ignore[list-item]
    with pytest.raises(EffectUnknown):
        await world.connector.effects.execute(task(world))
    for _ in range(2):
        with pytest.raises(SourceError, match="may not show"):
            await world.connector.effects.look_up(task(world))
        world.time.passes(36)
    world.time.passes(36)
    assert await world.connector.effects.look_up(task(world)) == "absent"
    assert len(done(world)) == 1


async def test_an_index_that_does_not_catch_up_hides_nothing(world: Hub) -> None:
    await world.connector.effects.execute(task(world, "np-warm"))
    world.portal.index_lag_s = 100_000
    world.double.misbehaviour.next = [None, None, "reset"]  # type: ignore[list-item]
    with pytest.raises(EffectUnknown):
        await world.connector.effects.execute(task(world))
    world.time.passes(101)
    assert isinstance(await world.connector.effects.look_up(task(world)), Receipt)


async def test_who_knows_nothing_of_the_attempt_waits_as_long(world: Hub) -> None:
    """After a crash another process looks: it cannot know when the write was begun."""
    with pytest.raises(SourceError, match="may not show"):
        await world.connector.effects.look_up(task(world))
    world.time.passes(101)
    assert await world.connector.effects.look_up(task(world)) == "absent"


async def test_where_what_it_hung_on_is_gone_nobody_can_tell(world: Hub) -> None:
    world.portal.archive("companies", world.ids["acc_001"])
    assert await world.connector.effects.look_up(task(world)) == "unknowable"


async def test_of_more_tasks_than_are_looked_through_nobody_can_tell(world: Hub) -> None:
    for _ in range(1001):
        made = world.portal.create("tasks", {"hs_task_body": "other"})
        world.portal.link("tasks", made.id, "companies", world.ids["acc_001"])
    with pytest.raises(SourceError):
        await world.connector.effects.look_up(task(world))
    world.time.passes(101)
    assert await world.connector.effects.look_up(task(world)) == "unknowable"


async def test_a_task_of_ours_that_is_done_is_told_with_its_marker(world: Hub) -> None:
    since = world.time.now()
    for number in range(3):
        await world.connector.effects.execute(letter(world) if number == 0 else task(world, f"np-{number}"))
    other = world.portal.create("tasks", {"hs_task_body": "Nextplay is new", "hs_task_status": "COMPLETED"})
    at = world.time.now().isoformat()
    for thing_id in (done(world)[0].target, done(world)[2].target, other.id):
        world.portal.update("tasks", thing_id, {"hs_task_status": "COMPLETED", "hs_task_completion_date": at})
    told = {one.marker: (one.at.isoformat(), one.by) for one in await world.connector.completed(since)}
    katrin = ours(world, "people", "u_katrin")
    assert told == {MARKER: (at, katrin), "np-2": (at, katrin)}
    world.time.passes(600)
    assert await world.connector.completed(world.time.now()) == []


async def test_a_limit_that_is_reached_is_said_to_be_one(world: Hub) -> None:
    world.portal.daily = 0
    with pytest.raises(SourceBusy, match="its limit is reached"):
        await world.connector.effects.execute(task(world))
