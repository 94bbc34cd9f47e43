"""One life of a deployment: some hundred things that happen to it, drawn from its seed, until everything has come to rest."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from agent.domain.event import Event
from agent.errors import NextplayError, NotFound, Refused, Unavailable
from integrations.bootstrap import Workspace, open_workspace
from integrations.db import writer
from integrations.engines import drives
from integrations.webhooks.arrivals import arrival
from tests.chaos.checker import Evidence
from tests.chaos.driver import DATABASE, KEY, NOTES, settings_in
from tests.chaos.notes import Notes
from tests.chaos.probe import ProbedDatabase, probed_checkpoints
from tests.simulation.chance import Chance
from tests.simulation.promises import broken
from tests.simulation.town import CUSTOMERS, OPERATOR, SEASONS
from tests.simulation.troubles import Bug, Died, Troubles
from tests.storms.world import asked_back, clerk, moved, rep
from tools.ports import SourceError

STEPS = 60
REST_AT_MOST, REST_H = 100, 7
"""So often so many hours may pass until nothing is open any more: at another time of the day each, or those who work at night would never be met."""

IN_MEMORY = "/dev/shm"  # noqa: S108  a folder of one's own is made there: what is written is not waited for

STRANGER = "somebody@else.example"
MINUTES = (1, 1, 1, 2, 2, 3, 3, 20, 20, 60, 90, 400, 1_500)
STAGES = ("qualified", "evaluation", "proposal", "negotiation", "lost")


@dataclass(frozen=True)
class Lived:
    """What became of a life: the promises that it broke, what went wrong in it, what it came to, and its steps."""

    seed: int
    broken: list[str]
    tried: Counter[str]
    fired: Counter[str]
    outcome: dict[str, int]
    trace: list[str]


@dataclass
class Life:
    """A life in a folder that holds the town."""

    seed: int
    folder: Path
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311  chance, not secrets
        self.chance = Chance(self.seed)
        self.notes = Notes(self.folder / NOTES)
        self.minute = 0.0
        self.events: list[Event] = []
        self.unheard: list[Event] = []
        """What senders were not told had arrived: they keep it, and send it again."""

    def _now(self) -> datetime:
        return SEASONS[season_of(self.seed)] + timedelta(minutes=self.minute)

    async def live(self) -> Lived:
        """All of it."""
        with closing(self.notes), one_at_a_time():
            left = STEPS
            while left:
                left = await self._until_death(left)
            self.chance.calm = True
            rested = await self._come_to_rest()
        evidence = evidence_in(self.folder)
        found = [*([] if rested else ["it never came to rest"]), *broken(evidence)]
        outcome = Counter(f"{name} {row['state']}" for name in ("runs", "approvals", "actions") for row in evidence.rows[name])
        outcome["effects"] = len(evidence.rows["sandbox_effects"])
        outcome += Counter(f"answered: {note['answer']}" for note in evidence.said("answered"))
        outcome += Counter(note["status"] for note in evidence.said("acknowledged"))
        return Lived(self.seed, found, self.chance.tried, self.chance.fired, dict(sorted(outcome.items())), self.trace)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Workspace]:
        troubles = Troubles(self.chance, self.notes)
        opened = open_workspace(
            settings_in(self.folder), at=self._now(), open_database=partial(ProbedDatabase, probe=troubles),
            wrap=troubles.around_ports,
        )  # fmt: skip
        with probed_checkpoints(troubles):
            async with opened as workspace:
                yield workspace

    async def _until_death(self, left: int) -> int:
        """How many steps are left then."""
        try:
            async with self._opened() as workspace:
                while left:
                    left -= 1
                    await self._step(workspace)
        except (Died, Unavailable) as end:  # it could not even begin
            self.trace.append(f"ended: {end}")
        return left

    async def _step(self, workspace: Workspace) -> None:
        chosen = self.dice.choices(list(STEPS_OF_LIFE), list(STEPS_OF_LIFE.values()))[0]
        said = "done"
        try:
            await chosen(self, workspace)
        except (NextplayError, SourceError, Bug) as error:  # whoever did it is told so, and may do it again
            said = f"{type(error).__name__}: {error}"
        self.trace.append(f"{self.minute:g} {chosen.__name__}: {said}")

    # --- what senders do ---------------------------------------------------------------------------------------------

    async def news(self, workspace: Workspace) -> None:
        """Something has happened; it is told now, or later than what happened after it."""
        customer, number = self.dice.randrange(CUSTOMERS), len(self.events)
        subject = self.dice.choice(("deal", "back", "danger"))
        usual = {"deal": moved(customer), "back": asked_back(customer), "danger": replace(asked_back(customer), subject_id=f"tic_d{customer}")}
        happened = self._now() - timedelta(minutes=self.dice.choice((0, 0, 0, 5, 300)))
        imported = {"change_source": "IMPORT"} if self.dice.random() < 0.05 else {}
        event = replace(usual[subject], id=f"evt_{number}", occurred_at=happened, received_at=happened, data=imported)
        self.events.append(event)
        await self._send(workspace, event)

    async def again(self, workspace: Workspace) -> None:
        """A sender repeats itself; some say another thing under the same name."""
        if not self.events:
            return
        event = self.dice.choice(self.events)
        if self.dice.random() < 0.3:
            event = replace(event, data={"said": self.dice.randrange(1_000)})
        await self._send(workspace, event)

    async def _send(self, workspace: Workspace, *events: Event) -> None:
        arrivals = [arrival(event, {"id": event.id, "about": event.subject_id, **event.data}) for event in events]
        for one in arrivals:
            self.notes.add("sent", source=one.event.source, id=one.event.id, body=one.raw.decode())
        try:
            told = await workspace.service.accept(arrivals)
        except BaseException:
            self.unheard += events
            raise
        for one, heard in zip(arrivals, told, strict=True):
            self.notes.add("acknowledged", source=one.event.source, id=one.event.id, body=one.raw.decode(), status=heard.status)

    # --- what people do ----------------------------------------------------------------------------------------------

    async def answers(self, workspace: Workspace) -> None:
        """Somebody answers a card, or two do at once."""
        cards = [card for card in await workspace.sandbox.messenger.delivered() if card["kind"] in ("ask", "difference")]
        if not cards:
            return
        card = self.dice.choice(cards[-6:])
        answering = [self._answer(workspace, card["data"]["approval"], self._somebody(card["to"])) for _ in range(self.dice.choice((1, 1, 2)))]
        for one in await asyncio.gather(*answering, return_exceptions=True):
            if isinstance(one, BaseException):
                raise one

    def _somebody(self, addressed: list[str]) -> str:
        others = [rep(0), rep(1), clerk(0), clerk(1), OPERATOR, STRANGER]
        return self.dice.choice(others if self.dice.random() < 0.2 else addressed or others)

    async def _answer(self, workspace: Workspace, approval: str, who: str) -> None:
        answer = self.dice.choice(("approve", "approve", "approve", "edit", "reject", "snooze", "undo"))
        own = {"body": f"Hello,\n\nhere is what you asked for ({self.dice.randrange(1_000)}).\n\nBest regards"} if answer == "edit" else None
        reason = self.dice.choice(("facts_wrong", "irrelevant", "not_mine")) if answer == "reject" else None
        self.notes.add("clicked", approval=approval, answer=answer, who=who, content=own)
        result = await workspace.service.answer(approval, answer, who=who, reason=reason, content=own)
        if result.won:
            counted = "pass on" if reason == "not_mine" else answer
            self.notes.add("answered", clicked=approval, approval=result.approval.id, answer=counted, who=who)

    async def blocks(self, workspace: Workspace) -> None:
        """An operator stops all that is done for an account, or lets it go on."""
        account = f"acc_s{self.dice.randrange(CUSTOMERS)}"
        if any(block.ref == account for block in await workspace.service.blocks()):
            self.notes.add("unblocking", account=account)
            await workspace.service.unblock("account", account, who=OPERATOR, why="over")
            return
        await workspace.service.block("account", account, who=OPERATOR, why="a dispute")
        self.notes.add("blocked", account=account)

    async def operates(self, workspace: Workspace) -> None:
        """An operator looks after what cannot go on by itself."""
        service, happened = workspace.service, {effect["marker"] for effect in await workspace.sandbox.effects.log()}
        for hold in await service.holds():
            with suppress(Refused, NotFound):  # it is only just being opened, or was released before
                await service.release(hold.id, who=OPERATOR)
        for effect in await service.unknown_effects():
            await service.resolve(effect.key, done=effect.key in happened, who=OPERATOR, why="seen at the target")
        for run in await service.dead():
            await service.retry(run.id, who=OPERATOR, why="mended")

    # --- what else happens -------------------------------------------------------------------------------------------

    async def changes(self, workspace: Workspace) -> None:
        """The world goes on without us."""
        number = self.dice.randrange(CUSTOMERS)
        await workspace.sandbox.apply(json.dumps(self.dice.choice((
            {"contacts": [{"id": f"con_s{number}", "first_name": f"Robin {self.dice.randrange(100)}"}]},
            {"deals": [{"id": f"deal_s{number}", "stage": self.dice.choice(STAGES), "last_activity_at": "@-1h"}]},
            {"tickets": [{"id": f"tic_s{number}", "status": self.dice.choice(("open", "pending", "solved"))}]},
            {"accounts": [{"id": f"acc_s{number}", "tier": self.dice.choice(("smb", "mid_market", "strategic"))}]},
        ))))  # fmt: skip

    async def passes(self, workspace: Workspace) -> None:
        """Time."""
        self.minute += self.dice.choice(MINUTES)
        workspace.clock.stand_at(self._now())

    async def ticks(self, workspace: Workspace) -> None:
        """The clock looks around."""
        await workspace.service.tick()

    async def drives(self, workspace: Workspace) -> None:
        """The engine drives what is due."""
        await workspace.engine.settle()

    async def dies(self, _workspace: Workspace) -> None:
        """Somebody ends it, between two things."""
        raise Died("ended")

    # --- the end -----------------------------------------------------------------------------------------------------

    async def _come_to_rest(self) -> bool:
        """Nothing goes wrong any more, and time passes until nothing is open; whether that came."""
        async with self._opened() as workspace:
            await self._send(workspace, *self.unheard)
            for _ in range(REST_AT_MOST):
                await workspace.service.tick()
                await workspace.engine.settle()
                await workspace.engine.settle()
                await self.operates(workspace)
                await workspace.engine.settle()
                if not await _open(workspace):
                    return True
                self.minute += REST_H * 60
                workspace.clock.stand_at(self._now())
        return False


async def _open(workspace: Workspace) -> bool:
    runs = await workspace.service.inbox(at_most=1_000)
    waits = await workspace.service.waiting()
    return bool(waits or await workspace.store.messages(undelivered=True)) or any(run.state != "closed" for run in runs)


STEPS_OF_LIFE: dict[Callable[[Life, Workspace], Awaitable[None]], int] = {
    Life.news: 10, Life.again: 4, Life.drives: 16, Life.ticks: 4, Life.answers: 14, Life.passes: 8, Life.changes: 4, Life.blocks: 2, Life.operates: 3,
    Life.dies: 1,
}  # fmt: skip
"""How often each happens, beside the others."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """One account is driven after the other, and each write has its commit: otherwise what comes first, and what fails with what, would depend on how
    fast threads are. What happens where many run at once is tried by processes (`tests/chaos`).
    """
    usual = writer.BATCH, drives.AT_ONCE
    writer.BATCH = drives.AT_ONCE = 1
    try:
        yield
    finally:
        writer.BATCH, drives.AT_ONCE = usual


def evidence_in(folder: Path) -> Evidence:
    """What is known of a life in the end."""
    return Evidence.of(f"sqlite:///{folder / DATABASE}", folder / KEY, folder / NOTES, folder / "no-slack.jsonl")


def season_of(seed: int) -> str:
    """When the life of a seed begins."""
    return list(SEASONS)[seed % len(SEASONS)]


def led(made: Path, seed: int) -> Lived:
    """The life of a seed, in a copy of the town that is made, and what became of it."""
    with TemporaryDirectory(prefix="nextplay-life-", dir=IN_MEMORY if Path(IN_MEMORY).is_dir() else None) as folder:
        for file in (DATABASE, KEY):
            shutil.copy(made / season_of(seed) / file, folder)
        try:
            return asyncio.run(Life(seed, Path(folder)).live())
        except Exception as error:
            error.add_note(f"It was in this life: make lives ARGS='--first-life={seed} --lives=1'")
            raise
