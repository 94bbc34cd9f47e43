"""Many people answer the same proposals at once, in Slack, through the API and at the command line: one answer counts, and happens once."""

import asyncio
import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from agent.arrivals import arrival_of
from agent.domain.records import Approval
from integrations.db.slack import AttentionSetting
from integrations.tokens import mint
from tests.acceptance import serving
from tests.acceptance.slack.desks import LOG, Desk, desk
from tests.acceptance.workspaces import DATABASE, START
from tests.chaos.checker import Evidence, violations_so_far
from tests.chaos.notes import Notes
from tests.chaos.slack_side import NOTES
from tests.storms.commands import CommandLines
from tests.storms.doors import Answer, Api, Slack, Terminal, Told
from tests.storms.world import asked_back, clerk, make_storm_world, moved, rep

CLERKS, REPS = 10, 10
PEOPLE = (*map(clerk, range(CLERKS)), *map(rep, range(REPS)))
KINDS = ("approve", "edit", "snooze", "approve", "reject")
TAKEN_BACK = 3
"""Of so many asks one is taken back too, by whoever thinks so: with many people, somebody always does."""

UNTIL = START + timedelta(minutes=20)
TERMINAL = ("approved", "edited", "rejected")
STATES = {"approve": ("approved",), "edit": ("edited",), "reject": ("rejected",)}
"""What an answer makes of its ask, if it counts."""

PROCESSES = 3
PATIENCE_S = 600.0


@pytest.mark.slow
async def test_of_many_answers_to_one_proposal_one_counts(
    folder: Path, calm_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    monkeypatch.setattr(serving, "WITHIN_S", PATIENCE_S)
    threads, proposals = (50, 50) if whole else (12, 6)
    world = await make_storm_world(tmp_path / "world", calm_world, deals=proposals // 2, reps=REPS, tickets=proposals - proposals // 2, clerks=CLERKS)
    async with desk(folder, world) as here:
        asks = await _asked(here, proposals)
        await here.served.workspace.clock.move_to(START, here.served.workspace.database)
        told = await asyncio.to_thread(_all_at_once, here, await _tokens(here), await _contents(here, asks), asks, threads)
        await _settled(here)
        evidence = _evidence(folder, told)
        _tell(evidence, told)
    assert [told.odd for _, told in told if told.odd] == []
    assert len(told) == threads * proposals
    assert _broken(evidence, told) == []
    assert "done" in {row["state"] for row in evidence.rows["actions"]}, "a floor: a run in which nothing is carried out cannot pass"


async def _asked(here: Desk, proposals: int) -> list[Approval]:
    events = [*map(moved, range(proposals // 2)), *map(asked_back, range(proposals - proposals // 2))]
    service, store = here.served.workspace.service, here.door.store
    for email in PEOPLE:
        await store.set_attention(email, AttentionSetting(open=proposals, per_day=proposals, quiet="00:00-00:00"))
    await service.accept([arrival_of(event) for event in events])

    async def all_asked() -> list[Approval] | None:
        """Everybody has the card before them."""
        found, shown = await service.waiting(), {(post.approval_id, post.email) for post in await store.live_posts()}
        return found if len(found) == proposals and {(ask.id, email) for ask in found for email in ask.asked if email in PEOPLE} <= shown else None

    return await here.until(all_asked)


async def _tokens(here: Desk) -> dict[str, str]:
    """A token for everybody who may answer something."""
    made = {}
    for email in PEOPLE:
        text, row = mint(email, "approver", now=datetime.now(UTC), ttl=timedelta(days=1), random=secrets.token_bytes)
        await here.served.workspace.store.add_token(row)
        made[email] = text
    return made


async def _contents(here: Desk, asks: list[Approval]) -> dict[str, dict[str, str]]:
    """What an edit makes of each proposal."""
    made = {}
    for ask in asks:
        proposal = (await here.served.workspace.service.explain(ask.decision_id)).proposal
        assert proposal is not None
        made[ask.id] = {**proposal.content, "body": f"{proposal.content['body'].rstrip()}\n\nI am glad to explain it."}
    return made


def _all_at_once(
    here: Desk, tokens: dict[str, str], contents: dict[str, dict[str, str]], asks: list[Approval], threads: int
) -> list[tuple[Answer, Told]]:
    """Every thread answers every ask once, in an order of its own."""
    base = str(here.served.http.base_url).rstrip("/")
    app = here.slack.app
    environment = {
        "NEXTPLAY_SLACK_MODE": "http", "SLACK_API_URL": f"{here.slack.url}/api/", "SLACK_BOT_TOKEN": app.bot_token,
        "SLACK_SIGNING_SECRET": app.signing_secret,
    }  # fmt: skip
    with (
        CommandLines(PROCESSES, environment) as lines,
        httpx2.Client(base_url=base, timeout=PATIENCE_S, limits=httpx2.Limits(max_connections=threads)) as http,
    ):
        slack, api, terminal = Slack(http, app.signing_secret), Api(http, tokens), Terminal(lines)
        doors: list[Any] = [slack, slack, api, slack, api, terminal]

        def one(number: int) -> list[tuple[Answer, Told]]:
            chance = Random(number)  # noqa: S311  a shuffle, repeatable
            found = []
            for ask in chance.sample(asks, len(asks)):
                kinds = KINDS if asks.index(ask) % TAKEN_BACK else (*KINDS, "undo")
                given = Answer(ask.id, chance.choice(kinds), _somebody(ask, chance), contents[ask.id], UNTIL.isoformat())
                found.append((given, doors[number % len(doors)].answer(given)))
            return found

        with ThreadPoolExecutor(threads) as pool:
            return [pair for pairs in pool.map(one, range(threads)) for pair in pairs]


def _somebody(ask: Approval, chance: Random) -> str:
    """Mostly one who may answer, sometimes a colleague who may not."""
    return chance.choice([email for email in ask.allowed if email in PEOPLE]) if chance.random() < 0.9 else chance.choice([clerk(0), rep(0)])


async def _settled(here: Desk) -> None:
    """What was clicked in Slack is carried out, the undo time passes, and what is to happen happens."""
    store, workspace = here.door.store, here.served.workspace

    async def carried_out() -> bool:
        return not await store.due_clicks(datetime.now(UTC))

    await here.until(carried_out)
    await workspace.clock.move_to(workspace.clock() + timedelta(minutes=2), workspace.database)
    await workspace.engine.settle()
    await workspace.engine.settle()


def _evidence(folder: Path, told: list[tuple[Answer, Told]]) -> Evidence:
    """What was said and confirmed, with what the database holds."""
    notes = Notes(folder / NOTES)
    for given, answer in told:
        notes.add("clicked", approval=given.ask, answer=given.kind, who=given.who)
        if answer.won and given.kind in STATES:
            notes.add("answered", clicked=given.ask, approval=given.ask, answer=given.kind, who=given.who)
    notes.close()
    return Evidence.of(f"sqlite:///{folder / DATABASE}", folder / f"{DATABASE}.audit-key", folder / NOTES, folder / LOG)


def _tell(evidence: Evidence, told: list[tuple[Answer, Told]]) -> None:
    kinds, states = Counter(given.kind for given, _ in told), Counter(row["state"] for row in evidence.rows["approvals"])
    print(f"{len(told)} answers {dict(kinds)}; asks {dict(states)}, effects {len(evidence.rows['sandbox_effects'])}")


def _broken(evidence: Evidence, told: list[tuple[Answer, Told]]) -> list[str]:
    """What an independent look at the database finds: the answers that counted, and what happened after them."""
    answers = Counter(json.loads(row["data"])["approval"] for row in evidence.rows["audit"] if row["kind"] == "answered")
    found = violations_so_far(evidence)
    found += [f"the click {row['id']} is {row['state']}: {row['error']}" for row in evidence.rows["slack_clicks"] if row["state"] != "done"]
    for ask in evidence.rows["approvals"]:
        if answers[ask["id"]] != 1 or ask["state"] not in TERMINAL:
            found.append(f"{ask['id']} is {ask['state']}, and was answered {answers[ask['id']]} times")
        found += _wrong_steps(evidence, ask)
    asks = {ask["id"]: ask for ask in evidence.rows["approvals"]}
    for given, answer in told:
        if answer.won and asks[given.ask]["state"] not in STATES.get(given.kind, TERMINAL):
            found.append(f"the {given.kind} of {given.ask} by {given.who} was said to count, and it is {asks[given.ask]['state']}")
    return found


def _wrong_steps(evidence: Evidence, ask: dict[str, Any]) -> list[str]:
    """What was approved happened as a whole, or was taken back as a whole; each step once. What was rejected did not."""
    steps = {row["key"]: row["state"] for row in evidence.rows["actions"] if row["decision_id"] == ask["decision_id"]}
    done = Counter(row["marker"] for row in evidence.rows["sandbox_effects"] if row["marker"] in steps)
    fitting = [{}] if ask["state"] == "rejected" else [{}, dict.fromkeys(steps, 1)]
    ended = set(steps.values()) in ([set()] if ask["state"] == "rejected" else [{"done"}, {"failed"}])
    return [] if dict(done) in fitting and ended else [f"{ask['id']} was {ask['state']}, its steps are {steps}, and what happened is {dict(done)}"]
