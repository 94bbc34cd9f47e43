"""The digest: what waits for a person beyond what may stand before them at once, in one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from integrations.slack import blocks as b
from integrations.slack.blocks import Block
from integrations.slack.card import Card, Shown
from integrations.slack.cases import protective
from integrations.telling.asking import priority

SHOW = "nextplay_show"
MOST_SHOWN = 15
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Held:
    """An ask that is held back, with the post that would show it."""

    post: str
    card: Card

    @property
    def order(self) -> tuple[bool, bool, float, float]:
        """What a rule requires; what ends within the hour, the first to end first; then the most valuable."""
        case, ends = self.card.case, self.card.ask.expires_at
        soon = ends - case.now <= SOON
        worth = priority(case.chosen) if case.chosen else 0.0
        return not protective(case.decision), not soon, ends.timestamp() if soon else -worth, -worth


def digest(held: Sequence[Held]) -> Shown:
    """One line for each ask, with a button that brings its card."""
    if not held:
        return Shown("Nothing waits any more", [b.rich(b.section(b.words("Nothing waits here any more.")))])
    title = f"{len(held)} more {'asks wait' if len(held) > 1 else 'ask waits'} for you"
    made: list[Block] = [b.header(title), b.context("They come one by one as you answer. Press Show to have one now.")]
    for one in held[:MOST_SHOWN]:
        line = b.section(b.words(one.card.title, bold=True), b.words("\nuntil "), b.moment(one.card.ask.expires_at))
        made += [b.rich(line), b.actions(b.button("Show", SHOW, one.post), block_id=f"held:{one.post}"[:255])]
    if len(held) > MOST_SHOWN:
        made.append(b.context(f"and {len(held) - MOST_SHOWN} more"))
    return Shown(b.fallback(title), made)
