"""`nextplay demo`: a morning at a fictional company, through the real doors, the real machine and a real ask. No keys, no services."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from agent.domain.decision import Decision
from agent.domain.plays import STEP_TITLES
from agent.domain.records import IN_HAND, Approval
from agent.errors import Refused
from integrations import logging
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo_delivery import deliver, scene_behind
from integrations.cli.demo_effects import rows
from integrations.cli.demo_slack import open_slack, serve_with_slack
from integrations.cli.demo_story import MORNING, START, Scene
from integrations.cli.demo_vendors import Vendors, fill_copy, open_vendors
from integrations.cli.look import Page, print_json
from integrations.cli.opening import warn
from integrations.cli.styles import ROUTES
from integrations.sandbox.meta import is_demo, mark_demo
from integrations.settings import load
from tools.embedding import EmbedderUnavailable


def run_demo(*, no_serve: bool, as_json: bool, console: Console, vendors: str | None = None) -> None:
    """Seed, decide, ask, act, and (unless told not to) serve the API, with a Slack workspace beside it. `vendors`: doubles to do it against."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_demo(no_serve=no_serve, as_json=as_json, console=console, vendors=vendors))


async def _demo(*, no_serve: bool, as_json: bool, console: Console, vendors: str | None) -> None:
    logging.configure(level="ERROR", style="console")
    settings = load()
    quiet = Console(quiet=True) if as_json else console
    slack = None if no_serve or as_json else open_slack(settings)
    async with AsyncExitStack() as closing:
        doubles = await closing.enter_async_context(open_vendors(vendors.split("+"))) if vendors else None
        settings = doubles.settings(settings) if doubles else settings
        workspace = await closing.enter_async_context(open_workspace(slack.settings(settings) if slack else settings, at=START))
        warn(workspace)
        await prepare(workspace)
        await (live_at(workspace, doubles, quiet) if doubles else live_through(workspace, quiet))
        scenes = doubles.morning() if doubles else [*MORNING]
        decisions = await _decisions(workspace, scenes)
        _show(quiet, decisions, scenes)
        interactive = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
        answered = None
        for among in _at_each_vendor(decisions, doubles):
            answered = await _ask(workspace, among, quiet, interactive=interactive, again=answered is not None) or answered
        await workspace.clock.move_to(workspace.clock(), workspace.database)
        if as_json:
            print_json({"decisions": await _decisions(workspace, scenes)})
        else:
            if doubles:
                _show_effects(quiet, doubles)
            _next_steps(quiet, answered, sandbox=doubles is None)
            if doubles and slack is not None:
                _show_doubles(quiet, doubles)
        if slack is not None:
            await serve_with_slack(workspace, slack)


async def live_through(workspace: Workspace, console: Console) -> None:
    """The morning: everything that comes in is decided. The console shows how far it is."""
    with _progress(console) as progress:
        task = progress.add_task("Building a CRM and a helpdesk", total=None)
        await workspace.sandbox.seed()
        progress.update(task, description="Reading the help centre")
        await read_articles(workspace)
        progress.update(task, description=f"Delivering {len(MORNING)} signed webhooks")
        await deliver(workspace, MORNING, START)
        progress.update(task, description="Deciding")
        await workspace.engine.settle()
        progress.update(task, description="Hearing the echo of our own work")
        await _echo(workspace)


async def read_articles(workspace: Workspace) -> None:
    """Embed the help centre before anything is decided, as a server that has run for a while has: else what is found hangs on who comes first."""
    with suppress(EmbedderUnavailable):  # articles are found by their words
        await workspace.index.settle()


async def live_at(workspace: Workspace, vendors: Vendors, console: Console) -> None:
    """What of the morning happens at the vendors, read from them and written to them."""
    with _progress(console) as progress:
        task = progress.add_task(f"Reading {vendors.sources}", total=None)
        await fill_copy(workspace, vendors)
        progress.update(task, description="Reading the help centre")
        await read_articles(workspace)
        morning = vendors.morning()
        progress.update(task, description=f"Delivering {len(morning)} signed webhooks")
        await deliver(workspace, morning, START)
        progress.update(task, description="Deciding")
        await workspace.engine.settle()
        while await workspace.store.waiting_runs():  # a vendor has been asked as much as it allows: a server would come back to them, too
            await asyncio.sleep(1)
            await workspace.engine.settle()


def _show_effects(console: Console, vendors: Vendors) -> None:
    page = Page(console.width)
    page.blank()
    page.heading(f"What {vendors.titles} say was done to them")
    page.table(rows(vendors.effects()), header=("vendor", "on", "what was done"), flex=2)
    page.show(console)


def _show_doubles(console: Console, vendors: Vendors) -> None:
    """Where they answer as long as the demo is served, and how they are made to fail."""
    page = Page(console.width)
    page.blank()
    page.heading(f"{vendors.titles} are doubles, and can do wrong", "from a second terminal")
    for one in vendors.played:
        page.line((f"nextplay sandbox misbehave {one.url}", "bold"), (f"   # what {one.title} can do wrong", "dim"), indent=2)
    page.line((f"nextplay sandbox misbehave {vendors.played[0].url} late --times 3", "bold"), ("   # done, and no answer", "dim"), indent=2)
    page.show(console)


def _at_each_vendor(decisions: Sequence[Decision], vendors: Vendors | None) -> list[list[Decision]]:
    """Those of which one is to be answered: one of all in the sandbox, and one at each vendor."""
    if vendors is None:
        return [[*decisions]]
    return [[one for one in decisions if (one.subject.id or "").startswith(f"{played.vendor}-")] for played in reversed(vendors.played)]


async def prepare(workspace: Workspace) -> None:
    """The demo tells its story from the start, and never over somebody's own decisions."""
    if await workspace.store.decisions(limit=1) and not await is_demo(workspace.database):
        raise Refused(
            "This database holds decisions that are not the demo's.",
            "Give the demo one of its own: NEXTPLAY_DATABASE_URL=sqlite:///.nextplay/demo.db nextplay demo",
        )
    await workspace.store.clear(START, "demo")
    await workspace.sandbox.reset()
    await mark_demo(workspace.database)


def _progress(console: Console) -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True)


async def _echo(workspace: Workspace) -> None:
    """Tell Nextplay of its own change, as a helpdesk would."""
    effects = await workspace.sandbox.effects.log()
    assigned = next(e for e in effects if e["kind"] == "assign_group")
    change = {"group": assigned["payload"]["group"]}
    echo = Scene("zendesk", "ticket.group_changed", "ticket", str(assigned["target"]), "the echo of our own effect", change)
    await deliver(workspace, [echo], START)
    await workspace.engine.settle()


async def _decisions(workspace: Workspace, scenes: Sequence[Scene]) -> list[Decision]:
    rows = await workspace.service.decisions(limit=200)
    found = [await workspace.service.explain(row.id) for row in rows]
    return sorted(found, key=lambda decision: _place_in_story(decision, scenes))


def _place_in_story(decision: Decision, scenes: Sequence[Scene]) -> int:
    scene = scene_behind(decision.trigger.event_id, scenes)
    return scenes.index(scene) if scene else len(scenes)


WIDE = 140
"""From so many columns on, what came in and what was done stand side by side; before, one would cut the other to a few words."""

_BESIDE = 36
"""What the table's id and route take of the width; the rest is shared by what came in and what was done."""


def _show(console: Console, decisions: Sequence[Decision], scenes: Sequence[Scene]) -> None:
    page = Page(console.width)
    page.heading("Tuesday 10 November 2026, 10:00 UTC", f"{len(decisions)} decisions")
    told = [_row(decision, scenes) for decision in decisions]
    if console.width >= WIDE:
        header = ["decision", "route", "what came in", "what was done, and why"]
        page.table(told, header=header, flex=3, caps={2: max((console.width - _BESIDE) // 2, 20)})
    else:
        longest = max((len(route) for _, route, _, _ in told), default=0)
        for name, route, came_in, done in told:
            page.line(f"{name}  {route:{longest}}  {came_in}")
            page.line((done, "dim"), indent=4)
    page.blank()
    page.show(console)


def _row(decision: Decision, scenes: Sequence[Scene]) -> tuple[str, str, str, str]:
    scene = scene_behind(decision.trigger.event_id, scenes)
    return decision.id, ROUTES[decision.route][0].lower(), scene.shows if scene else "the echo of our own effect", _outcome(decision)


def _outcome(decision: Decision) -> str:
    """One line: the choice, or the first reason."""
    chosen = next((c for c in decision.candidates if c.id == decision.choice), None)
    why = "; ".join(dict.fromkeys(reason.said for reason in decision.reasons))
    return " · ".join(part for part in (chosen.title if chosen else "", why) if part)


async def _ask(workspace: Workspace, decisions: Sequence[Decision], console: Console, *, interactive: bool, again: bool) -> Decision | None:
    """Let the reader answer one ask (or answer it for them), wait out the undo time, and show the effect."""
    waiting = [(d, a) for d in decisions if d.route == "ask" for a in await workspace.store.approvals(d.id) if a.state == "open" and a.asked]
    customer = [(d, a) for d, a in waiting if d.proposal and d.proposal.recipient and sum(x.decision_id == d.id for _, x in waiting) == 1]
    if not customer:
        return None
    decision, ask = customer[0]
    _card(console, decision, ask, again=again)
    answer = "approve"
    if interactive:
        said = console.input("Your answer as the person asked: [a]pprove, [r]eject, [s]kip > ").strip().lower()[:1]
        answer = {"r": "reject", "s": "skip"}.get(said, "approve")
    if answer == "skip":
        return None
    result = await workspace.service.answer(decision.id, answer, who=ask.asked[0], reason="poorly_timed" if answer == "reject" else None)
    console.print(result.says)
    await workspace.engine.settle()
    await _after_undo(workspace, decision, console, approved=answer == "approve")
    return decision


def _card(console: Console, decision: Decision, ask: Approval, *, again: bool) -> None:
    page = Page(console.width)
    if again:
        page.blank()
    page.heading(f"{'Another' if again else 'One of them'} waits for a person", ask.asked[0])
    page.wrapped(f"{decision.id}: {_outcome(decision)}", indent=2)
    page.blank()
    content = decision.proposal.content if decision.proposal else {}
    for part in content.values():
        page.wrapped(part, indent=4, at_most=14)
        page.blank()
    page.show(console)


async def _after_undo(workspace: Workspace, decision: Decision, console: Console, *, approved: bool) -> None:
    if not approved:
        return
    undo = timedelta(seconds=workspace.settings.undo_s + 1)
    page = Page(console.width)
    page.wrapped(f"Nothing has left the house yet: Undo is possible for {workspace.settings.undo_s} s. The demo's clock moves on …")
    page.show(console)
    await workspace.clock.move_to(workspace.clock() + undo, workspace.database)
    await workspace.engine.settle()
    for action in await workspace.store.actions(decision.id):
        what = "a task with the draft, for its owner to send" if IN_HAND in action.result else STEP_TITLES[action.kind]
        console.print(f"  {action.state:8} {what} → {action.target}   marker {action.key}", soft_wrap=True)


def _next_steps(console: Console, answered: Decision | None, *, sandbox: bool) -> None:
    page = Page(console.width)
    page.blank()
    page.heading("Look closer")
    one, account = (answered.id, answered.subject.account) if answered else ("ID", "ID")
    for command, what in (
        (f"nextplay decisions show {one}", "the whole story of one decision"),
        (f"nextplay replay {one}", "decide it again, to the letter"),
        ("nextplay decisions list --route none", "what was not done, and why"),
        (f"nextplay block --account {account} --why legal --as you@tessera.example", "stop all for an account, now"),
        *([("nextplay sandbox effects", "what the CRM and the helpdesk saw")] if sandbox else []),
        ("nextplay audit verify", "prove that nobody changed the record"),
    ):
        told = f"   # {what}"
        page.line((command, "bold"), (told if len(command + told) + 2 <= console.width else "", "dim"), indent=2)
    page.show(console)
