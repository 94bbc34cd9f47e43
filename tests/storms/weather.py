"""A storm over Slack: time passes only when the test says so, faults come and go, and people answer what they see."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from agent.arrivals import arrival_of
from agent.domain.event import Event
from integrations.sandbox.slack.store import Doc
from integrations.slack import card as cards
from integrations.slack.modals import EDIT_VIEW, REJECT_VIEW, SNOOZE_VIEW
from tests.acceptance.slack.desks import LOG, Desk, desk
from tests.acceptance.workspaces import DATABASE
from tests.chaos.checker import Evidence, violations_so_far
from tests.chaos.notes import Notes
from tests.chaos.slack_checker import slack_violations
from tests.chaos.slack_log import buttons_of
from tests.chaos.slack_side import NOTES, Noting
from tests.chaos.slack_stage import Wall, slack_time

STEP = timedelta(seconds=10)
TICKS = 6
"""The clock task runs every so many steps."""

PLANS = ("approve", "reject", "edit", "approve", "undo", "nothing", "approve", "snooze", "approve", "reject")
"""What becomes of ten cards; who undoes has approved before."""

LOOKS_APART = 6
"""The witness looks every so many steps: it reads everything each time."""

LOOKS = 2
"""People look at their cards every so many steps, and press one button."""

SETTLES_WITHIN_S = 120.0


@dataclass
class Storm:
    """Nextplay and Slack side by side, their common clock, and the people. `plans` says what will be answered, by ask."""

    here: Desk
    clock: Wall
    notes: Notes
    folder: Path
    plans: dict[str, str] = field(default_factory=dict)
    steps: int = 0

    async def arrive(self, events: list[Event]) -> None:
        """Events come in, many at a time."""
        await self.here.served.workspace.service.accept([arrival_of(event) for event in events])
        await self._rest()

    async def pass_by(self, span: timedelta) -> None:
        """Let time pass. Everything that is due at a moment happens at that moment."""
        until = self.clock() + span
        while self.clock() < until:
            await self.step()
            if self.steps % LOOKS == 0:
                await self.people_answer()

    async def step(self) -> None:
        """A few seconds pass, by every clock."""
        workspace = self.here.served.workspace
        self.steps += 1
        self.clock.to(self.clock() + STEP)
        await workspace.clock.move_to(self.clock(), workspace.database)
        if self.steps % TICKS == 0:
            await workspace.service.tick()
        workspace.service.wake("")
        self.here.door.desk.wake()
        await self._rest()

    async def until(self, found: Callable[[], list[str]], within: timedelta) -> list[str]:
        """Let time pass until nothing is found any more; what is found in the end."""
        until, left = self.clock() + within, found()
        while left and self.clock() < until:
            for _ in range(LOOKS_APART):
                await self.step()
            left = found()
        return left

    def broken(self) -> list[str]:
        """What the witness finds broken now."""
        evidence = self.evidence()
        return [*violations_so_far(evidence), *slack_violations(evidence)]

    def evidence(self) -> Evidence:
        """What the database, the workspace's log and our notes say."""
        return Evidence.of(f"sqlite:///{self.folder / DATABASE}", self.folder / f"{DATABASE}.audit-key", self.folder / NOTES, self.folder / LOG)

    # --- people -------------------------------------------------------------------------------------------------------

    async def people_answer(self) -> None:
        """Everybody looks at their cards, and answers some of them."""
        slack = self.here.slack
        await asyncio.gather(*(self._answers(user) for user in list(slack.members) if slack.inbox(user)))
        self.here.door.desk.wake()
        await self._rest()

    async def _answers(self, user: str) -> None:
        view = self.here.slack.modal(user)
        if view is not None and view["callback_id"] in FILLED:
            await self.here.slack.submit(view, FILLED[view["callback_id"]](view))
        mine = [card for card in self.here.slack.inbox(user) if self._wanted(card)]
        if mine:
            await self.here.slack.click(user, mine[self.steps % len(mine)], self._wanted(mine[self.steps % len(mine)]))

    def _wanted(self, card: Doc) -> str:
        """The button of the card that its person will press now; empty when none."""
        ask = next((str(e["value"]) for b in card.get("blocks", ()) for e in b.get("elements", ()) if e.get("action_id") == cards.WHY), "")
        if not ask:
            return ""
        plan = self.plans.setdefault(ask, PLANS[len(self.plans) % len(PLANS)])
        button = f"nextplay_{'approve' if plan == 'undo' and cards.UNDO not in buttons_of(card) else plan}"
        return "" if button not in buttons_of(card) or self._is_confirmed(ask, button.removeprefix("nextplay_")) else button

    def _is_confirmed(self, ask: str, answer: str) -> bool:
        return any((note["approval"], note["answer"]) == (ask, answer) for note in self.notes.all("confirmed"))

    # --- rest ---------------------------------------------------------------------------------------------------------

    async def _rest(self) -> None:
        """Wait until nothing is due at this moment any more."""
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while await self._due():
                self.here.served.changed.clear()
                try:
                    await asyncio.wait_for(self.here.served.changed.wait(), 0.05)
                except TimeoutError:
                    continue

    async def _due(self) -> bool:
        store, service, at = self.here.door.store, self.here.served.workspace.service, self.clock()
        return bool(await store.due_clicks(at) or await store.due_posts(at) or await service.due())


def _edited(view: Doc) -> Doc:
    body = next(block for block in view["blocks"] if block["block_id"] == "content:body")["element"]["initial_value"]
    return {"content:body": {"value": f"{body.rstrip()}\n\nI am glad to explain it."}}


def _snoozed(view: Doc) -> Doc:
    return {"until": {"value": next(block for block in view["blocks"] if block["block_id"] == "until")["element"]["options"][0]["value"]}}


FILLED: dict[str, Callable[[Doc], Doc]] = {
    EDIT_VIEW: _edited, REJECT_VIEW: lambda _: {"reason": {"value": "poorly_timed"}}, SNOOZE_VIEW: _snoozed,
}  # fmt: skip


@asynccontextmanager
async def storm_over(folder: Path, world: Path, **settings: Any) -> AsyncIterator[Storm]:
    """Serve the world beside a workspace in which time stands until it is moved."""
    notes = Notes(folder / NOTES)
    clock = Wall(notes)
    try:
        with slack_time(clock):
            async with desk(folder, world, make=partial(Noting, notes=notes, clock=clock), wall=clock, **settings) as here:
                yield Storm(here, clock, notes, folder)
    finally:
        notes.close()
