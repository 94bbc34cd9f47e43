"""What members do reaches a real Bolt app, over HTTP and over the socket, and its answers are honoured."""

import asyncio
from functools import partial
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.roster import App
from integrations.sandbox.slack.sending import Sender
from integrations.sandbox.slack.server import running
from integrations.sandbox.slack.store import Doc
from integrations.sandbox.slack.workspace import Workspace
from tests.integration.slack.workspaces import ADA, BOB, GONE, MODES, button, card, client_of, field, general, modal, talking, until, workspace

WHY = field("why", {"type": "plain_text_input", "action_id": "text", "max_length": 10})
PICK = {"type": "static_select", "action_id": "pick", "options": [{"text": {"type": "plain_text", "text": "A"}, "value": "a"}]}

modes = pytest.mark.parametrize("mode", MODES)


async def posted(space: Workspace, *buttons: Doc) -> Doc:
    """A card in Ada's direct messages."""
    await client_of(space).chat_postMessage(channel=ADA, text="Lunch?", blocks=card(*buttons), metadata={"event_type": "e", "event_payload": {}})
    return space.inbox(ADA)[-1]


@modes
async def test_a_click_arrives_with_what_was_clicked(mode: str) -> None:
    seen: list[Doc] = []

    def listen(bolt: AsyncApp) -> None:
        @bolt.action("yes")
        async def _(ack: AsyncAck, body: Doc, respond: AsyncRespond) -> None:
            await ack()
            seen.append(body)
            await respond(text="Noted", replace_original=True, blocks=[])

    async with talking(mode, listen) as space:
        message = await posted(space, button("yes", value="42"))
        assert (await space.click(ADA, message, "yes")).ok
        await until(space, lambda: space.inbox(ADA)[-1]["text"] == "Noted")
    (body,) = seen
    assert body["user"]["id"] == ADA
    assert (body["actions"][0]["value"], body["actions"][0]["block_id"]) == ("42", "do")
    assert body["container"] == {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"], "is_ephemeral": False}
    assert body["message"]["metadata"]["event_type"] == "e"


@modes
async def test_a_modal_opens_complains_and_closes(mode: str) -> None:
    def listen(bolt: AsyncApp) -> None:
        @bolt.action("edit")
        async def _(ack: AsyncAck, body: Doc, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(WHY, callback_id="why"))

        @bolt.view("why")
        async def _(ack: AsyncAck, view: Doc) -> None:
            given = view["state"]["values"]["why"]["text"]["value"]
            answers: dict[str, dict[str, Any]] = {
                "bad": {"response_action": "errors", "errors": {"why": "Not that"}},
                "more": {"response_action": "update", "view": modal(WHY, callback_id="why", private_metadata="2")},
                "push": {"response_action": "push", "view": modal(callback_id="top")},
            }
            await ack(**answers.get(given, {}))

        @bolt.view("top")
        async def _(ack: AsyncAck) -> None:
            await ack(response_action="clear")

    async with talking(mode, listen) as space:
        message = await posted(space, button("edit"))
        await space.click(ADA, message, "edit")
        view = await until(space, lambda: space.modal(ADA))
        for typed, complaint in (("", "Please complete this required field."), ("x" * 11, "Must be less than 11 characters."), ("bad", "Not that")):
            await space.submit(view, {"text": typed})
            assert space.complaints[view["id"]] == {"why": complaint}
        await space.submit(view, {"text": "more"})
        assert (space.modal(ADA) or {})["private_metadata"] == "2"
        assert not space.complaints
        await space.submit(view, {"why": {"text": "push"}})
        assert len(space.store.modals(ADA)) == 2
        await space.submit(space.modal(ADA) or {})
        assert space.modal(ADA) is None
        with pytest.raises(Refused, match="not_found"):
            await space.submit(view, {"text": "late"})


@modes
async def test_a_command_is_answered_at_once(mode: str) -> None:
    def listen(bolt: AsyncApp) -> None:
        @bolt.command("/robin")
        async def _(ack: AsyncAck, command: Doc, respond: AsyncRespond) -> None:
            if command["text"] == "blocks":
                await ack(text="Cards", blocks=card(button("yes")), response_type="in_channel")
            else:
                await ack(f"You said {command['text']}")

    async with talking(mode, listen) as space:
        room = general(space)
        await space.command(ADA, room, "/robin  hello there")
        await space.command(ADA, room, "/robin blocks")
        await space.command(ADA, room, "/batman")
        assert [one["text"] for one in space.store.whispers(room, ADA)] == ["You said hello there", "/batman is not a valid command."]
        assert [one["text"] for one in space.store.messages(room)] == ["Cards"]
        assert not space.store.whispers(room, BOB)


@modes
async def test_mentions_messages_and_the_home_tab_are_heard(mode: str) -> None:
    heard: list[Doc] = []

    def listen(bolt: AsyncApp) -> None:
        @bolt.event("app_mention")
        async def _(event: Doc, say: AsyncSay) -> None:
            heard.append(event)
            await say("Here", thread_ts=event.get("thread_ts") or event["ts"])

        @bolt.event("message")
        async def _(event: Doc, say: AsyncSay) -> None:
            heard.append(event)
            await say("Yes?")

        @bolt.event("app_home_opened")
        async def _(event: Doc, client: AsyncWebClient) -> None:
            heard.append(event)
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": card(button("tidy"))})

    async with talking(mode, listen) as space:
        room = general(space)
        first = await space.say(BOB, room, "Anybody?")
        assert heard == []
        await space.mention(BOB, room, "please look", thread_ts=first["ts"])
        await until(space, lambda: len(space.store.thread(room, first["ts"])) == 3)
        assert (heard[0]["type"], heard[0]["thread_ts"], heard[0]["user"]) == ("app_mention", first["ts"], BOB)
        await space.message(BOB, "Psst")
        await until(space, lambda: len(space.inbox(BOB)) == 2)
        assert (heard[1]["type"], heard[1]["channel_type"]) == ("message", "im")
        await space.open_home(BOB)
        home = await until(space, lambda: space.home(BOB))
        assert (heard[2]["type"], heard[2]["tab"]) == ("app_home_opened", "home")
        assert home["blocks"][1]["elements"][0]["action_id"] == "tidy"


@modes
async def test_what_is_chosen_in_a_modal_arrives_and_closing_it_too(mode: str) -> None:
    seen: list[Doc] = []

    def listen(bolt: AsyncApp) -> None:
        @bolt.action("open")
        async def _(ack: AsyncAck, body: Doc, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(field("f", PICK, optional=True), callback_id="c", notify_on_close=True))

        @bolt.view_closed("c")
        async def _(ack: AsyncAck, body: Doc) -> None:
            await ack()
            seen.append(body)

        @bolt.view("c")
        async def _(ack: AsyncAck, view: Doc) -> None:
            await ack()
            seen.append(view)

    async with talking(mode, listen) as space:
        message = await posted(space, button("open"))
        for given in ("a", None):
            await space.click(ADA, message, "open")
            view = await until(space, lambda: space.modal(ADA))
            if given:
                await space.submit(view, {"pick": given})
            else:
                await space.dismiss(ADA)
        assert seen[0]["state"]["values"]["f"]["pick"]["selected_option"]["value"] == "a"
        assert (seen[1]["type"], seen[1]["is_cleared"]) == ("view_closed", False)
        assert space.modal(ADA) is None


async def test_the_socket_is_opened_anew_when_slack_asks() -> None:
    def listen(bolt: AsyncApp) -> None:
        @bolt.action("yes")
        async def _(ack: AsyncAck) -> None:
            await ack()

    async with talking("socket", listen) as space:
        message = await posted(space, button("yes"))
        (before,) = space.sender.socket.links
        await space.sender.socket.refresh()
        await until(space, lambda: space.sender.socket.links and before not in space.sender.socket.links)
        assert (await space.click(ADA, message, "yes")).ok


async def linked(space: Workspace, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A socket of ours that has heard hello, and answers and takes pings as they come."""
    address = (await client_of(space, space.app.app_token).apps_connections_open(app_token=space.app.app_token))["url"]
    opened = await session.ws_connect(str(address), autoping=False)
    assert (await opened.receive_json())["type"] == "hello"
    return opened


async def answered(link: aiohttp.ClientWebSocketResponse, within_s: float) -> bool:
    """Whether a ping is answered."""
    await link.ping(b"there?")
    try:
        return (await link.receive(timeout=within_s)).type is aiohttp.WSMsgType.PONG
    except TimeoutError:
        return False


async def test_a_silent_socket_is_open_and_answers_no_ping_and_others_do() -> None:
    space = workspace(within_s=0.3)
    async with running(space), aiohttp.ClientSession() as session:
        old = await linked(space, session)
        assert await answered(old, 5)
        space.faults.set({"sending": {"silent": True}})
        assert not await answered(old, 0.3)
        assert not old.closed
        new = await linked(space, session)
        assert await answered(new, 5)
        space.faults.set({"sending": {"unanswered": True}})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await linked(space, session)
        assert await answered(new, 5), "what was open before is well"


async def test_what_was_sent_into_a_silence_comes_when_it_ends() -> None:
    space = workspace(within_s=0.3)
    async with running(space), aiohttp.ClientSession() as session:
        link = await linked(space, session)
        await client_of(space).chat_postMessage(channel=ADA, text="Lunch?", blocks=card(button("yes")))
        space.faults.set({"sending": {"silent": True}})
        assert (await space.click(ADA, space.inbox(ADA)[-1], "yes")).error == "operation_timeout"
        space.faults.clear()
        assert (await link.receive_json(timeout=5))["payload"]["actions"][0]["action_id"] == "yes"


async def test_an_app_that_is_silent_or_away_is_seen_to_be() -> None:
    def listen(bolt: AsyncApp) -> None:
        @bolt.action("slow")
        async def _(ack: AsyncAck) -> None:
            await asyncio.Event().wait()

    async with talking("http", listen, within_s=0.3) as space:
        message = await posted(space, button("slow"))
        assert (await space.click(ADA, message, "slow")).error == "operation_timeout"
        assert (await space.click(ADA, message, "slow")).error == "operation_timeout"
    space.app.request_url = None
    assert (await space.command(ADA, general(space), "/robin hello")).error == "dispatch_failed"
    assert 'failed with the error "dispatch_failed"' in space.store.whispers(general(space), ADA)[-1]["text"]


async def test_events_are_retried_and_doubled_and_say_so() -> None:
    seen: list[tuple[str, str | None]] = []

    def listen(bolt: AsyncApp) -> None:
        @bolt.middleware
        async def _(req: Any, resp: Any, next_: Any) -> Any:
            number = (req.headers.get("x-slack-retry-num") or [None])[0]
            seen.append((req.body["event_id"], number))
            if number is None and req.body["event"]["text"] == "fail":
                resp.status = 500
                return resp
            return await next_()

        @bolt.event("message")
        async def _() -> None:
            pass

    async with talking("http", listen, retries_after_s=(0.0, 0.0, 0.0)) as space:
        await space.message(ADA, "fail")
        async with asyncio.timeout(10):
            await asyncio.gather(*space.sender._tasks)
        assert [number for _, number in seen] == [None, "1"]
        assert len({event for event, _ in seen}) == 1
        seen.clear()
        space.faults.set({"sending": {"duplicates": 1.0}})
        await space.message(ADA, "twice")
        async with asyncio.timeout(10):
            await asyncio.gather(*space.sender._tasks)
        assert len(seen) == 2
        assert len(set(seen)) == 1


async def test_an_event_that_nobody_hears_is_sent_again_at_once_and_after_one_and_five_minutes() -> None:
    waited: list[float] = []

    async def rest(seconds: float) -> None:
        waited.append(seconds)

    space = workspace(app=App(request_url="http://127.0.0.1:1/slack/events"), sending=partial(Sender, rest=rest))
    async with running(space):
        await space.message(ADA, "anybody there?")
        async with asyncio.timeout(10):
            await asyncio.gather(*space.sender._tasks)
    assert waited == [0.0, 60.0, 300.0]


async def test_the_request_url_is_verified() -> None:
    def listen(bolt: AsyncApp) -> None:
        del bolt

    async with talking("http", listen) as space:
        assert await space.verify_url()


async def test_what_a_member_cannot_do() -> None:
    space = workspace()
    async with running(space):
        await client_of(space).chat_postMessage(channel="CSHARED", text="x", blocks=card(button("yes")))
        (message,) = space.store.messages("CSHARED")
        with pytest.raises(Refused, match="user_disabled"):
            await space.say(GONE, general(space), "x")
        with pytest.raises(Refused, match="channel_not_found"):
            await space.say(BOB, "CPRIV", "x")
        with pytest.raises(Refused, match="action_not_found"):
            await space.click(ADA, message, "no")


async def test_a_card_may_be_clicked_late() -> None:
    clicked: list[str] = []

    def listen(bolt: AsyncApp) -> None:
        @bolt.action("yes")
        async def _(ack: AsyncAck, body: Doc) -> None:
            await ack()
            clicked.append(body["user"]["id"])

    async with talking("http", listen) as space:
        message = await posted(space, button("yes"))
        await client_of(space).chat_update(channel=message["channel"], ts=message["ts"], text="Done", blocks=[])
        assert (await space.click(ADA, message, "yes")).ok
        assert clicked == [ADA]
