"""The stories that are interrupted: what senders and colleagues do, told so that it can be told again from the start.

After a crash everybody does what they would do: the sender delivers again, the person clicks the same card again, and
time has not gone back.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.arrivals import arrival_of
from agent.domain.event import Event
from agent.errors import NotFound, Refused
from integrations.bootstrap import Workspace
from tests.chaos.notes import Notes

START = datetime(2026, 11, 10, 10, tzinfo=UTC)

SAFETY_TICKET = Event("demo", "evt_smoke", "ticket.created", START, START, "ticket", "tic_002", None, None, None, {})
"""A device smokes: a rule requires the escalation, two internal steps, at once."""

IMPORTED_TICKET = replace(SAFETY_TICKET, data={"change_source": "IMPORT"})
"""The same, as part of an import."""

STRATEGIC_DEAL = Event("demo", "evt_deal", "deal.stage_changed", START, START, "deal", "deal_037", None, "u_katrin", None, {})
"""The account is strategic: a manager must approve the mail to the customer; a note follows it."""

UNKNOWABLE = "faults: [{source: effects, mode: unknowable}]"
DOWN = "faults: [{source: effects, mode: down}]"
UP = "faults: [{source: effects, mode: ok}]"
RENAMED = "contacts: [{id: con_098, account: acc_046, name: Dr. Susan Calloway, first_name: Suzanne}]"
"""Changes a name that the mail shows."""


class Stage:
    """An open workspace, and the people and systems around it."""

    def __init__(self, workspace: Workspace, notes: Notes) -> None:
        self._workspace, self._notes = workspace, notes
        self._set_clock(self._latest())

    async def deliver(self, event: Event) -> None:
        """The sender sends until it is told that it arrived; here, again after every crash."""
        await self._workspace.service.accept([arrival_of(event)])
        self._notes.add("acknowledged", source=event.source, id=event.id)

    async def settle(self) -> None:
        """What the sweep does, twice: a step that a crash left half done is first looked up, then done."""
        await self._workspace.engine.settle()
        await self._workspace.engine.settle()

    async def minute(self, minutes: float) -> None:
        """It is so many minutes after the start, or later if it already was."""
        moment = max(START + timedelta(minutes=minutes), self._latest())
        self._notes.add("time", at=moment.isoformat())
        self._set_clock(moment)

    async def change(self, fixture: str) -> None:
        """Something changes in the source systems."""
        await self._workspace.sandbox.apply(fixture)

    async def approve(self, round_: int) -> None:
        """Whoever got a card of that round approves it, as often as we ask."""
        await self._answer(round_, "approve")

    async def dispute(self, round_: int) -> None:
        """They reject it because the facts are wrong."""
        await self._answer(round_, "reject", reason="facts_wrong")

    async def undo(self, round_: int) -> None:
        """The same people take it back."""
        await self._answer(round_, "undo")

    async def _answer(self, round_: int, answer: str, reason: str | None = None) -> None:
        for card in await self._workspace.sandbox.messenger.delivered():
            if card["kind"] in ("ask", "difference") and card["data"]["round"] == round_:
                await self._click(card["data"]["approval"], answer, card["to"][0], reason)

    async def release(self) -> None:
        """An operator lets through what was held back."""
        for hold in await self._workspace.service.holds():
            with suppress(NotFound):  # it was released before the crash
                await self._workspace.service.release(hold.id, who="ops@vendor.example")

    async def look(self) -> None:
        """An operator looks at the target, and says of what nobody knows whether it happened."""
        happened = {effect["marker"] for effect in await self._workspace.sandbox.effects.log()}
        for effect in await self._workspace.service.unknown_effects():
            await self._workspace.service.resolve(effect.key, done=effect.key in happened, who="ops@vendor.example", why="seen in the outbox")

    async def _click(self, approval: str, answer: str, who: str, reason: str | None = None) -> None:
        self._notes.add("clicked", approval=approval, answer=answer, who=who)
        try:
            result = await self._workspace.service.answer(approval, answer, who=who, reason=reason)
        except Refused:  # it was undone before the crash
            return
        if result.won:
            self._notes.add("answered", clicked=approval, approval=result.approval.id, answer=answer, who=who)

    def _latest(self) -> datetime:
        return max((datetime.fromisoformat(note["at"]) for note in self._notes.all("time")), default=START)

    def _set_clock(self, moment: datetime) -> None:
        self._workspace.clock._at = moment


async def happy(stage: Stage) -> None:
    """Accepted, decided, and done at once."""
    await stage.deliver(SAFETY_TICKET)
    await stage.settle()


async def asked(stage: Stage) -> None:
    """Accepted, decided, and asked; some hours later."""
    await stage.deliver(STRATEGIC_DEAL)
    await stage.settle()
    await stage.minute(270)


async def approved(stage: Stage) -> None:
    """Asked, and approved."""
    await asked(stage)
    await stage.approve(1)
    await stage.settle()


async def undo_time_over(stage: Stage) -> None:
    """The undo time has passed, and what was to be sent is."""
    await stage.minute(272)
    await stage.settle()


async def approved_anew(stage: Stage) -> None:
    """What has changed is approved as it is now, and sent."""
    await stage.minute(275)
    await stage.approve(2)
    await stage.settle()
    await stage.minute(277)
    await stage.settle()


async def approval(stage: Stage) -> None:
    """Accepted, decided, asked, approved; the undo time passes, and it is sent."""
    await approved(stage)
    await undo_time_over(stage)


async def difference(stage: Stage) -> None:
    """A fact changes after the card, so that the approval is of something else: asked again, approved, sent."""
    await asked(stage)
    await stage.change(RENAMED)
    await stage.approve(1)
    await stage.settle()
    await approved_anew(stage)


async def late_difference(stage: Stage) -> None:
    """The fact changes while the approved mail waits for the undo time: its steps are cancelled, and asked for anew."""
    await approved(stage)
    await stage.change(RENAMED)
    await undo_time_over(stage)
    await approved_anew(stage)


async def undone(stage: Stage) -> None:
    """Approved, and taken back in time."""
    await approved(stage)
    await stage.undo(1)
    await undo_time_over(stage)


async def undone_unseen(stage: Stage) -> None:
    """Approved, and taken back before the engine has looked."""
    await asked(stage)
    await stage.approve(1)
    await stage.undo(1)
    await undo_time_over(stage)


async def disputed(stage: Stage) -> None:
    """Rejected because the facts are wrong: a task to mend them is opened."""
    await asked(stage)
    await stage.dispute(1)
    await stage.settle()


async def released(stage: Stage) -> None:
    """Part of an import: held back, and let through."""
    await stage.deliver(IMPORTED_TICKET)
    await stage.settle()
    await stage.release()
    await stage.settle()


async def resolved(stage: Stage) -> None:
    """Nobody knows whether the mail went out, until somebody has looked; if it did, the note follows."""
    await approval(stage)
    await stage.change(UP)
    await stage.look()
    await stage.settle()


async def outage(stage: Stage) -> None:
    """The target does not answer at first, and nothing happened there; later it is back."""
    await stage.deliver(SAFETY_TICKET)
    await stage.settle()
    await stage.change(UP)
    await stage.minute(10)
    await stage.settle()


async def sweep(stage: Stage) -> None:
    """Nobody says anything; what is due is driven."""
    await stage.settle()


@dataclass(frozen=True)
class Story:
    """What happens, in a world that `setup` (a fixture) has prepared, and how it must end.

    `effects` are the kinds of effect that must be there in the end, in order; `asks` says how often somebody was asked.
    With `parked`, nobody can tell whether the first effect happened, and the rest must not. `hinges` names parts of the
    outcome that depend on where a crash was: before the call of which nobody knows what became, or after it. A story `in_slack` has Slack
    beside it, and begins when what that names has happened; only the rest is interrupted. What is `requested` there gets its ids from
    Slack, which are others each time.
    """

    script: Callable[[Any], Awaitable[None]]
    effects: tuple[str, ...]
    asks: int = 0
    setup: str = ""
    parked: bool = False
    hinges: frozenset[str] = frozenset()
    in_slack: Callable[[Any], Awaitable[None]] | None = None
    requested: bool = False


ESCALATED = ("assign_group", "ticket_comment")
SENT = ("send_content", "crm_note")

STORIES = {
    "happy": Story(happy, ESCALATED),
    "approval": Story(approval, SENT, asks=1),
    "difference": Story(difference, SENT, asks=2),
    "late_difference": Story(late_difference, SENT, asks=2),
    "undone": Story(undone, (), asks=1),
    "undone_unseen": Story(undone_unseen, (), asks=1),
    "disputed": Story(disputed, ("crm_task",), asks=1),
    "released": Story(released, ESCALATED),
    "resolved": Story(resolved, SENT, asks=1, setup=UNKNOWABLE, hinges=frozenset({"effects", "actions", "told"})),
    "outage": Story(outage, ESCALATED, setup=DOWN),
    "happy_unknowable": Story(happy, ESCALATED[:1], setup=UNKNOWABLE, parked=True, hinges=frozenset({"effects"})),
    "approval_unknowable": Story(approval, SENT[:1], asks=1, setup=UNKNOWABLE, parked=True, hinges=frozenset({"effects"})),
}

SHARED = {"sweep": Story(sweep, ())}
"""Stories that several processes tell at once."""
