"""What only a person can settle: effects of which nobody knows whether they happened, and runs that failed too often."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, select, update

from agent.domain.records import Action, Run
from agent.errors import NotFound, Refused
from agent.ports import AuditEntry
from integrations.db.ledger import entry_of, find_actions
from integrations.db.part import StorePart
from integrations.db.runs import ENDED, find_runs, run_by_id
from integrations.db.stopping import stop
from integrations.db.tables import ACTIONS, APPROVALS, RUNS, UNKNOWN
from integrations.db.watching import open_windows


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of a thing, and when."""

    of: str
    by: str
    why: str
    at: datetime


class Repairs(StorePart):
    """Resolves unknown effects, and gives dead runs another try."""

    async def unknown_actions(self) -> list[Action]:
        """Effects that are unknown, the longest first."""
        return await self._read(lambda c: find_actions(c, UNKNOWN, ACTIONS.c.at, ACTIONS.c.key))

    async def resolve_action(self, key: str, *, done: bool, by: str, why: str, at: datetime) -> Action:
        """An unknown effect was done, or was not and has failed; its run goes on. Raises NotFound, and Refused when it is not unknown.

        One that was done keeps the moment at which it was tried: that is when the customer saw it.
        """
        return await self._write(lambda c: self._resolve(c, Word(key, by, why, at), done=done))

    async def dead_runs(self) -> list[Run]:
        """Runs that failed too often, oldest first."""
        return await self._read(lambda c: find_runs(c, RUNS.c.state == "dead"))

    async def retry_run(self, run_id: str, *, by: str, why: str, at: datetime) -> Run:
        """Let a dead run go on from where it was, with a new count of failures. Raises NotFound, and Refused when it is not dead."""
        return await self._write(lambda c: self._retry(c, Word(run_id, by, why, at)))

    async def discard_run(self, run_id: str, *, by: str, why: str, at: datetime) -> Run:
        """Close a dead run for good; what it had planned is not done. Raises NotFound, and Refused when it is not dead."""
        return await self._write(lambda c: self._discard(c, Word(run_id, by, why, at)))

    def _resolve(self, connection: Connection, word: Word, *, done: bool) -> Action:
        this = ACTIONS.c.key == word.of
        if not (found := find_actions(connection, this, ACTIONS.c.key)):
            raise NotFound(f"There is no effect {word.of}.", "List what is unknown with: nextplay effects list")
        action = found[0]
        if action.state != "unknown":
            raise Refused(f"The effect {word.of} is {action.state}, not unknown.", f"See: nextplay decisions show {action.decision_id}")
        error = None if done else f"not done, says {word.by}: {word.why}"
        state, happened = ("done", action.at) if done else ("failed", word.at)
        connection.execute(update(ACTIONS).where(this).values(state=state, error=error, at=happened))
        # What was done is judged on from there; what was not ends the steps after it, and nothing of it is tried again.
        _go_on(connection, action.decision_id, "revalidate" if done else "act")
        said = AuditEntry("resolved", word.by, word.of, {"decision": action.decision_id, "done": done, "why": word.why})
        self.chain.append(connection, [entry_of(action, state, error), said], word.at)
        if done:
            open_windows(connection, self.chain, [action], happened)
        return find_actions(connection, this, ACTIONS.c.key)[0]

    def _discard(self, connection: Connection, word: Word) -> Run:
        run = _dead(connection, word.of)
        said = f"discarded by {word.by}: {word.why}"
        if run.decision_id is not None:
            if find_actions(connection, (ACTIONS.c.decision_id == run.decision_id) & ACTIONS.c.state.in_(("started", "unknown")), ACTIONS.c.key):
                raise Refused(f"Nobody knows yet whether an effect of {run.decision_id} happened.", "Say what became of it first.")
            stop(connection, [run.decision_id], state="blocked", why=said, at=word.at)
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(state="closed", error=said, wake_at=None))
        self.chain.append(connection, [AuditEntry("discarded", word.by, run.id, {"why": word.why, "died_of": run.error})], word.at)
        return run_by_id(connection, run.id) or run

    def _retry(self, connection: Connection, word: Word) -> Run:
        run = _dead(connection, word.of)
        place = {"state": _before_it_died(connection, run), "attempts": 0, "error": None}
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(place))
        self.chain.append(connection, [AuditEntry("retried", word.by, run.id, {"why": word.why, "died_of": run.error})], word.at)
        return run_by_id(connection, run.id) or run


def _dead(connection: Connection, run_id: str) -> Run:
    """A run that is dead. Raises NotFound, and Refused for one that is not."""
    run = run_by_id(connection, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id}.", "List what is dead with: nextplay dead list")
    if run.state != "dead":
        raise Refused(f"Run {run_id} is {run.state}, not dead.", "It needs no retry.")
    return run


def _go_on(connection: Connection, decision_id: str, entry: str) -> None:
    run = update(RUNS).where(RUNS.c.decision_id == decision_id, RUNS.c.state.not_in(ENDED))
    connection.execute(run.values(state="acting", entry=entry, wake_at=None, error=None))


def _before_it_died(connection: Connection, run: Run) -> str:
    """Not decided; or asked, and then whoever answered has answered; or on its way to its effects, which are judged again first."""
    if run.decision_id is None:
        return "new"
    asked = exists().where(APPROVALS.c.decision_id == run.decision_id)
    return "asking" if connection.execute(select(asked)).scalar() else "acting"
