"""How long the core takes to judge, score, rank and route. Run: `python -m tests.benchmarks.bench_gate`.

100 candidates (10 people x 10 pieces of content) against 60 rules of two clauses. Half of the rules read what differs from candidate to
candidate: recipient, content, parameters, history. Ten are caps, cooldowns and deferrals over 150 touches. Nothing is kept between runs but
the playbook, as in production.
"""

import gc
import sys
from collections.abc import Sequence
from time import process_time
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.deciding import conclude, gate
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.domain.proposing import propose
from agent.domain.rules import Rule
from tests.unit.domain.building import (
    ALWAYS, contact, evidence, facts, material, past, play, playbook, rule, surface, touch,
)  # fmt: skip

RUNS = 300
AIM_MS = 10.0
PEOPLE = tuple(f"p{i}" for i in range(10))
CONTENTS = tuple(f"m{i}" for i in range(10))

_OF_DECISION = ("account.tier == 'gold'", "deal.amount > 1000000.0 && deal.stage in ['won', 'lost']")
_OF_CANDIDATE = (
    ("contact.opted_out", "deal.amount > 1000.0"),
    ("contact.role == 'billing'", "account.tier != 'smb'"),
    ("asset.strength < 0.1", "asset.language != contact.language"),
    ("history.sent_before", "history.days_since_rejected < 3.0"),
    ("candidate.discount_pct > params.limit", "deal.amount > 10.0"),
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
    of_decision = [rule(_OF_DECISION, id=f"a{i:02}") for i in range(25)]
    of_candidate = [rule(_OF_CANDIDATE[i % 5], id=f"b{i:02}", params={"limit": 50}) for i in range(25)]
    timed = [
        rule(("deal.amount > 10.0", "contact.role != 'legal'"), id=f"c{i:02}", layer="contact", **_TIMED[i % 5])
        for i in range(10)
    ]
    return playbook(*_as_rules(of_decision, of_candidate, timed), plays=[_play()], on=surface(mode="suggest"))


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


def _as_rules(*parts: Sequence[Rule]) -> list[Rule]:
    return [one for part in parts for one in part]


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


def timings(book: Playbook, given: Evidence, candidates: Sequence[Candidate], runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of judging, and of scoring, ranking and routing, for each run."""
    judging, concluding = [], []
    for _ in range(runs):
        start = process_time()
        verdicts = gate(book, given, candidates)
        middle = process_time()
        conclude(book, given, candidates, verdicts)
        judging.append((middle - start) * 1000)
        concluding.append((process_time() - middle) * 1000)
    return judging, concluding


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def main() -> int:
    """Print p50 and p95; fail when the whole misses the aim."""
    book, given = the_playbook(), the_evidence()
    candidates = propose(book, given)
    timings(book, given, candidates, 5)
    gc.collect()
    judging, concluding = timings(book, given, candidates, RUNS)
    whole = [a + b for a, b in zip(judging, concluding, strict=True)]
    print(f"{len(candidates) - 1} candidates x {len(book.rules)} rules, {RUNS} runs, in ms")
    for name, values in (("judge", judging), ("score, rank, route", concluding), ("whole", whole)):
        print(f"  {name:<20} p50 {percentile(values, 0.5):6.2f}   p95 {percentile(values, 0.95):6.2f}")
    missed = percentile(whole, 0.95) > AIM_MS
    print(f"  aim: p95 of the whole <= {AIM_MS:g} ms: {'missed' if missed else 'met'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
