"""`nextplay run` and `nextplay tick`: events through the machine, and one pass of the clock."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import At, Json, moment

if TYPE_CHECKING:
    from agent.domain.decision import Decision
    from agent.domain.records import Run
    from agent.service import Accepted
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(tick)


def run(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="One event or a list of events, as JSON, YAML or JSON lines; - reads standard input.")
    ],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Send one or more events through the whole machine, and show what was decided."""
    from integrations.cli.event_files import read_events
    from integrations.cli.opening import within

    given = read_events(file)
    ended = within(lambda workspace: send(workspace, given), at=moment(at))
    _show(ended, many=len(given) != 1, as_json=as_json)


class Ended:
    """Where the run of one event stands."""

    def __init__(self, accepted: "Accepted", run: "Run", decision: "Decision | None", now: datetime, currency: str) -> None:
        self.accepted, self.run, self.decision, self.now, self.currency = accepted, run, decision, now, currency

    @property
    def failed(self) -> bool:
        """The machine could not do its work yet, or the event was refused."""
        return self.accepted.status == "conflict" or (self.decision is None and (self.run.attempts > 0 or self.waits))

    @property
    def waits(self) -> bool:
        """A silent source keeps it from being decided."""
        return self.run.waits

    @property
    def why(self) -> str:
        """Why there is no decision."""
        event = self.run.event
        if self.accepted.status == "conflict":
            return f"an event {event.id} of {event.source} with other content came before; this one is in quarantine"
        if self.run.state == "held":
            return f"it is held as part of a bulk change; release it with: nextplay holds release {self.run.error}"
        if self.waits:
            return f"it {self.run.error}; it goes on when that answers"
        if self.run.error:
            return f"it failed {self.run.attempts} time(s): {self.run.error}"
        if self.run.state == "closed":
            return f"no surface that is on reacts to {event.type}"
        return f"it goes on at {self.run.wake_at:%Y-%m-%d %H:%M} UTC" if self.run.wake_at else "it has not been decided yet"

    def as_json(self) -> Any:
        """The decision; or the run and why there is none."""
        if self.decision is not None and self.accepted.status != "conflict":
            return self.decision.model_dump(mode="json")
        return {"run_id": self.run.id, "state": "conflict" if self.accepted.status == "conflict" else self.run.state, "why": self.why}


async def send(workspace: "Workspace", given: Sequence[dict[str, Any]]) -> list[Ended]:
    """Everything is accepted first, then driven."""
    from agent.outcomes import named_by
    from integrations.cli.event_files import arrival_from

    arrivals = [arrival_from(data, workspace.clock()) for data in given]
    for arrival in arrivals:
        if named := named_by(arrival.event):
            await workspace.service.explain(named)  # an outcome of a decision that is not there: nothing is half-written
    accepted = await workspace.service.accept(arrivals)
    for arrival, one in zip(arrivals, accepted, strict=True):
        if one.status == "new":  # what is in quarantine, or was told before, changes nothing
            await workspace.sandbox.mirror(arrival.event)
    await workspace.engine.settle()
    return [await _ended(workspace, one) for one in accepted]


async def _ended(workspace: "Workspace", accepted: "Accepted") -> Ended:
    from agent.errors import NotFound

    run = await workspace.store.run(accepted.run_id)
    if run is None:
        raise NotFound(f"There is no run {accepted.run_id}.", "Look at the quarantine with: nextplay doctor")
    decision = await workspace.store.decision(run.decision_id) if run.decision_id else None
    currency = (await workspace.service.playbook_of(decision)).reporting_currency if decision else ""
    return Ended(accepted, run, decision, workspace.clock(), currency)


def _show(ended: Sequence[Ended], *, many: bool, as_json: bool) -> None:
    from integrations.cli.failures import REFUSED, Failed
    from integrations.cli.look import print_json

    if as_json:
        printed = [one.as_json() for one in ended]
        print_json({"decisions": printed} if many else printed[0])
    elif many:
        _list(ended)
    elif not ended[0].failed:
        _story(ended[0])
    bad = [one for one in ended if one.failed]
    if bad:
        refused = all(one.accepted.status == "conflict" for one in bad)
        raise Failed(f"{bad[0].why[:1].upper()}{bad[0].why[1:]}.", "See: nextplay doctor", REFUSED if refused else None)


def _list(ended: Sequence[Ended]) -> None:
    from integrations.cli.look import Cell, Page, route, state

    page, rows = Page(), list[list[Cell]]()
    for one in ended:
        decision = one.decision if one.accepted.status != "conflict" else None
        if decision is None:
            rows.append([one.run.event.id, state(one.run.state), one.run.id, one.why])
        else:
            chosen = next((c.title for c in decision.candidates if c.id == decision.choice), "")
            rows.append([one.run.event.id, route(decision.route), decision.id, chosen or "; ".join(r.said for r in decision.reasons)])
    page.table(rows, header=("event", "", "decision", "what"), flex=3, caps={0: 24})
    page.show()


def _story(one: Ended) -> None:
    from integrations.cli.look import columns, lines
    from integrations.cli.story import story

    if one.decision is None:
        _list([one])
        return
    story(one.decision, now=one.now, width=columns(), height=lines(), currency=one.currency).show()


def tick(at: At = None, as_json: Json = False) -> None:
    """Do one pass of the clock: its events, reminders and ends of asks, whatever is due, and undelivered messages."""
    from integrations.cli.opening import within

    done = within(_tick, at=moment(at))
    _show_tick(done, as_json=as_json)


async def _tick(workspace: "Workspace") -> dict[str, Any]:
    before = {row.id for row in await workspace.service.decisions(limit=SEEN)}
    ticked = await workspace.service.tick()
    drives = await workspace.engine.settle()
    await workspace.service.deliver()
    left = await workspace.store.messages(undelivered=True)
    fresh = [row for row in await workspace.service.decisions(limit=SEEN) if row.id not in before]
    return {
        "at": workspace.clock(),
        "events": ticked.events,
        "asks": ticked.asks,
        "reconsidered": ticked.reconsidered,
        "closed": ticked.closed,
        "driven": drives,
        "undelivered": len(left),
        "decisions": fresh,
    }


SEEN = 500
"""Decisions that are compared to tell the new ones."""

SHOWN = 30
"""New decisions that are listed."""


def _show_tick(done: dict[str, Any], *, as_json: bool) -> None:
    from integrations.cli.decisions import add_rows
    from integrations.cli.look import Page, print_json
    from integrations.telling.words import several, utc

    if as_json:
        print_json(done)
        return
    page = Page()
    page.line((f"One pass of the clock at {utc(done['at'])}", "bold"))
    page.table([[several(done[name], one), what] for name, one, what in _COUNTS], flex=1, indent=2)
    if done["decisions"]:
        page.heading("New decisions")
        add_rows(page, done["decisions"][:SHOWN], done["at"])
        if len(done["decisions"]) > SHOWN:
            page.line((f"… and {len(done['decisions']) - SHOWN} more: nextplay decisions list", "dim"))
    page.show()


_COUNTS = (
    ("events", "event", "that the clock found"),
    ("asks", "ask", "reminded, passed on, woken or ended"),
    ("reconsidered", "decision", "reconsidered, because what stopped it has cleared"),
    ("closed", "wait", "for an outcome that is over"),
    ("driven", "step", "of runs that were due"),
    ("undelivered", "message", "that could not be delivered yet"),
)
