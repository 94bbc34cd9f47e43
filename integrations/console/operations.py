"""The machinery: what came in, what could not be used, what died, what nobody knows, and what operators were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import Request, Response

from agent.domain.records import Machinery, Run
from agent.errors import InvalidInput
from agent.service import Nextplay
from integrations.bootstrap import Workspace
from integrations.console import answers
from integrations.console.forms import form_of
from integrations.console.pages import Pages
from integrations.console.rendering import page, reader_of
from integrations.console.visit import console_of, visitor_of
from integrations.reports import Tile, Tone
from integrations.sessions import ConsoleRole
from integrations.telling.words import age, several

if TYPE_CHECKING:
    from integrations.vendors.connector import Connector

pages = Pages()
HANDS: tuple[ConsoleRole, ...] = ("operator", "admin")
HERE = "/console/operations"
INBOX_PART = 50
FAULTS_SHOWN = 200
AUDIT_SHOWN = 200
QUARANTINE_SHOWN = 100
RAW_SHOWN = 20_000
"""Characters of a delivery in quarantine that are shown."""


@pages.get("/operations", roles=HANDS)
async def overview(request: Request) -> Response:
    """How the machine fares, and everything that waits for an operator's hand."""
    console = console_of(request)
    machinery = await console.workspace.service.machinery()
    warning = " ".join(filter(None, (console.workspace.playbooks.warning(), console.workspace.learned.warning())))
    tiles = _tiles(machinery, reader_of(request).now, alive=console.workspace.engine.alive)
    return page(request, "operations/overview.html", machinery=machinery, tiles=tiles, warning=warning)


def _tiles(found: Machinery, now: datetime, *, alive: bool) -> list[Tile]:
    """The machine's pulse: each figure that is not as it should be has its colour, and says so."""
    open_alarms = sum(alarm.answered_at is None for alarm in found.alarms)
    lag = f", the first {age(found.due_since, now)}" if found.due_since is not None and found.due_since <= now else ""
    waiting = several(sum(one.runs for one in found.waiting), "run")
    return [
        Tile("engine", "runs" if alive else "stands", f"{several(found.due, 'run')} due{lag}", _tone(not alive, "bad")),
        Tile("alarms", f"{open_alarms}", "not taken on", _tone(open_alarms, "bad")),
        Tile("dead letters", f"{len(found.dead)}", "failed too often", _tone(found.dead, "bad")),
        Tile("unknown effects", f"{len(found.unknown)}", "may have happened", _tone(found.unknown, "bad")),
        Tile("held changes", f"{len(found.holds)}", "wait for a word", _tone(found.holds, "warn")),
        Tile("quarantine", f"{found.quarantined}", "cannot be processed", _tone(found.quarantined, "warn")),
        Tile("undelivered", f"{found.undelivered}", "messages to colleagues", _tone(found.undelivered, "warn")),
        Tile("silent sources", f"{len(found.waiting)}", f"{waiting} waiting", _tone(found.waiting, "warn")),
    ]


def _tone(wrong: object, tone: Tone) -> Tone:
    return tone if wrong else "good"


@pages.post("/operations/dead/{run}/retry", roles=HANDS)
async def retry(request: Request, run: str) -> Response:
    """Give a dead run another try."""
    why = (await form_of(request)).need("why", "What has been mended")
    retried = await _service(request).retry(run, who=visitor_of(request).email, why=why)
    return await answers.done(request, HERE, f"{retried.event.type} of {retried.event.subject_id} goes on from where it was.")


@pages.post("/operations/dead/{run}/discard", roles=HANDS)
async def discard(request: Request, run: str) -> Response:
    """Close a dead run for good."""
    why = (await form_of(request)).need("why", "The reason")
    gone = await _service(request).discard_run(run, who=visitor_of(request).email, why=why)
    return await answers.done(request, HERE, f"{gone.event.type} of {gone.event.subject_id} is discarded; nothing of it will be done.")


@pages.post("/operations/effects/{key}/resolve", roles=HANDS)
async def resolve(request: Request, key: str) -> Response:
    """Say what became of an effect of which nobody knows."""
    form = await form_of(request)
    said, why = form.text("done"), form.need("why", "How you know")
    if said not in ("yes", "no"):
        raise InvalidInput("Say whether it was done.", "Choose one of the two, and send the form again.")
    action = await _service(request).resolve(key, done=said == "yes", who=visitor_of(request).email, why=why)
    what = "is done; the steps after it follow" if said == "yes" else "has failed, and is not repeated"
    return await answers.done(request, HERE, f"The effect {action.key} on {action.target} {what}.")


@pages.post("/operations/holds/{hold}/release", roles=HANDS)
async def release(request: Request, hold: str) -> Response:
    """Let a held bulk change through."""
    subjects = await _service(request).release(hold, who=visitor_of(request).email)
    return await answers.done(request, HERE, f"Released: {several(subjects, 'subject')} will be decided once each, on how they are now.")


@pages.post("/operations/alarms/{alarm}/answer", roles=HANDS)
async def take_on(request: Request, alarm: str) -> Response:
    """Take an alarm on."""
    note, me = (await form_of(request)).need("note", "What is done about it"), visitor_of(request).email
    answered = await _service(request).answer_alarm(alarm, who=me, note=note)
    if answered.answered_by != me:
        return await answers.done(request, HERE, f"{answered.answered_by} had taken it on before: {answered.note}", tone="warn")
    return await answers.done(request, HERE, "You have taken the alarm on.")


@pages.get("/operations/inbox", roles=HANDS)
async def inbox(request: Request, source: str = "", before: str = "") -> Response:
    """Every event that was acknowledged, the newest first."""
    runs = await _service(request).inbox(at_most=INBOX_PART + 1, before=_place(before), source=source or None)
    older = f"{HERE}/inbox?source={quote(source)}&before={quote(_name_of(runs[INBOX_PART - 1]))}" if len(runs) > INBOX_PART else ""
    return page(request, "operations/inbox.html", runs=runs[:INBOX_PART], source=source, before=before, older=older)


def _place(text: str) -> tuple[datetime, str] | None:
    """Where in the inbox to go on. Raises InvalidInput."""
    if not text:
        return None
    moment, _, run = text.partition("~")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), run
    except ValueError:
        raise InvalidInput("This address names no place in the inbox.", f"Begin at the newest: {HERE}/inbox") from None


def _name_of(run: Run) -> str:
    return f"{run.created_at.isoformat()}~{run.id}"


@pages.get("/operations/quarantine", roles=HANDS)
async def quarantine(request: Request) -> Response:
    """Deliveries that must not be processed, the newest first."""
    store = console_of(request).workspace.store
    kept = await store.quarantined(at_most=QUARANTINE_SHOWN)
    shown = [{**one, "raw": one["raw"][:RAW_SHOWN]} for one in kept]
    return page(request, "operations/quarantine.html", kept=shown, more=await store.how_many_quarantined() - len(kept))


@dataclass(frozen=True, slots=True)
class Health:
    """How a connected system fares: what was tried, and how young the copy of its records is."""

    vendor: str
    checks: list[tuple[bool, str, str]]
    copies: Sequence[tuple[str, datetime | None, int]]


@pages.get("/operations/systems", roles=HANDS)
async def systems(request: Request) -> Response:
    """The systems of record: each is tried now, reading only."""
    workspace = console_of(request).workspace
    health = [await _health(workspace, connector) for connector in workspace.systems.connectors]
    copy = workspace.systems.copy
    faults = await copy.faults(at_most=FAULTS_SHOWN) if copy is not None else []
    count = sum((await copy.faulty()).values()) if copy is not None else 0
    return page(request, "operations/systems.html", health=health, faults=faults, count=count, settings=workspace.settings)


async def _health(workspace: Workspace, connector: "Connector") -> Health:
    checks = [(check.ok, check.name, ". ".join(filter(None, (check.says, check.mend)))) for check in await connector.checks()]
    copies = []
    for key in connector.keys:
        sync = await workspace.systems.copy.sync(connector.vendor, key) if workspace.systems.copy else None
        copies.append((key, sync.done_at if sync else None, sync.read if sync else 0))
    return Health(connector.vendor, checks, copies)


@pages.get("/operations/audit", roles=HANDS)
async def audit(request: Request, ref: str = "") -> Response:
    """The newest entries of the audit log, or all about one thing."""
    entries = await console_of(request).workspace.store.audit_log(limit=AUDIT_SHOWN, ref=ref or None)
    return page(request, "operations/audit.html", entries=entries, ref=ref)


@pages.post("/operations/audit/verify", roles=HANDS)
async def verify(request: Request) -> Response:
    """Check the whole audit log."""
    report = await console_of(request).workspace.store.verify_audit()
    if report.ok:
        return await answers.done(request, f"{HERE}/audit", f"Intact: {several(report.entries, 'entry', 'entries')} in order.")
    says = f"Not intact: {report.why} (entry {report.first_bad}). Put the database back from a backup made before, or find out who changed it."
    return await answers.done(request, f"{HERE}/audit", says, tone="bad")


def _service(request: Request) -> Nextplay:
    return console_of(request).workspace.service
