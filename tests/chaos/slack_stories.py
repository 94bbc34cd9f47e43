"""The stories that are told in Slack: a card is posted, and somebody presses what is on it.

A person whose click was acknowledged does not click again, whatever happens to us; one who was shown an error does.
"""

from integrations.sandbox.slack.store import Doc
from integrations.slack import card as cards
from tests.chaos.slack_stage import SlackStage
from tests.chaos.stories import SENT, STRATEGIC_DEAL, Story


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
}
