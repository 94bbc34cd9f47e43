"""How long the core takes to judge, score, rank and route. Run: `python -m tests.benchmarks.bench_gate`.

100 candidates (10 people x 10 pieces of content) against 60 rules of two clauses, mixed as in the playbook that ships: half of
the rules read what differs from candidate to candidate. Ten are caps, cooldowns and deferrals over 150 touches. Nothing is
kept between runs but the playbook, as in production. Times are CPU times, so that a busy machine blurs them less.
"""

import asyncio
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.deciding import conclude
from agent.domain.evidence import Evidence
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.domain.proposing import propose
from tests.benchmarks.figures import Figure, lines, percentile
from tests.unit.domain.building import (
    ALWAYS,
    contact,
    evidence,
    facts,
    material,
    past,
    play,
    playbook,
    rule,
    surface,
    touch,
)  # fmt: skip

RUNS = 300
AIM_MS = 10.0
PEOPLE = tuple(f"p{i}" for i in range(10))
CONTENTS = tuple(f"m{i}" for i in range(10))

_OF_DECISION = ("account.tier == 'gold'", "deal.amount > 1000000.0 && deal.stage in ['won', 'lost']")
_OF_CANDIDATE = (
    *[("contact.opted_out", "deal.amount > 1000.0")] * 4,
    *[("contact.role == 'billing'", "account.tier != 'smb'")] * 4,
    *[("candidate.discount_pct > params.limit", "deal.amount > 10.0")] * 6,
    *[("history.sent_before", "history.days_since_rejected < 3.0")] * 3,
    *[("asset.strength < 0.1", "account.tier != 'smb'")] * 2,
    ("asset.language != contact.language", "deal.amount > 10.0"),
)
_TIMED: tuple[dict[str, Any], ...] = (
    {"effect": {"kind": "cap", "per": "7d", "limit": 9}, "scope": "contact"},
    {"effect": {"kind": "cap", "per": "30d", "limit": 400}},
    {"effect": {"kind": "cooldown", "of": ["rejected"], "per": "5d"}},
    {"effect": {"kind": "defer", "until": "recipient_hours"}, "params": {"open_hour": 8, "close_hour": 18}},
    {"effect": {"kind": "cap", "per": "7d", "limit": 300}, "scope": "family"},
)


def the_playbook() -> Playbook:
    """One play and 60 rules, none of which ends the matter early."""
    of_decision = [rule(_OF_DECISION, id=f"a{i:02}") for i in range(30)]
    of_candidate = [rule(clauses, id=f"b{i:02}", params={"limit": 50}) for i, clauses in enumerate(_OF_CANDIDATE)]
    timed = [rule(("deal.amount > 10.0", "contact.role != 'legal'"), id=f"c{i:02}", layer="contact", **_TIMED[i % 5]) for i in range(10)]
    return playbook(*of_decision, *of_candidate, *timed, plays=[_play()], on=surface(mode="suggest"))


def the_evidence() -> Evidence:
    """A usual deal with ten people, ten pieces of content, 150 touches and 20 earlier proposals."""
    shared = facts({"deal.amount": 48000, "deal.stage": "proposal", "account.tier": "mid_market"})
    people = [one for name in PEOPLE for one in facts(_OF_PERSON, of=name)]
    contents = [one for i, name in enumerate(CONTENTS) for one in facts({**_OF_CONTENT, "asset.strength": 0.5 + i / 20}, of=name)]
    return evidence(
        facts=(*shared, *people, *contents),
        contacts=tuple(contact(name) for name in PEOPLE),
        materials=tuple(material(name, strength=0.5 + i / 20) for i, name in enumerate(CONTENTS)),
        calendars=dict.fromkeys(PEOPLE, ALWAYS),
        touches=tuple(touch(i / 4 + 1, contact=PEOPLE[i % len(PEOPLE)]) for i in range(150)),
        past=tuple(past(20 + i, recipient=PEOPLE[i % len(PEOPLE)]) for i in range(20)),
    )


_OF_PERSON = {"contact.opted_out": False, "contact.role": "champion", "contact.language": "en"}
_OF_CONTENT = {"asset.language": "en", "asset.topics": ["security"]}


def _play() -> Play:
    return play(
        recipient={"roles": ["champion"], "at_most": 10}, material={"source": "assets", "at_most": 10},
        params={"discount_pct": {"type": "number", "default": 0.0}},
        value="deal.amount * 0.2", cost_always="6.0", prior={"with": "0.3 + 0.1 * asset.strength", "without": "0.3"},
        fits=[
            {"id": "topic", "cel": "'security' in asset.topics", "weight": 0.3, "says": "it fits"},
            {"id": "language", "cel": "asset.language != contact.language", "weight": -0.3, "says": "it does not"},
        ],
    )  # fmt: skip


def timings(runs: int = RUNS) -> tuple[list[float], list[float]]:
    """Milliseconds of judging, and of scoring, ranking and routing, for each run."""
    book, given = the_playbook(), the_evidence()
    candidates = propose(book, given)
    for _ in range(5):
        _once(book, given, candidates)
    gc.collect()
    both = [_once(book, given, candidates) for _ in range(runs)]
    return [judging for judging, _ in both], [concluding for _, concluding in both]


def _once(book: Playbook, given: Evidence, candidates: Sequence[Candidate]) -> tuple[float, float]:
    start = process_time()
    judge = Gate(book, given)
    verdicts = judge.judge_all(candidates)
    middle = process_time()
    conclude(book, given, candidates, verdicts, judge=judge)
    return (middle - start) * 1000, (process_time() - middle) * 1000


async def measure(_folder: Path) -> list[Figure]:
    """The figures for `make bench`."""
    judging, concluding = timings()
    whole = [a + b for a, b in zip(judging, concluding, strict=True)]
    parts = (("judge", judging, ""), ("score, rank, route", concluding, ""), ("both", whole, f"p95 at most {AIM_MS:g} ms"))
    return [
        Figure(f"{name}: {word}", percentile(values, share), "ms", aim=aim if word == "p95" else "")
        for name, values, aim in parts
        for word, share in (("best", 0.0), ("p50", 0.5), ("p95", 0.95))
    ]


def main() -> int:
    """Print the figures; fail when the p95 of the whole misses the aim."""
    figures = asyncio.run(measure(Path()))
    print("\n".join(lines("Judging 100 candidates by 60 rules", figures)))
    return int(figures[-1].value > AIM_MS)


if __name__ == "__main__":
    sys.exit(main())
