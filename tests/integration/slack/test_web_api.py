"""Slack's own client against the workspace: what is taken, what is refused and how, and what is remembered."""

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from integrations.sandbox.slack.effects import read_effects
from integrations.sandbox.slack.methods.register import METHODS
from integrations.sandbox.slack.roster import App
from integrations.sandbox.slack.server import running
from tests.integration.slack.workspaces import ADA, BOB, GONE, GUEST, button, card, client_of, general, modal, workspace

REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("chat.postMessage", {"channel": "CNONE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "CPRIV", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "random", "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "general"}, "no_text"),
    ("chat.postMessage", {"channel": "general", "text": "x" * 40_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": "general", "text": "x", "metadata": "{}x"}, "invalid_metadata_format"),
    ("chat.postMessage", {"channel": "general", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": "general", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
    ("chat.postMessage", {"channel": GONE, "text": "x"}, "is_inactive"),
    ("chat.update", {"channel": "general", "ts": "1.2", "text": "x"}, "message_not_found"),
    ("chat.postEphemeral", {"channel": "CSHARED", "user": BOB, "text": "x"}, "user_not_in_channel"),
    ("conversations.open", {"users": GONE}, "user_disabled"),
    ("conversations.open", {"users": "UNONE"}, "user_not_found"),
    ("conversations.info", {"channel": "CPRIV"}, "channel_not_found"),
    ("conversations.history", {"channel": "random"}, "not_in_channel"),
    ("conversations.history", {"channel": "general", "oldest": "noon"}, "invalid_ts_oldest"),
    ("conversations.replies", {"channel": "general", "ts": "1.2"}, "thread_not_found"),
    ("users.info", {"user": "UNONE"}, "user_not_found"),
    ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
    ("users.lookupByEmail", {"email": "gone@example.com"}, "users_not_found"),
    ("views.open", {"trigger_id": "1.2.3", "view": modal()}, "invalid_trigger_id"),
    ("views.open", {"trigger_id": "1.2.3", "view": {"type": "modal"}}, "invalid_arguments"),
    ("views.update", {"view_id": "VNONE", "view": modal()}, "not_found"),
    ("chat.scream", {}, "unknown_method"),
]
"""Calls, and the error that each is refused with. Channels go by their names."""
METADATA = {"event_type": "lunch", "event_payload": {"id": "1"}}


async def refused(call: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def test_a_message_is_posted_changed_read_and_taken_back() -> None:
    space = workspace()
    async with running(space):
        client, room = client_of(space), general(space)
        posted = await client.chat_postMessage(channel=room, text="Lunch?", blocks=card(button("yes")), metadata=METADATA)
        reply = await client.chat_postMessage(channel=room, text="At noon", thread_ts=posted["ts"])
        changed = await client.chat_update(channel=room, ts=posted["ts"], text="Dinner?")
        assert changed["message"]["blocks"]
        assert changed["message"]["metadata"] == METADATA
        (top,) = (await client.conversations_history(channel=room, include_all_metadata=True))["messages"]
        assert (top["text"], top["metadata"], top["reply_count"]) == ("Dinner?", METADATA, 1)
        bare = (await client.conversations_history(channel=room))["messages"][0]
        assert "metadata" not in bare
        thread = (await client.conversations_replies(channel=room, ts=posted["ts"]))["messages"]
        assert [message["ts"] for message in thread] == [posted["ts"], reply["ts"]]
        link = (await client.chat_getPermalink(channel=room, message_ts=posted["ts"]))["permalink"]
        assert link.startswith(f"{space.url}/archives/{room}/p")
        await client.reactions_add(channel=room, timestamp=posted["ts"], name="eyes")
        assert (await refused(client.reactions_add(channel=room, timestamp=posted["ts"], name="eyes")))["error"] == "already_reacted"
        await client.chat_delete(channel=room, ts=reply["ts"])
        assert len((await client.conversations_replies(channel=room, ts=posted["ts"]))["messages"]) == 1


async def test_what_is_wrong_with_blocks_is_named() -> None:
    space = workspace()
    async with running(space):
        answer = await refused(client_of(space).chat_postMessage(channel=general(space), text="x", blocks=card(button("go", "x" * 76))))
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == ["[ERROR] must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]"]


@pytest.mark.parametrize(("method", "arguments", "error"), REFUSALS)
async def test_refusals_have_slacks_names(method: str, arguments: dict[str, Any], error: str) -> None:
    space = workspace()
    rooms = {channel.name: channel.id for channel in space.channels()}
    arguments = arguments | ({"channel": rooms.get(arguments["channel"], arguments["channel"])} if "channel" in arguments else {})
    async with running(space):
        client = client_of(space)
        assert (await refused(client.api_call(method, json=arguments)))["error"] == error
        assert space.log.entries == []
        form = {name: value for name, value in arguments.items() if not isinstance(value, dict)}
        if form == arguments:
            assert (await refused(client.api_call(method, data=form)))["error"] == error


async def test_others_messages_are_not_the_apps_to_change() -> None:
    space = workspace()
    async with running(space):
        client, room = client_of(space), general(space)
        theirs = await space.say(ADA, room, "mine")
        assert (await refused(client.chat_update(channel=room, ts=theirs["ts"], text="x")))["error"] == "cant_update_message"
        assert (await refused(client.chat_delete(channel=room, ts=theirs["ts"])))["error"] == "cant_delete_message"


async def test_tokens_and_scopes_are_checked() -> None:
    space = workspace(app=App(name="Robin", scopes=("chat:write", "users:read")))
    async with running(space):
        assert (await refused(client_of(space, "xoxb-wrong").auth_test()))["error"] == "invalid_auth"
        assert (await refused(client_of(space, "").api_call("auth.test")))["error"] == "not_authed"
        assert (await refused(client_of(space).api_call("apps.connections.open")))["error"] == "not_allowed_token_type"
        answer = await refused(client_of(space).users_lookupByEmail(email="ada@example.com"))
        assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read.email", "chat:write,users:read")
        assert (await client_of(space).auth_test()).headers["x-oauth-scopes"] == "chat:write,users:read"
        assert "email" not in (await client_of(space).users_info(user=ADA))["user"]["profile"]


async def test_members_and_channels_are_described() -> None:
    space = workspace()
    async with running(space):
        client = client_of(space)
        ada = (await client.users_lookupByEmail(email="Ada@Example.com"))["user"]
        assert (ada["id"], ada["tz"], ada["profile"]["title"]) == (ADA, "Europe/London", "Engineer")
        guest = (await client.users_info(user=GUEST))["user"]
        assert (guest["is_restricted"], guest["is_ultra_restricted"]) == (True, True)
        everybody = (await client.users_list(limit=2))["members"]
        assert [member["id"] for member in everybody] == [ADA, BOB]
        deleted = {one["id"]: one["deleted"] async for page in await client.users_list(limit=2) for one in page["members"]}
        assert deleted.keys() == space.members.keys()
        assert deleted[GONE]
        assert (await client.conversations_info(channel="CSHARED"))["channel"]["is_ext_shared"]
        names = {channel["name"] for channel in (await client.conversations_list(types="public_channel,private_channel"))["channels"]}
        assert names == {"general", "random", "partners"}
        assert set((await client.conversations_members(channel="CSHARED"))["members"]) == {ADA, space.app.user}
        space.members[ADA].status_emoji = ":palm_tree:"
        assert (await client.users_profile_get(user=ADA))["profile"]["status_emoji"] == ":palm_tree:"
        assert (await client.users_getPresence(user=ADA))["presence"] == "active"


async def test_direct_messages_open_once_and_by_a_members_id_too() -> None:
    space = workspace()
    async with running(space):
        client = client_of(space)
        opened = await client.conversations_open(users=ADA)
        again = await client.conversations_open(users=ADA)
        assert opened["channel"]["id"] == again["channel"]["id"]
        assert again["already_open"]
        posted = await client.chat_postMessage(channel=ADA, text="Psst")
        assert posted["channel"] == opened["channel"]["id"]
        assert [message["text"] for message in space.inbox(ADA)] == ["Psst"]


async def test_the_log_has_every_effect_and_the_workspace_goes_on_from_it(tmp_path: Path) -> None:
    log = tmp_path / "effects.jsonl"
    first = workspace(log)
    async with running(first):
        posted = await client_of(first).chat_postMessage(channel=ADA, text="Before", metadata=METADATA)
        await refused(client_of(first).chat_postMessage(channel="CNONE", text="x"))
        await client_of(first).views_publish(user_id=ADA, view={"type": "home", "blocks": []})
    lines = list(read_effects(log))
    assert (lines[0]["channel"], lines[0]["ts"], lines[0]["arguments"]["text"]) == (posted["channel"], posted["ts"], "Before")
    assert [line["method"] for line in lines] == ["chat.postMessage", "views.publish"]
    with log.open("a") as file:
        file.write('{"seq": 3, "cut')
    second = workspace(log, App(name="Robin", bot_token=first.app.bot_token))
    async with running(second):
        client = client_of(second)
        history = (await client.conversations_history(channel=posted["channel"], include_all_metadata=True))["messages"]
        assert [(one["text"], one["metadata"]) for one in history] == [("Before", METADATA)]
        assert second.home(ADA)
        later = await client.chat_postMessage(channel=posted["channel"], text="After")
        assert later["ts"] > posted["ts"]
    assert [line["seq"] for line in read_effects(log)] == [1, 2, 3]


async def test_a_rate_limit_is_waited_for() -> None:
    space = workspace()
    async with running(space):
        space.faults.set({"seed": 1, "calls": {"chat.postMessage": {"rate_limited": 0.5, "retry_after_s": 0}}})
        client = client_of(space)
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=20))
        for index in range(4):
            await client.chat_postMessage(channel=ADA, text=str(index))
        assert [message["text"] for message in space.inbox(ADA)] == [str(index) for index in range(4)]
        outcomes = [outcome for name, outcome in space.calls if name == "chat.postMessage"]
        assert outcomes.count("ok") == 4
        assert outcomes.count("rate_limited") > 0


@pytest.mark.parametrize(("fault", "arrives"), [("lost_request", False), ("lost_answer", True)])
async def test_a_time_out_may_or_may_not_have_taken_effect(fault: str, arrives: bool) -> None:
    space = workspace()
    async with running(space):
        async with aiohttp.ClientSession() as session:
            plan = {"calls": {"chat.postMessage": {fault: 1.0, "hangs_s": 0.05}}}
            async with session.post(f"{space.url}/_fake/faults", json=plan) as answer:
                assert answer.status == 200
            with pytest.raises(aiohttp.ClientError):
                await client_of(space).chat_postMessage(channel=ADA, text="x")
            async with session.delete(f"{space.url}/_fake/faults") as answer:
                assert (await answer.json())["plan"]["calls"] == {}
        assert bool(space.inbox(ADA)) is arrives
        await client_of(space).chat_postMessage(channel=ADA, text="x")


async def test_an_outage_lasts_until_told_otherwise() -> None:
    space = workspace()
    async with running(space):
        space.faults.set({"calls": {"*": {"down": True}}})
        for _ in range(3):
            assert (await refused(client_of(space).auth_test())).status_code == 500
        space.faults.clear()
        assert (await client_of(space).auth_test())["ok"]


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"content-type": "text/plain"}])
async def test_other_sites_do_not_reach_it_through_a_browser(headers: dict[str, str]) -> None:
    space = workspace()
    said = json.dumps({"as": ADA, "do": "say", "channel": general(space), "text": "x"})
    own = {"content-type": "application/json"}
    async with running(space), aiohttp.ClientSession() as session:
        async with session.post(f"{space.url}/_fake/act", data=said, headers=own | headers) as answer:
            assert answer.status in (400, 404)
        assert space.store.messages(general(space)) == []
        async with session.post(f"{space.url}/_fake/act", data=said, headers=own) as answer:
            assert answer.status == 200
        assert len(space.store.messages(general(space))) == 1


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_is_one_that_slacks_client_has(method: str) -> None:
    named = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method).replace(".", "_").lower()
    assert hasattr(AsyncWebClient, method.replace(".", "_")) or hasattr(AsyncWebClient, named)
