"""The one door into the deciding: every HTTP route, command, button and engine calls these methods and nothing below them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog

from agent import answering, guarding, outcomes, passing_on
from agent.arrivals import arrival_of, run_for, run_id_of
from agent.asks import AskClock
from agent.cases import Answer, AnswerResult, OpenCase, already
from agent.clock import clock_events
from agent.deployment import Ports
from agent.domain.approvers import to_tell
from agent.domain.decision import Decision
from agent.domain.playbook import Playbook
from agent.domain.records import APPROVED, Approval, Message, Run
from agent.errors import NotFound, Refused, Unauthorised, Unavailable
from agent.graph import cards
from agent.graph.context import Steps
from agent.graph.ledger import NotYetDone
from agent.graph.recording import decision_id_of
from agent.graph.reopening import still_forbidden
from agent.identity import Standing
from agent.looking_back import LookingBack
from agent.measuring import Figures, measure
from agent.ports import Arrival, DecisionRow
from agent.queueing import Said
from tools.listening import Listening
from tools.ports import EffectPostponed, SourceError
from tools.tickets import is_answered

log = structlog.get_logger()

InTurn = Callable[[str], Awaitable[bool]]
"""Whether it is a run's turn on a lane."""


async def at_once(_lane: str) -> bool:
    """Behind whoever holds the lane now, and nobody else."""
    return True


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one arrival."""

    event_id: str
    status: Literal["new", "duplicate", "conflict"]
    run_id: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one pass of the clock did."""

    events: int = 0
    asks: int = 0
    reconsidered: int = 0
    delivered: int = 0
    closed: int = 0


class Nextplay(LookingBack):
    """Accept events, drive runs, take answers, explain; and what operators do, conversations need, and looking back takes."""

    def __init__(self, ports: Ports, steps: Steps, *, wake: Callable[[str], None] = lambda _run_id: None) -> None:
        super().__init__(ports, wake)
        self._steps = steps

    # --- events in -----------------------------------------------------------------------------------------------

    async def accept(self, arrivals: Sequence[Arrival]) -> list[Accepted]:
        """Store events durably, each once, and wake the engine for the new ones. Deciding comes later."""
        at, accepted = self._ports.clock(), self._ports.trace.accepting()
        pairs = [(arrival, run_for(arrival.event, at)) for arrival in arrivals]
        statuses = await self._ports.store.accept(pairs, at)
        for (_, run), status in zip(pairs, statuses, strict=True):
            if status == "new":
                accepted(run.id)
                self.wake(run.id)
        return [Accepted(a.event.id, status, run.id) for (a, run), status in zip(pairs, statuses, strict=True)]

    # --- runs ----------------------------------------------------------------------------------------------------

    async def due(self, *, going_on: bool = False) -> list[Run]:
        """Runs that `drive` can move on now, oldest first; if wanted, those alone that `goes_on` is true of. Raises where there is no playbook to
        drive them by: none of them has failed.
        """
        self._ports.playbook()
        return await self._ports.store.due_runs(self._ports.clock(), going_on=going_on)

    async def runs(self, run_ids: Collection[str]) -> list[Run]:
        """These runs, oldest first, without those that there are not."""
        return await self._ports.store.runs(run_ids)

    async def drive(self, run_id: str, *, in_turn: InTurn = at_once) -> Run:
        """Move a run on as far as it goes now. May be called any number of times, by anyone; a failure is counted, not raised, but for Unavailable:
        the database is away, and the run stays as it is.

        While a source or a target does not answer, nothing is counted: the run stays due until it does, or sleeps as long as the target says.
        `in_turn`: is asked once it is known on which lane the run goes; where it says no, nothing is done.
        """
        run = await self.run(run_id)
        named = {"run_id": run_id, "decision_id": decision_id_of(run_id)}
        with structlog.contextvars.bound_contextvars(**named), self._ports.trace.step("drive", run_id=run_id):
            try:
                listening = self._listening()
                standing = await self.place(run, listening)
                if await in_turn(standing.lane):
                    async with self._ports.lanes.hold(standing.lane):
                        await self._advance(await self.run(run_id), standing, listening)
            except SourceError as error:
                log.warning("run must wait", why=str(error))
                await self._waits(run_id, error)
            except NotYetDone as error:
                log.warning("run must wait", why=str(error))
                await self._ports.store.not_yet(run_id, error.why)
            except Unavailable:
                raise  # the database is away, so that nothing can be counted, and nothing of the run's has failed
            except Exception as error:  # whatever a run dies of is counted and shown; it must not take its neighbours along
                log.warning("run failed", error=type(error).__name__)
                why = f"{type(error).__name__}: {error}"
                retry_at = self._ports.clock() + self._ports.limits.rest_after(run.attempts + 1)
                failed = await self._ports.store.failed_attempt(run_id, why, at_most=self._ports.limits.attempts, retry_at=retry_at)
                if failed.state == "dead":
                    log.exception("run is in the dead letters", attempts=failed.attempts)
                    await self._tell_of_death(failed)
        return await self.run(run_id)

    async def _waits(self, run_id: str, error: SourceError) -> None:
        """Until its source answers; where a target has said when to ask again, it sleeps until then."""
        at = self._ports.clock()
        seconds = error.seconds if isinstance(error, EffectPostponed) else None
        until = at + timedelta(seconds=seconds) if seconds is not None else None
        await self._ports.store.waits_for(run_id, error.source, error.what, at, until=until)

    async def _tell_of_death(self, run: Run) -> None:
        at = self._ports.clock()
        if to := await self._operators(at):
            await self._ports.store.add_messages([cards.dead_alarm(run, to, at)])

    async def _tell_of_silence(self, at: datetime) -> None:
        """One alarm for each source that has been silent for too long, however many runs it holds up."""
        long = [one for one in await self._ports.store.waiting_runs() if at - one.since >= self._ports.limits.silence]
        if long and (to := await self._operators(at)):
            await self._ports.store.add_messages([cards.silent_alarm(one, to, at) for one in long])

    async def _demote(self, playbook: Playbook, at: datetime) -> None:
        """Surfaces that cause too much friction go one mode down, and operators are told."""
        if demoted := await guarding.demote(self._ports.store, playbook, at):
            to = await self._operators(at)
            await self._ports.store.add_messages([cards.demoted_alarm(cap, playbook.surfaces[cap.surface].mode, to, at) for cap in demoted])

    async def _operators(self, at: datetime) -> Sequence[str]:
        """Whom to tell; nobody while the directory is silent: the log has told of it, and the doctor will."""
        try:
            return to_tell(await self._ports.sources.directory.people(at), "operator", "revops")
        except SourceError as error:
            log.warning("nobody could be told", why=str(error))
            return ()

    async def run(self, run_id: str) -> Run:
        """Where a run stands. Raises NotFound."""
        run = await self._ports.store.run(run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id}.")
        return run

    async def _advance(self, run: Run, standing: Standing, listening: Listening) -> None:
        at, playbook = self._ports.clock(), self._ports.playbook()
        if run.state in ("closed", "dead", "parked", "held") or (run.wake_at is not None and run.wake_at > at):
            return
        surface = playbook.surface_of(standing.event.type)
        if run.state == "new" or run.entry == "gather":
            await outcomes.observe(outcomes.Observing(self._ports.store, listening.in_turn.crm, playbook, at), standing)
            if surface is None or surface.mode == "off":
                await self._ports.store.move_run(run.id, state="closed")
                return
        answer = await self._answered(run) if run.state == "asking" else {}
        if answer is not None:
            await self._steps.step(run, self._context(run, standing, playbook, listening), answer)

    async def _answered(self, run: Run) -> dict[str, Any] | None:
        """What people said to the current round: None while somebody has yet to answer."""
        asks = await self._ports.store.approvals(decision_id_of(run.id))
        latest = max((a.round for a in asks), default=0)
        current = [a for a in asks if a.round == latest]
        refused = [a for a in current if a.state not in ("open", "snoozed", *APPROVED)]
        if not refused and any(a.state in ("open", "snoozed") for a in current):
            return None
        return {"approved": bool(current) and not refused, "round": latest, "by": [a.answered_by for a in current if a.answered_by]}

    # --- time ----------------------------------------------------------------------------------------------------

    async def tick(self) -> Ticked:
        """One pass of the clock task: its events, ends of asks and of outcome windows, second looks, messages, the day's training.

        Driving is the engine's.
        """
        at, playbook = self._ports.clock(), self._ports.playbook()
        told = await self._tell_what_is_due(playbook, at)
        asks = await AskClock(self._ports).pass_at(at)
        again = await self._reconsider(at)
        closed = await outcomes.sweep(self._ports.store, at)
        await self._demote(playbook, at)
        await self._tell_of_silence(at)
        delivered = await self.deliver()
        await self.train_daily(at)
        await self.train_triage_daily(at)
        return Ticked(told, asks, again, delivered, closed)

    async def _tell_what_is_due(self, playbook: Playbook, at: datetime) -> int:
        """Accept what the clock tells for the first time; how many events that were."""
        told = 0
        async for events in clock_events(self._ports.sources, playbook, at):
            heard = await self._ports.store.heard("clock", [event.id for event in events])
            accepted = await self.accept([arrival_of(event) for event in events if event.id not in heard])
            told += sum(one.status == "new" for one in accepted)
        return told

    async def _reconsider(self, at: datetime) -> int:
        """Stopped after an approval: decide once more as soon as the clause that stopped it has cleared.

        Not an answer to a customer whom a colleague has answered meanwhile: what they say next is news of its own.
        """
        count = 0
        for decision_id in await self._ports.store.to_reconsider(at):
            try:
                standing = await self._cleared(await self.run("run_" + decision_id.removeprefix("dec_")))
            except SourceError as error:
                log.warning("not reconsidered yet", decision_id=decision_id, why=str(error))
                continue
            if standing is None:
                continue
            if not (is_answered(standing.record) and await self._speaks_to_customer(decision_id)):
                event = replace(standing.event, source="clock", id=f"reconsider:{decision_id}", occurred_at=at, received_at=at)
                await self.accept([arrival_of(event)])
                count += 1
            await self._ports.store.reconsidered(decision_id)
        return count

    async def _speaks_to_customer(self, decision_id: str) -> bool:
        decision = await self.explain(decision_id)
        return any(one.id == decision.choice and one.reach == "customer" for one in decision.candidates)

    async def _cleared(self, run: Run) -> Standing | None:
        """Whom a stopped run is about, if what stopped it has cleared."""
        listening = self._listening()
        standing = await self.place(run, listening)
        try:
            stopped = await still_forbidden(self._context(run, standing, self._ports.playbook(), listening))
        except LookupError:  # the playbook has lost the play since: only a new decision can tell what is best
            stopped = False
        return None if stopped else standing

    async def deliver(self) -> int:
        """Hand undelivered messages to the messenger, one pass at a time. One that fails stays for the next pass."""
        async with self._ports.lanes.hold("messages"):
            return sum([await self._deliver(message) for message in await self._ports.store.messages(undelivered=True)])

    async def undelivered(self) -> bool:
        """Whether `deliver` would have something to do."""
        return await self._ports.store.undelivered()

    async def _deliver(self, message: Message) -> bool:
        try:
            await self._ports.messenger.deliver(
                message.id, kind=message.kind, to=message.to, title=message.title, body=message.body,
                data={**message.data, "decision": message.decision_id},
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  one channel being down must not keep the rest from being told
            log.warning("message not delivered", message_id=message.id, error=type(error).__name__)
            return False
        await self._ports.store.delivered(message.id, self._ports.clock())
        return True

    # --- people --------------------------------------------------------------------------------------------------

    async def answer(
        self,
        decision_id: str,
        answer: str,
        *,
        who: str,
        reason: str | None = None,
        note: str | None = None,
        content: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        until: datetime | None = None,
    ) -> AnswerResult:
        """Record a person's answer. One wins; the others are told who decided. The effect follows when the run is driven.

        Named by its ask, an answer counts for that ask's round alone: nobody approves a newer version by clicking an old card.
        """
        case = await self._case(decision_id)
        if answer == "undo":
            return await self._undo(case, who)
        if past := next((a for a in case.approvals if a.id == decision_id and a not in case.current), None):
            return AnswerResult(False, past, already(past))
        result = await answering.give(self._ports.store, case, Answer(answer, who, reason, note, content, params, until))
        if result.won:
            self.wake(case.decision.run_id)
        return result

    async def answer_together(
        self, ask_ids: Sequence[str], answer: str, *, who: str, reason: str | None = None, note: str | None = None
    ) -> list[Said]:  # fmt: skip
        """Approve or reject asks that are alike, harmless and as they were proposed: each by an answer of its own, of which some may fail.

        Raises InvalidInput and Refused for what must not be answered together; nothing is answered then.
        """
        return await self._answered_together(self.answer, ask_ids, answer, who=who, reason=reason, note=note)

    async def check_edit(
        self, decision_id: str, *, who: str, content: Mapping[str, str] | None = None, params: Mapping[str, Any] | None = None
    ) -> None:
        """Raise what answering with this edit would raise; nothing is recorded."""
        await answering.check_edit(await self._case(decision_id), Answer("edit", who, None, None, content, params))

    async def unreached(self, approval_id: str, who: str | None, why: str) -> None:
        """A person who was asked cannot be written to, or (None) a channel cannot: the ask goes on to the next, or operators are told."""
        case = await self._case(approval_id)
        ask = next((one for one in case.current if one.id == approval_id), None)
        if ask is not None:
            await passing_on.unreached(self._ports.store, case, ask, who, why)
            self.wake(case.decision.run_id)  # whoever is told next is told now

    async def _undo(self, case: OpenCase, who: str) -> AnswerResult:
        """Cancel what has not been done yet, within the undo time."""
        if not await self.knows(who):
            raise Unauthorised(f"{who} is not a colleague in the directory.")
        before, by, ask = answering.undone(case), who, case.current[0] if case.current else _no_ask(case)
        undone = await self._ports.store.undo(case.decision.id, by=who, at=case.at, steps=answering.steps_of(case))
        if not undone and before:  # told again, as after a crash
            undone, by = len(before), before[0]
        if not undone:
            shown = f"What was done is listed by: nextplay decisions show {case.decision.id}"
            raise Refused("It is too late to undo this, or nothing is waiting.", shown)
        return AnswerResult(not before, ask, f"Undone by {by}: {undone} {'step' if undone == 1 else 'steps'} will not run.")

    async def waiting(self) -> list[Approval]:
        """The asks that wait for an answer."""
        return [one.ask for one in await self._ports.store.open_asks()]

    async def decisions(
        self, *, limit: int = 50, surface: str | None = None, account: str | None = None, route: str | None = None
    ) -> list[DecisionRow]:
        """The latest decisions, newest first."""
        return await self._ports.store.decisions(limit=limit, surface=surface, account=account, route=route)

    async def decision_of_event(self, source: str, event_id: str) -> Decision | None:
        """The decision of an event, if one was recorded."""
        return await self._ports.store.decision(decision_id_of(run_id_of(source, event_id)))

    async def metrics(self, *, since: timedelta, surface: str | None = None, rules: bool = True) -> Figures:
        """The figures of the time until now. Raises NotFound for a surface that neither the playbook nor any decision knows.

        Without `rules` what they struck out is not counted.
        """
        at, playbook = self._ports.clock(), self._ports.playbook()
        found = await measure(self._ports.store, since=at - since, until=at, currency=playbook.reporting_currency, surface=surface, rules=rules)
        if surface is not None and not found.surfaces and surface not in playbook.surfaces:
            raise NotFound(f"There is no surface '{surface}' in the playbook.", f"It has: {', '.join(sorted(playbook.surfaces))}.")
        return found


def _no_ask(case: OpenCase) -> Approval:
    """Stands for the ask of an action that needed none."""
    return Approval("", case.decision.id, 0, case.proposal.digest, "void", "", (), (), None, case.decision.created_at, case.decision.created_at)
