"""How much of a person's attention is taken: cards in Slack that wait for them, cards of the last day, and what is kept for the digest."""

from dataclasses import dataclass
from datetime import timedelta

from integrations.console.visit import Console
from integrations.db.slack import SlackStore
from integrations.slack.attention import Taken, budget_of

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """So much of what a person may be asked. The budget is `least` to `most`, for surfaces differ in it."""

    taken: int
    least: int
    most: int

    @property
    def of(self) -> str:
        """The budget in words."""
        return f"{self.most}" if self.least == self.most else f"{self.least} to {self.most}"

    @property
    def spent(self) -> bool:
        """Whether no surface may take more."""
        return self.taken >= self.most


@dataclass(frozen=True, slots=True)
class Attention:
    """A person's budget, and how many asks are held back until there is room."""

    open: Share
    today: Share
    held: int


async def attention_of(console: Console, email: str) -> Attention | None:
    """A person's; None where nobody is asked in Slack, and so nothing is held back."""
    if console.settings.slack_mode == "off":
        return None
    store, now = SlackStore(console.workspace.database), console.wall()
    taken, own = Taken(*await store.cards_before(email, now - A_DAY, without="")), await store.attention(email)
    budgets = [budget_of(surface.attention, own) for surface in console.workspace.playbook.surfaces.values()]
    if not budgets:
        return None
    open_, day = [one.open for one in budgets], [one.per_day for one in budgets]
    held = len(await store.held_posts(email))
    return Attention(Share(taken.open, min(open_), max(open_)), Share(taken.today, min(day), max(day)), held)
