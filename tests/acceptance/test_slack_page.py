"""The page of the Slack workspace in a real browser: what is said is shown, and what is pressed is heard."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from integrations.sandbox.slack.store import Doc
from integrations.sandbox.slack.workspace import Workspace
from tests.acceptance.browsing import IN_A_BROWSER, page_of
from tests.integration.slack.workspaces import ADA, BOB, button, client_of, field, general, modal, talking

pytestmark = IN_A_BROWSER


def plain(text: str) -> Doc:
    return {"type": "plain_text", "text": text}


def said(text: str) -> Doc:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def select(*names: str) -> Doc:
    return {
        "type": "static_select", "action_id": "when", "placeholder": plain("Later"), "options": [{"text": plain(n), "value": n} for n in names],
    }  # fmt: skip


SURE = {"title": plain("Call it off?"), "text": plain("Everybody is told."), "confirm": plain("Call off"), "deny": plain("Keep"), "style": "danger"}
MORE = {"type": "overflow", "action_id": "more", "options": [{"text": plain(name), "value": name} for name in ("Copy", "Hide")]}
CARD: list[Doc] = [
    {"type": "header", "text": plain("Team lunch on Thursday")},
    said("*Why now* · The table must be booked by noon, see <https://example.com/menu|the menu>. Asked by <@UBOB>."),
    {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": f"*{name}*\n{value}"} for name, value in (("People", "12"), ("Price", "€ 14 _(today)_"))],
    },
    {"type": "divider"},
    said("*To be sent*\n>Dear all,\n>shall we have lunch? &lt;!channel&gt; &lt;b&gt;bold&lt;/b&gt;\n`code` and ~no~"),
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "Until *Thu 12:00*"}]},
    {
        "type": "actions",
        "block_id": "do",
        "elements": [
            button("yes", "Book", style="primary", value="7"),
            button("edit", "Edit"),
            button("no", "Call off", style="danger") | {"confirm": SURE},
            select("In an hour", "Tomorrow"),
            MORE,
        ],
    },
]
MODAL = modal(
    field("Words", {"type": "plain_text_input", "action_id": "words", "multiline": True, "initial_value": "Dear all"}, hint=plain("As it is sent")),
    field("People", {"type": "number_input", "action_id": "people", "is_decimal_allowed": False, "max_value": "20"}),
    field("At", {"type": "datetimepicker", "action_id": "at", "initial_date_time": 1_795_700_000}, optional=True),
    field("Where", {"type": "radio_buttons", "action_id": "where", "options": [{"text": plain("Inside"), "value": "in"}]}, optional=True),
    callback_id="lunch",
)


def listener(heard: list[Doc]) -> "object":
    """An app that answers everything, and notes it down."""

    def listen(bolt: AsyncApp) -> None:
        @bolt.action(re.compile("yes|no|when|more|tidy"))
        async def _(ack: AsyncAck, body: Doc, client: AsyncWebClient) -> None:
            await ack()
            heard.append(body)
            if body["container"]["type"] == "message":
                done = [*CARD[:-1], said(f"Answered by <@{body['user']['id']}>")]
                await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Done", blocks=done)

        @bolt.action("edit")
        async def _(ack: AsyncAck, body: Doc, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

        @bolt.view("lunch")
        async def _(ack: AsyncAck, view: Doc) -> None:
            heard.append(view)
            words = view["state"]["values"]["Words"]["words"]["value"]
            await (ack(response_action="errors", errors={"Words": "Say please."}) if "please" not in words else ack())

        @bolt.command("/robin")
        async def _(ack: AsyncAck, command: Doc) -> None:
            await ack(f"You asked: *{command['text']}*")

        @bolt.event("app_mention")
        async def _(event: Doc, say: AsyncSay) -> None:
            await say(f"Here, <@{event['user']}>", thread_ts=event.get("thread_ts") or event["ts"])

        @bolt.event("message")
        async def _(say: AsyncSay) -> None:
            await say("Yes?")

        @bolt.event("app_home_opened")
        async def _(event: Doc, client: AsyncWebClient) -> None:
            home = {"type": "home", "blocks": [{"type": "header", "text": plain("Your lunches")}, *CARD[1:5], _accessory()]}
            await client.views_publish(user_id=event["user"], view=home)

    return listen


def _accessory() -> Doc:
    return said("*Last week*\nNobody came") | {"accessory": button("tidy", "Tidy up")}


@asynccontextmanager
async def opened(browser: Browser, heard: list[Doc] | None = None, scheme: str = "light") -> AsyncIterator[tuple[Workspace, Page]]:
    """A workspace with an app, and a browser at its page."""
    async with talking("http", listener([] if heard is None else heard)) as space, page_of(browser, scheme) as page:  # type: ignore[arg-type]  # see above
        yield space, page


async def posted(space: Workspace) -> str:
    answer = await client_of(space).chat_postMessage(channel=general(space), text="Team lunch", blocks=CARD)
    return str(answer["ts"])


async def test_a_card_is_shown_and_its_buttons_are_heard(browser: Browser, shots: Path) -> None:
    heard: list[Doc] = []
    async with opened(browser, heard) as (space, page):
        await posted(space)
        await page.goto(f"{space.url}/?as={ADA}&at={general(space)}")
        card = page.get_by_role("article")
        await expect(card.get_by_role("heading", name="Team lunch on Thursday")).to_be_visible()
        await expect(card.locator("blockquote")).to_contain_text("<!channel> <b>bold</b>")
        await expect(card.locator(".mention")).to_have_text("@Bob Noyce")
        await expect(card.get_by_role("link", name="the menu")).to_have_attribute("href", "https://example.com/menu")
        await page.screenshot(path=shots / "channel.png")
        await card.get_by_role("button", name="Call off").click()
        await page.get_by_role("button", name="Keep").click()
        assert heard == []
        await card.get_by_role("button", name="Book").click()
        await expect(card).to_contain_text("Answered by @Ada Byron")
        await expect(card.get_by_role("button", name="Book")).to_have_count(0)
    assert [(body["user"]["id"], body["actions"][0]["value"]) for body in heard] == [(ADA, "7")]


@pytest.mark.parametrize(("what", "chosen"), [("menu", "Tomorrow"), ("overflow", "Hide"), ("danger", None)])
async def test_menus_and_confirmations(browser: Browser, what: str, chosen: str | None) -> None:
    heard: list[Doc] = []
    async with opened(browser, heard) as (space, page):
        await posted(space)
        await page.goto(f"{space.url}/?as={BOB}&at={general(space)}")
        if what == "menu":
            await page.get_by_label("Later").select_option("Tomorrow")
        elif what == "overflow":
            await page.get_by_label("More actions").click()
            await page.get_by_role("menuitem", name="Hide").click()
        else:
            await page.get_by_role("button", name="Call off").click()
            await page.get_by_role("dialog").get_by_role("button", name="Call off").click()
        await expect(page.get_by_role("article")).to_contain_text("Answered by @Bob Noyce")
    action = heard[0]["actions"][0]
    assert (action.get("selected_option") or {}).get("value") == chosen


async def test_a_modal_complains_keeps_what_was_typed_and_closes(browser: Browser, shots: Path) -> None:
    heard: list[Doc] = []
    async with opened(browser, heard) as (space, page):
        await posted(space)
        await page.goto(f"{space.url}/?as={ADA}&at={general(space)}")
        await page.get_by_role("button", name="Edit").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Words").fill("Come to lunch")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field.")
        assert heard == []
        await dialog.get_by_label("People").fill("12")
        await dialog.get_by_label("Inside").check()
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_role("alert")).to_have_text("Say please.")
        await expect(dialog.get_by_label("Words")).to_have_value("Come to lunch")
        await page.screenshot(path=shots / "modal.png")
        await dialog.get_by_label("Words").fill("Come to lunch, please")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_have_count(0)
    values = heard[-1]["state"]["values"]
    assert values["People"]["people"]["value"] == "12"
    assert values["Where"]["where"]["selected_option"]["value"] == "in"
    assert values["At"]["at"]["selected_date_time"] == 1_795_700_000 - 1_795_700_000 % 60


async def test_commands_mentions_threads_and_unread_counts(browser: Browser, shots: Path) -> None:
    async with opened(browser) as (space, page):
        room = general(space)
        await posted(space)
        await page.goto(f"{space.url}/?as={ADA}&at={room}")
        box = page.get_by_placeholder("Message #general")
        await box.press_sequentially("/ro")
        await expect(page.get_by_role("option", name="/robin")).to_be_visible()
        await box.press("Tab")
        await box.press_sequentially("what is for lunch?")
        await box.press("Enter")
        whisper = page.get_by_role("article").last
        await expect(whisper).to_contain_text("Only visible to you")
        await expect(whisper).to_contain_text("You asked: what is for lunch?")
        await box.press_sequentially("@Rob")
        await box.press("Enter")
        await box.press_sequentially("are you <b>there</b>?")
        await box.press("Enter")
        await page.get_by_role("link", name="1 reply").click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_role("article").last).to_contain_text("Here, @Ada Byron")
        await expect(thread.get_by_role("article").first).to_contain_text("@Robin are you <b>there</b>?")
        await thread.get_by_placeholder("Reply…").fill("Thank you @Robin")
        await thread.get_by_placeholder("Reply…").press("Enter")
        await expect(thread.get_by_role("article")).to_have_count(4)
        await page.screenshot(path=shots / "thread.png")
        await page.keyboard.press("Escape")
        await expect(thread).to_have_count(0)
        await client_of(space).chat_postMessage(channel=ADA, text="Psst")
        app = page.get_by_role("navigation").get_by_role("link", name="Robin")
        await expect(app).to_contain_text("1")
        await app.click()
        await expect(page.get_by_role("article").filter(has_text="Psst")).to_be_visible()
        await expect(app).not_to_contain_text("1")
        await page.get_by_label("You are").select_option(BOB)
        await expect(page.get_by_role("article")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_home_tab_and_both_themes(browser: Browser, shots: Path, scheme: str) -> None:
    heard: list[Doc] = []
    async with opened(browser, heard, scheme) as (space, page):
        ts = await posted(space)
        await space.mention(BOB, general(space), "is this *settled*?", thread_ts=ts)
        await page.goto(f"{space.url}/?as={ADA}&at={general(space)}&thread={ts}")
        await page.screenshot(path=shots / f"thread-{scheme}.png")
        await page.get_by_role("navigation").get_by_role("link", name="Robin").click()
        await expect(page.get_by_role("heading", name="Your lunches")).to_be_visible()
        await page.screenshot(path=shots / f"home-{scheme}.png")
        await page.get_by_role("button", name="Tidy up").click()
        await expect(page.get_by_role("button", name="Tidy up")).not_to_have_attribute("aria-busy", "true")
    assert heard[0]["container"]["type"] == "view"


async def test_the_page_takes_no_script_from_anybody(browser: Browser) -> None:
    async with opened(browser) as (space, page):
        room = general(space)
        hostile = '<img src=x onerror="document.title=1"> </script><script>document.title=2</script> &lt;b&gt; "quoted\' {{ 7*7 }}'
        blocks = [said(hostile), {"type": "markdown", "text": hostile}, {"type": "header", "text": plain(hostile)}]
        await client_of(space).chat_postMessage(channel=room, text=hostile, blocks=blocks)
        await space.say(BOB, room, hostile)
        answer = await page.goto(f"{space.url}/?as={ADA}&at={room}")
        assert answer is not None
        policy = (await answer.all_headers())["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        await expect(page.get_by_role("article")).to_have_count(2)
        assert await page.locator("article img, article script").count() == 0
        assert (await page.title()).startswith("general")
