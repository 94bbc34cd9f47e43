"""Views through Slack's own client: triggers, hashes, the stack of three, and whose they are."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from integrations.sandbox.slack.server import running
from tests.integration.slack.workspaces import ADA, BOB, GUEST, client_of, field, general, modal, workspace

HOME = {"type": "home", "blocks": []}


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_trigger_opens_one_view_for_the_member_who_pressed() -> None:
    space = workspace()
    async with running(space):
        client, trigger = client_of(space), space.tickets.trigger(ADA)
        opened = (await client.views_open(trigger_id=trigger, view=modal(private_metadata="7")))["view"]
        assert space.modal(ADA) == opened
        assert space.modal(BOB) is None
        assert (opened["private_metadata"], opened["root_view_id"], opened["previous_view_id"]) == ("7", opened["id"], None)
        assert await error_of(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"


async def test_an_update_with_a_hash_is_refused_when_somebody_was_faster() -> None:
    space = workspace()
    async with running(space):
        client = client_of(space)
        first = (await client.views_open(trigger_id=space.tickets.trigger(ADA), view=modal(external_id="mine")))["view"]
        await client.views_update(external_id="mine", view=modal(callback_id="second", external_id="mine"), hash=first["hash"])
        assert await error_of(client.views_update(view_id=first["id"], view=modal(), hash=first["hash"])) == "hash_conflict"
        assert (space.modal(ADA) or {})["callback_id"] == "second"
        assert await error_of(client.views_open(trigger_id=space.tickets.trigger(BOB), view=modal(external_id="mine"))) == "duplicate_external_id"


async def test_three_modals_stand_on_each_other_and_no_fourth() -> None:
    space = workspace()
    async with running(space):
        client = client_of(space)
        top = (await client.views_open(trigger_id=space.tickets.trigger(ADA), view=modal()))["view"]
        for _ in range(2):
            top = (await client.views_push(trigger_id=space.tickets.trigger(ADA, top["id"]), view=modal()))["view"]
        assert len(space.store.modals(ADA)) == 3
        assert await error_of(client.views_push(trigger_id=space.tickets.trigger(ADA, top["id"]), view=modal())) == "push_limit_reached"
        await space.dismiss(ADA)
        assert [view["id"] for view in space.store.modals(ADA)] == [top["root_view_id"], top["previous_view_id"]]


async def test_a_home_tab_is_each_members_own() -> None:
    space = workspace()
    async with running(space):
        client = client_of(space)
        first = (await client.views_publish(user_id=ADA, view=HOME))["view"]
        await client.views_publish(user_id=ADA, view=HOME | {"callback_id": "new"}, hash=first["hash"])
        assert await error_of(client.views_publish(user_id=ADA, view=HOME, hash=first["hash"])) == "hash_conflict"
        assert await error_of(client.views_publish(user_id="UNONE", view=HOME)) == "user_not_found"
        assert (space.home(ADA) or {})["callback_id"] == "new"
        assert space.home(BOB) is None


async def test_a_faulty_view_is_refused_before_its_trigger_is_spent() -> None:
    space = workspace()
    long = modal(field("why", {"type": "plain_text_input", "max_length": 3001}))
    async with running(space):
        client, trigger = client_of(space), space.tickets.trigger(ADA)
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=long)
        assert caught.value.response["response_metadata"]["messages"] == [
            "[ERROR] must be between 1 and 3000 [json-pointer:/view/blocks/0/element/max_length]"
        ]
        await client.views_open(trigger_id=trigger, view=modal())


def test_a_guest_sees_only_the_channels_they_are_in() -> None:
    space = workspace()
    room = space.channel(general(space))
    assert space.sees(BOB, room)
    assert not space.sees(GUEST, room)
    room.members.append(GUEST)
    assert space.sees(GUEST, room)
