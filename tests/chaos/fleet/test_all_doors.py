"""Fifty people at once answer two hundred asks, each of them every one, in Slack, in the console, by the API and at the command line, of two web
processes: one answer counts, and what it approves happens once.
"""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from integrations.bootstrap import Workspace, open_workspace
from integrations.db.slack import AttentionSetting, SlackStore
from integrations.sandbox.slack.roster import App
from integrations.sessions import Member, new_session
from integrations.settings import load
from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.deliveries import ticket_created
from tests.chaos.fleet.evidence import Evidence, said
from tests.chaos.fleet.fleet import AUDIT_KEY, OPERATOR, Fleet, fleet
from tests.chaos.fleet.lines import Lines, Row
from tests.chaos.fleet.play import PEOPLE, SENDERS, machine
from tests.chaos.fleet.senders import Senders
from tests.chaos.fleet.slack import slack_beside
from tests.chaos.fleet.troubles import of
from tests.storms.commands import CommandLines
from tests.storms.doors import Answer, Api, Console, Slack, Terminal, Told
from tests.storms.vendors.zendesk import FAULTS_EVERY

PROPOSALS, THREADS, COMMANDS = 200, 50, 2
KINDS = ("approve", "edit", "snooze", "approve", "reject")
UNDONE_EVERY = 10
"""Of so many asks one is taken back too, by whoever thinks so."""

UNDO_S = 5
DONE_WITHIN_S, TIMEOUT_S = 900.0, 300.0
COUNTED = ("approve", "edit", "reject")


@dataclass
class Doors:
    """What the threads stand before, and what they were told."""

    doors: list[Any]
    people: list[str]
    until: str
    told: list[tuple[Answer, Told, float]] = field(default_factory=list)

    def all_at_once(self, asks: list[dict[str, Any]], threads: int) -> None:
        """Every thread answers every ask once, in an order of its own."""
        with ThreadPoolExecutor(threads) as pool:
            for found in pool.map(lambda number: self._one(number, asks), range(threads)):
                self.told += found

    def _one(self, number: int, asks: list[dict[str, Any]]) -> list[tuple[Answer, Told, float]]:
        chance, found = Random(number), []  # noqa: S311  a shuffle, repeatable
        for ask in chance.sample(asks, len(asks)):
            kinds = (*KINDS, "undo") if asks.index(ask) % UNDONE_EVERY == 0 else KINDS
            who = chance.choice(ask["asked"]) if chance.random() < 0.9 else chance.choice(self.people)
            content = {**ask["content"], "body": f"{ask['content']['body'].rstrip()}\n\nI am glad to explain it."}
            given = Answer(ask["id"], chance.choice(kinds), who, content, self.until)
            found.append((given, self.doors[number % len(self.doors)].answer(given), datetime.now(UTC).timestamp()))
        return found


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["postgres"], indirect=True)
async def test_of_all_answers_at_all_doors_one_counts(
    direct: str, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Callable[[str, dict[str, Any]], None]
) -> None:
    proposals, threads = of(PROPOSALS, share), max(of(THREADS, share), 12)
    customers = -(-proposals * FAULTS_EVERY // (FAULTS_EVERY - 1))
    async with slack_beside(tmp_path, customers) as (slack, slack_settings):
        settings = {**slack_settings, "NEXTPLAY_UNDO_S": str(UNDO_S)}
        async with fleet(tmp_path, direct, customers=customers, workers=2, webs=2, settings=settings) as made:
            sessions = await _signed_in(made)
            asks = await _asked(made, dice, proposals, patience)
            with ExitStack() as open_:
                doors = _doors(open_, made, slack.app, sessions)
                await asyncio.to_thread(doors.all_at_once, asks, threads)
            await _over(made, patience)
        lines = Lines(tmp_path / PEOPLE)
        for given, told, at in doors.told:
            if given.kind in COUNTED:
                lines.add(ask=given.ask, digest="", who=given.who, said=given.kind, won=bool(told.won), at=at)
        evidence = Evidence.of(
            direct, senders=tmp_path / SENDERS, people=tmp_path / PEOPLE, helpdesk=made.helpdesk_log, key_file=tmp_path / AUDIT_KEY
        )
    assert [told.odd for _, told, _ in doors.told if told.odd] == []
    assert len(doors.told) == threads * len(asks)
    assert violations(evidence) == []
    assert list(_not_once(evidence)) == []
    states = Counter(row["state"] for row in evidence.rows["approvals"])
    assert len(evidence.effects) > 0, "a floor: a run in which nothing is carried out cannot pass"
    at_doors = Counter(type(doors.doors[number % len(doors.doors)]).__name__ for number in range(threads))
    figures("doors-postgresql", {
        "seed": seed, "threads": threads, "doors": dict(at_doors), "asks": dict(states), "answers": len(doors.told), "effects": len(evidence.effects),
        "kinds": dict(Counter(given.kind for given, _, _ in doors.told)), "machine": machine(),
    })  # fmt: skip


def _not_once(evidence: Evidence) -> Iterator[str]:
    """Every ask has one end, that one answer made."""
    answered = Counter(row["ref"] for row in evidence.rows["audit"] if row["kind"] == "answered")
    rounds = Counter(row["decision_id"] for row in evidence.rows["approvals"])
    for ask in evidence.rows["approvals"]:
        if ask["state"] not in ("approved", "edited", "rejected"):
            yield f"{ask['id']} is {ask['state']}"
        if answered[ask["decision_id"]] != rounds[ask["decision_id"]]:
            yield f"{ask['id']} was answered {answered[ask['decision_id']]} times"


async def _asked(made: Fleet, dice: Random, proposals: int, patience: float) -> list[dict[str, Any]]:
    """Have every customer write, and wait until everybody has been asked; what was asked of whom."""
    at = datetime.now(UTC) + timedelta(seconds=made.offset_s)
    senders = Senders(made.url, Lines(made.folder / SENDERS), dice)
    await senders.send([ticket_created(number, ticket, at) for number, ticket in enumerate(made.tickets)])
    # Whoever is asked later would be answered by nobody.
    await _once(made, "SELECT id FROM runs WHERE state = 'new'", lambda rows: not rows, patience)
    rows = await _once(made, "SELECT id, asked, decision_id FROM approvals WHERE state = 'open'", lambda rows: len(rows) >= proposals, patience)
    async with _workspace(made) as workspace:
        drafts = {row["id"]: (await workspace.service.explain(row["decision_id"])).proposal for row in rows}
    return [{"id": row["id"], "asked": json.loads(row["asked"]), "content": dict(draft.content)} for row in rows if (draft := drafts[row["id"]])]


async def _over(made: Fleet, patience: float) -> None:
    """Wait until what was clicked is carried out, and nothing is open."""
    await _once(made, "SELECT id FROM slack_clicks WHERE state = 'new'", lambda rows: not rows, patience)
    await _once(made, "SELECT id FROM runs WHERE state NOT IN ('closed', 'parked', 'held', 'dead')", lambda rows: not rows, patience)


async def _once(made: Fleet, query: str, enough: Callable[[list[Row]], bool], patience: float) -> list[Row]:
    """What the database answers, once that is enough."""
    deadline = time.monotonic() + DONE_WITHIN_S * patience
    while not enough(rows := await asyncio.to_thread(said, made.direct, query)):
        assert time.monotonic() < deadline, f"still: {len(rows)} of {query}"
        await asyncio.sleep(0.5)
    return rows


def _doors(open_: ExitStack, made: Fleet, app: App, sessions: dict[str, str]) -> Doors:
    """Four doors, of two processes."""
    commands = open_.enter_context(CommandLines(COMMANDS, made.web.environment))
    webs = [open_.enter_context(httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False)) for url in made.urls]
    doors = [door for web in webs for door in (Slack(web, app.signing_secret), Console(web, sessions), Api(web, made.tokens))]
    until = datetime.now(UTC) + timedelta(seconds=made.offset_s, minutes=20)
    return Doors([*doors, Terminal(commands)], sorted(sessions), until.isoformat())


async def _signed_in(made: Fleet) -> dict[str, str]:
    """A session for everybody, by address; and nobody is spared a question."""
    sessions, now = dict[str, str](), datetime.now(UTC)
    async with _workspace(made) as workspace:
        slack = SlackStore(workspace.database)
        for email in made.tokens.keys() - {OPERATOR}:
            await workspace.store.let_in(Member(email, "approver", "the test", now))
            sessions[email], session = new_session(email, "link", now, secrets.token_bytes)
            await workspace.store.begin_session(session)
            await slack.set_attention(email, AttentionSetting(open=PROPOSALS, per_day=PROPOSALS, quiet="00:00-00:00"))
    return sessions


@asynccontextmanager
async def _workspace(made: Fleet) -> AsyncIterator[Workspace]:
    """The deployment, as one of its processes sees it."""
    with pytest.MonkeyPatch.context() as changed:
        for name, value in made.web.environment.items():
            changed.setenv(name, value)
        async with open_workspace(load(env_file=None)) as workspace:
            yield workspace
