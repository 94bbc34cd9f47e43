"""The stories that are told in Slack: a card is posted, and somebody presses what is on it.

A person whose click was acknowledged does not click again, whatever happens to us; one who was shown an error does.
"""

from integrations.sandbox.slack.roster import App
from integrations.sandbox.slack.store import Doc
from integrations.slack import card as cards
from integrations.slack import replies
from integrations.slack.manifest import COMMAND
from tests.chaos.slack_stage import ROOM_ID, SlackStage
from tests.chaos.stories import ESCALATED, SENT, STRATEGIC_DEAL, Story

AGENT = "ben.carver@tessera.example"
ASSIGNED = "tickets: [{id: tic_004, assignee: u_ben}]"
"""Their own ticket: they are asked about what is said to its customer, and nobody else."""

BOT = App().user
TROUBLE = "Customer sees TS-4012, the authorisation of a connection has ended"
MENTION = f"<@{BOT}>"


async def nothing(_stage: SlackStage) -> None:
    """Nothing has happened yet."""


async def asked(stage: SlackStage) -> None:
    """Decided; the card stands in Slack."""
    await stage.deliver(STRATEGIC_DEAL)
    await stage.settle()
    await stage.minute(270)
    await stage.settle()


async def whole(stage: SlackStage) -> None:
    """From the event to the effect: nothing has happened yet, not even the card."""
    await asked(stage)
    await approved(stage)


async def approved(stage: SlackStage) -> None:
    """Asked and approved; the undo time passes, and it is sent."""
    await stage.press(cards.APPROVE)
    await stage.settle()
    await _sent(stage)


async def edited(stage: SlackStage) -> None:
    """Approved with other words, in the modal."""
    await stage.fill_in(cards.EDIT, "edit", _reworded)
    await stage.settle()
    await _sent(stage)


async def rejected(stage: SlackStage) -> None:
    """Rejected with a reason and a note."""
    await stage.fill_in(cards.REJECT, "reject", lambda _: {"reason": {"value": "poorly_timed"}, "note": {"value": "After the fair."}})
    await stage.settle()
    await _sent(stage)


async def snoozed(stage: SlackStage) -> None:
    """Put off by a quarter of an hour; then it is approved after all."""
    await stage.fill_in(cards.SNOOZE, "snooze", lambda view: {"until": {"value": _first_option(view)}})
    await stage.settle()
    await stage.minute(290)
    await stage.settle()
    await stage.press(cards.APPROVE)
    await stage.settle()
    await _sent(stage)


async def undone(stage: SlackStage) -> None:
    """Approved, and taken back within the minute."""
    await stage.press(cards.APPROVE)
    await stage.settle()
    await stage.press(cards.UNDO)
    await stage.settle()
    await _sent(stage)


async def _sent(stage: SlackStage) -> None:
    """The undo time passes, and whatever is to be sent is."""
    await stage.minute(310)
    await stage.settle()


async def puzzled(stage: SlackStage) -> None:
    """Somebody describes a trouble in a channel; that is not for us."""
    await stage.say(AGENT, TROUBLE, to=ROOM_ID)


async def mentioned(stage: SlackStage) -> None:
    """Asked for help in that thread, from its own words."""
    await stage.answer_in_thread(AGENT, MENTION, beneath=TROUBLE)
    await stage.settle()


async def direct(stage: SlackStage) -> None:
    """Asked in a direct message."""
    await stage.say(AGENT, TROUBLE, to=BOT)
    await stage.settle()


async def searched(stage: SlackStage) -> None:
    """Asked for the articles that answer a ticket, by the command."""
    await stage.command(AGENT, f"{COMMAND} article tic_004")
    await stage.settle()


async def escalated(stage: SlackStage) -> None:
    """Asked to escalate a ticket, by the command."""
    await stage.command(AGENT, f"{COMMAND} escalate tic_004 all flows are down")
    await stage.settle()


async def noted(stage: SlackStage) -> None:
    """An article that was shown goes to the ticket, for colleagues."""
    await stage.press_below_answer(AGENT, replies.NOTE)
    await stage.settle()


async def proposed(stage: SlackStage) -> None:
    """An article that was shown is proposed to the customer; the agent approves, and it is sent."""
    await stage.minute(1)
    await stage.press_below_answer(AGENT, replies.REPLY)
    await stage.settle()
    await stage.press(cards.APPROVE)
    await stage.settle()
    await stage.minute(3)
    await stage.settle()


def _reworded(view: Doc) -> Doc:
    body = next(block for block in view["blocks"] if block["block_id"] == "content:body")["element"]["initial_value"]
    return {"content:body": {"value": f"{body.rstrip()}\n\nI am glad to explain it."}}


def _first_option(view: Doc) -> str:
    options = next(block for block in view["blocks"] if block["block_id"] == "until")["element"]["options"]
    return str(options[0]["value"])


SLACK_STORIES = {
    "slack_whole": Story(whole, SENT, asks=1, in_slack=nothing),
    "slack_approved": Story(approved, SENT, asks=1, in_slack=asked),
    "slack_edited": Story(edited, SENT, asks=1, in_slack=asked),
    "slack_rejected": Story(rejected, (), asks=1, in_slack=asked),
    "slack_snoozed": Story(snoozed, SENT, asks=1, in_slack=asked),
    "slack_undone": Story(undone, (), asks=1, in_slack=asked),
    "slack_mention": Story(mentioned, (), in_slack=puzzled, setup=ASSIGNED, requested=True),
    "slack_direct": Story(direct, (), in_slack=nothing, setup=ASSIGNED, requested=True),
    "slack_article": Story(searched, (), in_slack=nothing, setup=ASSIGNED, requested=True),
    "slack_escalate": Story(escalated, ESCALATED, in_slack=nothing, setup=ASSIGNED, requested=True),
    "slack_note": Story(noted, ("ticket_comment",), in_slack=searched, setup=ASSIGNED, requested=True),
    "slack_reply": Story(proposed, ("ticket_comment",), asks=1, in_slack=searched, setup=ASSIGNED, requested=True),
}
