"""Every promise that a fleet broke, in a sentence each. It reads the database and the logs of the world outside, and uses none of our code for it."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.chaos.checker import broken_chain, unaudited
from tests.chaos.fleet.evidence import Evidence
from tests.chaos.fleet.lines import Row

MARKER = re.compile(r"\bnp-[0-9a-f]{24}\b")
ENDED = ("closed", "parked")
"""The states in which an event may end here, where nothing fails for ever: dead letters would be events that an outage killed."""

APPROVED = ("approved", "edited")
SAYS_YES = ("approve", "edit")
ENDS_AS = {"approve": "approved", "edit": "edited", "reject": "rejected"}
"""What an answer that counts makes of its ask."""

WRITES: dict[str, tuple[int, ...]] = {"done": (1,), "unknown": (0, 1), "failed": (0,), "planned": (0,)}
"""How often the effect of a ledger entry may stand in the helpdesk's log."""


def violations(evidence: Evidence) -> list[str]:
    """All of them."""
    checks = (lost, changed, miscounted, unfinished, not_once, unapproved, taken_back, broken_chain, unaudited)
    return [sentence for check in checks for sentence in check(evidence)]


def lost(evidence: Evidence) -> Iterator[str]:
    """Every event that was acknowledged is in the inbox, once, and its run has come to an end."""
    inbox = {(row["source"], row["event_id"]): row for row in evidence.rows["inbox"]}
    runs = Counter(row["id"] for row in evidence.rows["runs"])
    states = {row["id"]: row["state"] for row in evidence.rows["runs"]}
    decided = Counter(row["run_id"] for row in evidence.rows["decisions"])
    for source, event in {(line["source"], line["event"]) for line in evidence.acknowledged}:
        if (source, event) not in inbox:
            yield f"{source} {event} was acknowledged and is lost"
    for (source, event), row in inbox.items():
        if runs[row["run_id"]] != 1 or states.get(row["run_id"]) not in ENDED:
            yield f"{source} {event} has {runs[row['run_id']]} runs and ended as {states.get(row['run_id'])}"
        if decided[row["run_id"]] > 1:
            yield f"{source} {event} was decided {decided[row['run_id']]} times"


def changed(evidence: Evidence) -> Iterator[str]:
    """What is kept of an event is what its sender sent."""
    sent = _bodies(evidence)
    for row in evidence.rows["inbox"]:
        bodies = sent.get((row["source"], row["event_id"]))
        if bodies is not None and bytes(row["raw"]) not in bodies:
            yield f"{row['source']} {row['event_id']} is kept otherwise than it was sent"


def miscounted(evidence: Evidence) -> Iterator[str]:
    """Of each event every further body, and nothing else, is set aside, once."""
    expected = {(*event, _sha(body)) for event, bodies in _bodies(evidence).items() for body in bodies}
    first = {(row["source"], row["event_id"], _sha(bytes(row["raw"]))) for row in evidence.rows["inbox"]}
    aside = Counter((row["source"], row["event_id"], _sha(bytes(row["raw"]))) for row in evidence.rows["quarantine"])
    for one in (expected - first) ^ aside.keys():
        yield f"{one[0]} {one[1]}: another body under the same id was set aside {aside[one]} times"
    yield from (f"{one[0]} {one[1]} was set aside {count} times" for one, count in aside.items() if count > 1)


def unfinished(evidence: Evidence) -> Iterator[str]:
    """Asks, steps and messages have come to an end, and what is unknown has parked its run."""
    parked = {row["decision_id"] for row in evidence.rows["runs"] if row["state"] == "parked"}
    going = _going_ahead(evidence)
    for row in evidence.rows["actions"]:
        if row["state"] == "started" or (row["state"] == "planned" and row["decision_id"] in going):
            yield f"{row['key']} is still {row['state']}: {row['error']}"
        if row["state"] == "unknown" and row["decision_id"] not in parked:
            yield f"{row['key']} is unknown, and nobody is told"
    yield from (f"the ask {row['id']} is still {row['state']}" for row in evidence.rows["approvals"] if row["state"] in ("open", "snoozed"))
    yield from (f"the message {row['id']} was not delivered" for row in evidence.rows["messages"] if row["delivered_at"] is None)


def not_once(evidence: Evidence) -> Iterator[str]:
    """No effect stands twice in the helpdesk's own log, by its marker or by what it says; and it agrees with the ledger."""
    writes = Counter(marker for effect in evidence.effects for marker in _markers(effect))
    ledger = {row["key"]: row for row in evidence.rows["actions"]}
    for key, row in ledger.items():
        if writes[key] not in WRITES.get(row["state"], (0, 1)):
            yield f"{key} ({row['kind']}) is {row['state']}, and was done {writes[key]} times"
    yield from (f"{key} was done {writes[key]} times, and is in no ledger" for key in writes.keys() - ledger.keys())
    yield from (f"{effect['name']} on {effect['target']} carries no marker" for effect in evidence.effects if not _markers(effect))
    shown = Counter((row["kind"], row["target"]) for row in ledger.values() if row["customer_visible"] and row["state"] in ("done", "unknown"))
    yield from (f"{target} got {count} times {kind}" for (kind, target), count in shown.items() if count > 1)


def unapproved(evidence: Evidence) -> Iterator[str]:
    """What needed approval was done after everybody of the last round had approved exactly this; by people who may, and who said so."""
    asks: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.rows["approvals"]:
        asks[row["decision_id"]].append(row)
    given = {(line["ask"], line["who"]) for line in evidence.answered if line["said"] in SAYS_YES}
    done = {marker: effect["at"] for effect in evidence.effects for marker in _markers(effect)}
    for row in evidence.rows["actions"]:
        if not row["needs_approval"] or row["key"] not in done:
            continue
        latest = [ask for ask in asks[row["decision_id"]] if ask["round"] == max(one["round"] for one in asks[row["decision_id"]])]
        if not latest or any(ask["state"] not in APPROVED or ask["digest"] != row["digest"] for ask in latest):
            yield f"{row['key']} was done without an approval of its content"
        for ask in latest:
            if ask["answered_by"] not in json.loads(ask["allowed"]):
                yield f"{row['key']} was approved by {ask['answered_by']}, who may not"
            if ask["state"] in APPROVED and _moment(ask["at"])[:19] > _moment(done[row["key"]])[:19]:
                yield f"{row['key']} was done at {done[row['key']]}, before it was approved at {ask['at']}"
    confirmed = {line["ask"] for line in evidence.answered}
    for ask in evidence.rows["approvals"]:
        if ask["state"] in APPROVED and ask["id"] in confirmed and (ask["id"], ask["answered_by"]) not in given:
            yield f"{ask['id']} counts as approved by {ask['answered_by']}, who never said so"


def taken_back(evidence: Evidence) -> Iterator[str]:
    """An answer that was confirmed counts, and stays; so does every end of an ask that was ever seen."""
    asks = {row["id"]: row for row in evidence.rows["approvals"]}
    won = [line for line in evidence.answered if line["won"]]
    for line in won:
        ask, expected = asks.get(line["ask"]), ENDS_AS[line["said"]]
        if ask is None or (ask["state"], ask["answered_by"]) != (expected, line["who"]):
            now = f"{ask['state']} by {ask['answered_by']}" if ask else "lost"
            yield f"{line['ask']}: {line['who']} was told that {line['said']} counts, and it is {now}"
    yield from (f"{count} answers to {ask} were told to count" for ask, count in Counter(line["ask"] for line in won).items() if count > 1)
    for id_, then in evidence.ended_asks.items():
        found = asks.get(id_, {})
        if any(found.get(name) != value for name, value in then.items()):
            yield f"{id_} was {then}, and is {found.get('state')} by {found.get('answered_by')}"


def figures(evidence: Evidence) -> dict[str, Any]:
    """What happened, in numbers."""
    states = Counter(row["state"] for row in evidence.rows["actions"])
    doubted = {row["ref"] for row in evidence.rows["audit"] if row["kind"] == "action.unknown"}
    return {
        "acknowledged": len(evidence.acknowledged), "events": len(evidence.rows["inbox"]), "conflicts": len(evidence.rows["quarantine"]),
        "runs": dict(Counter(row["state"] for row in evidence.rows["runs"])), "decisions": len(evidence.rows["decisions"]),
        "asks": dict(Counter(row["state"] for row in evidence.rows["approvals"])), "actions": dict(states), "effects": len(evidence.effects),
        "effects after an approval": sum(bool(row["needs_approval"]) and row["state"] == "done" for row in evidence.rows["actions"]),
        "unknown for a while": len(doubted), "audit entries": len(evidence.rows["audit"]),
    }  # fmt: skip


def _going_ahead(evidence: Evidence) -> set[str]:
    """The decisions whose last round nobody refused."""
    refused = {row["decision_id"] for row in evidence.rows["approvals"] if row["state"] not in APPROVED}
    return {row["id"] for row in evidence.rows["decisions"]} - refused


def _bodies(evidence: Evidence) -> dict[tuple[str, str], set[bytes]]:
    found: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    for line in evidence.acknowledged:
        found[line["source"], line["event"]].add(line["body"].encode())
    return found


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _markers(effect: Row) -> set[str]:
    return {*MARKER.findall(json.dumps(effect["content"]))}


def _moment(text: str) -> str:
    return text.replace("T", " ")
