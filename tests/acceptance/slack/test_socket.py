"""Socket Mode: this server calls Slack, and the same listeners answer."""

from pathlib import Path

from integrations.slack import card as cards
from tests.acceptance.slack.desks import buttons, desk, text_of
from tests.acceptance.slack.test_cards import DEAL


async def test_a_click_that_comes_over_the_socket_counts(folder: Path, quiet_world: Path) -> None:
    async with desk(folder, quiet_world, mode="socket") as here:
        await here.seen(lambda: bool(here.slack.sender.socket.links) or None)
        decision = await here.decide(DEAL)
        email = decision.approvals[0].asked[0]
        card = await here.card(email, decision)
        assert (await here.slack.click(here.user(email), card, cards.APPROVE)).ok
        await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)
        await here.seen(lambda: "Undo" in buttons(here.now(card)) or None)
