"""What operators do: block, let held changes through, say what became of an unknown effect, give a dead run another try."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from agent.arrivals import arrival_of, run_for
from agent.deployment import Ports
from agent.domain.event import Event
from agent.domain.evidence import Block
from agent.domain.records import Action, Alarm, Cap, CapKind, Hold, Machinery, Run
from agent.errors import InvalidInput, NotFound, Refused, Unauthorised
from agent.identity import Standing, identify
from agent.responsible import check_address, need_reason
from tools.listening import Listening
from tools.ports import SourceError

log = structlog.get_logger()

ALARMS = 100
"""So many alarms are looked at: those that nobody has taken on come first."""

BLOCKABLE = ("surface", "play", "account", "contact")


class Operating:
    """The operators' part of the service."""

    def __init__(self, ports: Ports, wake: Callable[[str], None]) -> None:
        self._ports = ports
        self.wake = wake

    async def place(self, run: Run, listening: Listening | None = None) -> Standing:
        """Find out whom a run's event is about, and so on which lane it goes. Raises SourceError when the source does not answer."""
        heard = (listening or self._listening()).in_turn
        return await identify(heard.crm, heard.helpdesk, run.event)

    def _listening(self) -> Listening:
        return Listening(self._ports.sources, self._ports.limits.gather_s, began=self._ports.clock())

    async def block(self, target: str, ref: str, *, who: str, why: str, until: datetime | None = None) -> int:
        """Stop everything that is pending, approved but unsent, or scheduled for the target, at once, and keep it stopped."""
        if target not in BLOCKABLE:
            raise InvalidInput(f"'{target}' cannot be blocked.", f"Block a {', '.join(BLOCKABLE)}.")
        need_reason(why, "A block")
        check_address(who)
        await self._check_blockable(target, ref)
        at = self._ports.clock()
        block = Block(f"blk_{target}_{ref}", target, ref, why, who, until)  # type: ignore[arg-type]  # checked against BLOCKABLE
        return await self._ports.store.block(block, at)

    async def _check_blockable(self, target: str, ref: str) -> None:
        """A misspelt name would be blocked and stop nothing. Only a CRM that does not answer is not waited for: a stop is urgent."""
        if target in ("surface", "play"):
            playbook = self._ports.playbook()
            known_parts: Mapping[str, object] = playbook.surfaces if target == "surface" else playbook.plays
            if ref not in known_parts:
                raise NotFound(f"There is no {target} '{ref}' in the playbook.", f"It has: {', '.join(sorted(known_parts))}.")
            return
        try:
            known = await self._ports.sources.crm.known(target, ref)
        except SourceError as error:
            log.warning("blocked unseen", target=target, why=str(error))
            return
        if known is None:
            raise NotFound(f"There is no {target} '{ref}' in the CRM.", "Give its id, as decisions and the CRM show it.")

    async def unblock(self, target: str, ref: str, *, who: str, why: str = "") -> bool:
        """Lift a block. False when there was none."""
        check_address(who)
        return await self._ports.store.unblock(target, ref, by=who, why=why, at=self._ports.clock())

    async def blocks(self) -> list[Block]:
        """The blocks in force."""
        return await self._ports.store.blocks(self._ports.clock())

    async def caps(self) -> list[Cap]:
        """The modes that surfaces are held at."""
        return await self._ports.store.caps()

    async def lift(self, surface: str, *, who: str, why: str) -> None:
        """End a demotion: the surface works in its playbook's mode again. Raises NotFound where there is none."""
        await self._end(surface, "guardrail", who, why, "A lifting", "has not been demoted")

    async def allow_auto(self, surface: str, *, who: str, why: str) -> None:
        """Let a surface work in `auto` that a new playbook raised to it without a launch check. Only a second person can: not its owner."""
        owner = self._owner(surface)
        if owner is not None and owner.casefold() == who.casefold():
            raise Refused(
                f"{who} owns the surface {surface}, and raising it takes a second person.", "Have somebody else allow it, or run a launch check."
            )
        await self._end(surface, "unproven", who, why, "Allowing auto", "is not held back from auto")

    async def _end(self, surface: str, kind: CapKind, who: str, why: str, what: str, otherwise: str) -> None:
        need_reason(why, what)
        check_address(who)
        self._owner(surface)
        people = await self._ports.sources.directory.people(self._ports.clock())
        if not any(person.active and person.email.casefold() == who.casefold() for person in people):
            raise Unauthorised(f"{who} is not a colleague in the directory.")
        if not await self._ports.store.lift_cap(surface, kind, by=who, why=why, at=self._ports.clock()):
            raise NotFound(f"The surface {surface} {otherwise}.", "See what holds which surface: nextplay surfaces list")

    def _owner(self, surface: str) -> str | None:
        surfaces = self._ports.playbook().surfaces
        if surface not in surfaces:
            raise NotFound(f"There is no surface '{surface}' in the playbook.", f"It has: {', '.join(sorted(surfaces))}.")
        return surfaces[surface].owner

    async def holds(self) -> list[Hold]:
        """Bulk changes that were held back."""
        return await self._ports.store.holds()

    async def release(self, hold_id: str, *, who: str) -> int:
        """Let a held bulk change through: every subject is decided once, on its state now."""
        check_address(who)
        at, released = self._ports.clock(), False
        while not released:  # a change may join the hold while its subjects are looked up
            held = await self._ports.store.held_runs(hold_id)
            events = await self._latest_of(held, who, at)
            pairs = [(arrival_of(event), run_for(event, at)) for event in events]
            released = await self._ports.store.release_hold(hold_id, held=[run.id for run in held], instead=pairs, by=who, at=at)
        for _, run in pairs:
            self.wake(run.id)
        return len(pairs)

    async def _latest_of(self, held: Sequence[Run], who: str, at: datetime) -> list[Event]:
        """The last of the held changes of each subject, as an event of our own."""
        last = {(run.event.source, run.event.subject_kind, run.event.subject_id): run for run in held}
        latest = {}
        for run in last.values():
            event = (await self.place(run)).event
            said = {**event.data, "released_by": who, "change_source": ""}
            event = replace(event, source="nextplay", id=f"released:{event.source}:{event.id}", received_at=at, data=said)
            latest[event.subject_kind, event.subject_id] = event
        return list(latest.values())

    async def unknown_effects(self) -> list[Action]:
        """Effects of which nobody knows whether they happened: their runs are parked until somebody says."""
        return await self._ports.store.unknown_actions()

    async def resolve(self, key: str, *, done: bool, who: str, why: str) -> Action:
        """Say whether an unknown effect happened. Done: the steps after it follow. Not done: it has failed, and is never repeated."""
        need_reason(why, "Saying what became of an effect")
        check_address(who)
        action = await self._ports.store.resolve_action(key, done=done, by=who, why=why, at=self._ports.clock())
        self.wake("run_" + action.decision_id.removeprefix("dec_"))
        return action

    async def dead(self) -> list[Run]:
        """Runs that failed too often."""
        return await self._ports.store.dead_runs()

    async def discard_run(self, run_id: str, *, who: str, why: str) -> Run:
        """Close a dead run for good: what it had planned is not done, and its asks end."""
        need_reason(why, "Discarding")
        check_address(who)
        return await self._ports.store.discard_run(run_id, by=who, why=why, at=self._ports.clock())

    async def machinery(self) -> Machinery:
        """How the machine fares, and what only a person can settle."""
        store, at = self._ports.store, self._ports.clock()
        due = await store.due_runs(at)
        return Machinery(
            dead=await store.dead_runs(), unknown=await store.unknown_actions(),
            holds=[hold for hold in await store.holds() if hold.released_at is None], alarms=await store.alarms(at_most=ALARMS),
            waiting=await store.waiting_runs(), quarantined=await store.how_many_quarantined(),
            undelivered=len(await store.messages(undelivered=True)), due=len(due),
            due_since=min((run.wake_at or run.created_at for run in due), default=None),
        )  # fmt: skip

    async def answer_alarm(self, message_id: str, *, who: str, note: str) -> Alarm:
        """Take an alarm on, and say what is done about it. Of two who do so the first stands."""
        need_reason(note, "An answer to an alarm")
        check_address(who)
        return await self._ports.store.answer_alarm(message_id, by=who, note=note, at=self._ports.clock())

    async def inbox(self, *, at_most: int, before: tuple[datetime, str] | None = None, source: str | None = None) -> list[Run]:
        """Events as they came, the newest first, with where their runs stand."""
        return await self._ports.store.inbox(at_most=at_most, before=before, source=source)

    async def retry(self, run_id: str, *, who: str, why: str) -> Run:
        """Give a dead run another try, from where it was."""
        need_reason(why, "A retry")
        check_address(who)
        run = await self._ports.store.retry_run(run_id, by=who, why=why, at=self._ports.clock())
        self.wake(run.id)
        return run
