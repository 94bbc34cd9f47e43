"""Webhooks as their vendors send them: signed, over TCP, twice, in disorder, by strangers and by enemies; the engine runs meanwhile."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.arrivals import run_id_of
from integrations.bootstrap import Workspace
from integrations.sandbox import records
from integrations.tokens import mint
from tests.acceptance.scenarios.world import World
from tests.acceptance.serving import KEYS, Served, serving, signed
from tests.acceptance.workspaces import DATABASE, START

Row = dict[str, Any]

SUBSCRIPTION = 4210
UNKNOWN_DEALS = (911, 912, 913)
QUICK = 12.0
"""How many minutes before START the first of two quick changes happened."""


@pytest.fixture
async def served(folder: Path, quiet_world: Path) -> AsyncIterator[Served]:
    async with serving(folder, quiet_world) as served:
        now = datetime.now(START.tzinfo)
        text, row = mint("ann@tessera.example", "viewer", now=now, ttl=timedelta(hours=1), random=lambda n: b"v" * n)
        await served.workspace.store.add_token(row)
        served.tokens["viewer"] = text
        yield served


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What the database holds, read beside the server."""
    with closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def kept(folder: Path) -> dict[str, int]:
    """How much is stored of what arrived."""
    return {table: rows(folder, f"SELECT count(*) FROM {table}")[0][0] for table in ("inbox", "runs", "decisions", "quarantine")}


def of_event(source: str, event_id: str) -> str:
    """The decision of an event."""
    return run_id_of(source, event_id).replace("run_", "dec_", 1)


async def decided(served: Served, wanted: Sequence[str]) -> dict[str, Row]:
    """Wait until the API shows these decisions and nothing is left to do; every decision by its id."""

    async def found() -> dict[str, Row] | None:
        listed = {row["id"]: row for row in (await served.get("decisions", limit=500))["decisions"]}
        return listed if set(wanted) <= listed.keys() and not await served.workspace.service.due() else None

    return await served.until(found)


# --- HubSpot ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One property change of a deal, `minutes` before START. `fate` is what must become of it."""

    number: int
    deal: int
    minutes: float
    fate: str
    name: str = "dealstage"
    source: str = "CRM_UI"
    actor: str = "userId:901"

    @property
    def id(self) -> str:
        return f"{SUBSCRIPTION}:{self.number}:{self.deal}:{self._occurred}"

    @property
    def run(self) -> str:
        return run_id_of("hubspot", self.id)

    @property
    def decision(self) -> str:
        return self.run.replace("run_", "dec_", 1)

    @property
    def _occurred(self) -> int:
        return int((START - timedelta(minutes=self.minutes)).timestamp() * 1000)

    def sent(self, attempt: int = 0) -> Row:
        """As HubSpot sends it: every other one in the newer form."""
        newer = {"subscriptionType": "object.propertyChange", "objectTypeId": "0-3"}
        form = newer if self.number % 2 else {"subscriptionType": "deal.propertyChange"}
        return {
            "eventId": self.number, "subscriptionId": SUBSCRIPTION, "portalId": 62515, "appId": 54321, "occurredAt": self._occurred, **form,
            "attemptNumber": attempt, "objectId": self.deal, "propertyName": self.name, "propertyValue": "contractsent",
            "changeSource": self.source, "sourceId": self.actor,
        }  # fmt: skip


async def linked_deals(workspace: Workspace) -> dict[int, str]:
    """HubSpot's ids of the deals that are linked, with ours."""
    links = await workspace.database.glance(lambda connection: records.all_of(connection, "links"))
    return {int(link.data["external_id"]): link.data["id"] for link in links if (link.data["source"], link.data["kind"]) == ("hubspot", "deal")}


def history(deals: Sequence[int]) -> list[Change]:
    """92 changes of 60 deals: plain ones, older news of 20, quick changes of 8, an import of 4, strangers, and a property nobody asked about."""
    imported, others = deals[:4], deals[4:]
    told = [(deal, 10.0, "decided", "dealstage", "CRM_UI") for deal in others[8:]]
    told += [(deal, 40.0, "superseded", "dealstage", "CRM_UI") for deal in others[8:28]]
    told += [(deal, QUICK, "superseded", "dealstage", "CRM_UI") for deal in others[:8]]
    told += [(deal, 11.5, "superseded", "dealstage", "CRM_UI") for deal in others[:8]]
    told += [(deal, 9.0, "held", "dealstage", "IMPORT") for deal in imported]
    told += [(deal, 8.0, "identity_unresolved", "dealstage", "CRM_UI") for deal in UNKNOWN_DEALS]
    told += [(deal, 7.0, "closed", "amount", "CRM_UI") for deal in others[:4]]
    return [
        Change(7000 + i, deal, minutes, fate, name, source, "userId:77" if fate == "held" else f"userId:{900 + i % 5}")
        for i, (deal, minutes, fate, name, source) in enumerate(told)
    ]


async def test_a_hubspot_batch_in_disorder_and_twice_is_decided_once_each_on_the_newest(served: Served, folder: Path) -> None:
    deals = await linked_deals(served.workspace)
    changes = history(sorted(deals))
    batch = [change.sent() for change in changes] + [change.sent(attempt=1) for change in changes[::12]]
    batch.sort(key=lambda sent: (sent["eventId"] * 7919 % 997, sent["attemptNumber"]))
    assert len(batch) == 100
    assert len({change.deal for change in changes}) == 60

    again = [{**change, "attemptNumber": 1} for change in reversed(batch)]
    answers = await asyncio.gather(*(served.post("hubspot", body) for body in (batch, again, batch)))

    assert all(answer.status_code in (200, 202) for answer in answers)
    counts = Counter[str]()
    for answer in answers:
        counts.update(answer.json())
    assert counts == {"new": len(changes), "duplicate": 300 - len(changes), "conflict": 0}

    settled = [of_event("clock", f"settled:deal:{deals[c.deal]}:{c.id}") for c in changes if c.minutes == QUICK]
    recorded = [change.decision for change in changes if change.fate not in ("closed", "held")]
    decisions = await decided(served, [*recorded, *settled])
    assert_one_run_each(folder, changes)
    assert_fates(decisions, changes)
    newest = [change.decision for change in changes if change.fate == "decided"] + settled
    assert_decided_once_each(decisions, newest)
    (hold,) = await served.workspace.service.holds()
    assert hold.events == 4


def assert_one_run_each(folder: Path, changes: Sequence[Change]) -> None:
    """Every unique change is in the inbox once, with one run, which has come to its end; no run has two decisions."""
    runs = dict(rows(folder, "SELECT runs.id, state FROM runs JOIN inbox ON inbox.run_id = runs.id WHERE source = 'hubspot'"))
    assert runs.keys() == {change.run for change in changes}
    assert len(runs) == len(changes)
    assert {runs[change.run] for change in changes if change.fate == "held"} == {"held"}
    assert {runs[change.run] for change in changes if change.fate not in ("decided", "held")} == {"closed"}
    assert set(runs.values()) <= {"closed", "asking", "waiting", "held"}
    assert rows(folder, "SELECT run_id FROM decisions GROUP BY run_id HAVING count(*) > 1") == []


def assert_fates(decisions: dict[str, Row], changes: Sequence[Change]) -> None:
    """What is old, quick, unknown or imported is recorded as that, and what nobody listens to is not."""
    for change in changes:
        row = decisions.get(change.decision)
        if change.fate == "closed":
            assert row is None
        elif change.fate not in ("decided", "held"):
            assert row is not None
            assert (row["route"], row["reasons"]) == ("suppressed", [change.fate])
    held = [decisions[change.decision] for change in changes if change.fate == "held" and change.decision in decisions]
    assert [(row["route"], row["reasons"]) for row in held] == [("suppressed", ["bulk_hold"])]


def assert_decided_once_each(decisions: dict[str, Row], newest: Sequence[str]) -> None:
    """Each deal with news is decided exactly once: on its newest change, or on the state once its quick changes had settled."""
    assert all(decisions[name]["route"] != "suppressed" for name in newest)
    worked = {row["id"]: row["subject_id"] for row in decisions.values() if row["route"] != "suppressed"}
    assert worked.keys() == set(newest)
    assert len(set(worked.values())) == len(newest)


# --- Zendesk and Standard Webhooks -----------------------------------------------------------------------------------


def ticket(number: str, event: str, kind: str = "ticket.created", **change: Any) -> Row:
    """A Zendesk event subscription's body."""
    at = (START - timedelta(minutes=2)).isoformat()
    return {
        "account_id": 22129848, "id": event, "type": f"zen:event-type:{kind}", "subject": f"zen:ticket:{number}", "time": at,
        "zendesk_event_version": "2022-11-06", "detail": {"id": number, "updated_at": at, "priority": "NORMAL"}, "event": change,
    }  # fmt: skip


def triggered(number: str) -> Row:
    """The body that a Zendesk trigger sends."""
    at = (START - timedelta(minutes=1)).isoformat()
    return {"type": "ticket.priority_changed", "ticket": {"id": number, "updated_at": at, "priority": "urgent"}, "actor": "36099"}


def event(name: str, type_: str, kind: str, subject: str, **more: Any) -> Row:
    """A canonical event."""
    at = (START - timedelta(minutes=3)).isoformat()
    return {"source": "billing", "id": name, "type": type_, "occurred_at": at, "subject": {"kind": kind, "id": subject}, **more}


async def test_tickets_from_zendesk_are_worked_on_once_however_often_they_come(served: Served) -> None:
    tickets = {number: ticket(number, f"zen-{number}") for number in ("tic_001", "tic_002", "tic_004", "tic_005", "tic_011", "nobody")}
    bodies = [*tickets.values(), triggered("tic_009")]

    answers = await asyncio.gather(*(served.post("zendesk", body) for body in bodies * 3))

    assert Counter(answer.status_code for answer in answers) == {202: len(bodies), 200: 2 * len(bodies)}
    changed = f"ticket.priority_changed:tic_009:{(START - timedelta(minutes=1)).isoformat()}"
    found = await decided(served, [of_event("zendesk", f"zen-{number}") for number in tickets] + [of_event("zendesk", changed)])
    assert len(found) == len(bodies)
    assert found[of_event("zendesk", "zen-tic_001")]["route"] == "act"
    assert found[of_event("zendesk", "zen-tic_002")]["reasons"] == ["required"]
    assert found[of_event("zendesk", "zen-tic_005")]["route"] == "ask"
    assert found[of_event("zendesk", "zen-tic_011")]["play"] == "refund-request"
    assert found[of_event("zendesk", "zen-nobody")]["reasons"] == ["identity_unresolved"]
    effects = await served.workspace.sandbox.effects.log()
    assert max(Counter((one["kind"], one["target"]) for one in effects).values()) == 1
    assert {"tic_001", "tic_002"} <= {one["target"] for one in effects if one["kind"] == "assign_group"}


async def test_standard_webhooks_of_any_system_are_decided_and_their_older_news_is_not(served: Served, folder: Path) -> None:
    told = [
        event("renewal-1", "contract.renewal_window", "contract", "ctr_023"),
        event("usage-1", "usage.dropped", "account", "acc_031", data={"change_30d": -0.34}),
        event("deal-now", "deal.stage_changed", "deal", "deal_001", version=7, data={"stage": "contract_sent"}),
        event("deal-before", "deal.stage_changed", "deal", "deal_001", version=5, data={"stage": "proposal"}),
        event("nobody-listens", "invoice.paid", "account", "acc_031"),
    ]
    answers = [await served.post("generic", body) for body in [*told, *reversed(told)]]

    assert [answer.status_code for answer in answers] == [202] * 5 + [200] * 5
    found = await decided(served, [of_event("billing", body["id"]) for body in told[:4]])
    assert len(found) == 4
    assert found[of_event("billing", "deal-before")]["reasons"] == ["superseded"]  # by one that came at the same moment: the clock stands still
    assert all(found[of_event("billing", name)]["route"] != "suppressed" for name in ("renewal-1", "usage-1", "deal-now"))
    assert rows(folder, "SELECT state FROM runs JOIN inbox ON run_id = runs.id WHERE event_id = 'nobody-listens'") == [("closed",)]


# --- strangers and enemies -------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {
    "hubspot": [Change(1, 24517731288, 5, "decided").sent()],
    "zendesk": ticket("tic_005", "zen-1"),
    "generic": event("evt-1", "usage.dropped", "account", "acc_031"),
}


NOTHING = {"inbox": 0, "runs": 0, "decisions": 0, "quarantine": 0}


async def test_what_is_forged_old_early_or_unsigned_is_refused_and_leaves_nothing(served: Served, folder: Path) -> None:
    for door, body in GOOD.items():
        url = f"{served.http.base_url}".rstrip("/") + f"/webhooks/{door}"
        forged = await served.post(door, body, key="whsec_Zm9yZ2VkIGtleSBvZiBzb21lYm9keSBlbHNlIQ==")
        old = await served.post(door, body, late=timedelta(minutes=6))
        early = await served.post(door, body, late=-timedelta(minutes=6))
        unsigned = await served.http.post(url, json=body)
        raw = json.dumps(body).encode()
        changed = await served.http.post(url, content=raw + b" ", headers=signed(door, raw, url))
        refused = [forged, old, early, unsigned, changed]
        assert [(answer.status_code, answer.content) for answer in refused] == [(401, b"")] * 5, door
    assert kept(folder) == NOTHING


async def test_bodies_that_are_too_large_or_no_json_are_refused_and_leave_nothing(served: Served, folder: Path) -> None:
    for door in KEYS:
        large = await served.post(door, b'["' + b"x" * (2 << 20) + b'"]')
        assert (large.status_code, "larger than" in large.json()["detail"]) == (413, True)
        for body in (b"", b"{", b"hello", b"\xff\xfe{}", b'{"a": 1, "a": 2}', b"[" * 100_000 + b"]" * 100_000):
            answer = await served.post(door, body)
            assert answer.status_code == 400, (door, body[:20], answer.text)
            assert answer.json()["detail"].startswith("The body ")
    assert kept(folder) == NOTHING


def test_the_same_id_with_another_body_is_set_aside_and_doctor_tells(folder: Path, quiet_world: Path) -> None:
    first = event("evt-1", "usage.dropped", "account", "acc_031", data={"change_30d": -0.3})
    forged = {**first, "subject": {"kind": "account", "id": "acc_055"}}

    async def deliver() -> list[tuple[int, Row]]:
        async with serving(folder, quiet_world) as served:
            answers = [await served.post("generic", body) for body in (first, forged, forged, first)]
        return [(answer.status_code, answer.json()) for answer in answers]

    new, conflict, same = ({"new": 0, "duplicate": 0, "conflict": 0, name: 1} for name in ("new", "conflict", "duplicate"))
    assert asyncio.run(deliver()) == [(202, new), (200, conflict), (200, conflict), (200, same)]

    told = World(folder).command("doctor", "--json").json
    (check,) = [check for check in told["checks"] if check["name"] == "quarantine"]
    assert (check["level"], check["text"].partition(":")[0]) == ("warn", "1 delivery")
    assert "not processed" in check["text"]
    assert told["ok"]
    assert rows(folder, "SELECT source, event_id, raw FROM quarantine") == [("billing", "evt-1", json.dumps(forged).encode())]
    assert rows(folder, "SELECT subject_id FROM inbox WHERE source = 'billing'") == [("acc_031",)]


HOSTILE_TEXT = ["nul \\u0000 inside", "\\ud800 alone", "\\udfff\\ud800", "\\u202e right to left", "\\uffff"]
HOSTILE_VALUES = [
    "NaN", "Infinity", "-Infinity", "1e999", "-1e308", "9" * 5000, "-" + "9" * 19, "0.1e-999", "true", "null", "[]", "{}", '[[["deep"]]]',
    '{"__proto__": {"polluted": true}}', "[" * 63 + "]" * 63, *(f'"{text}"' for text in HOSTILE_TEXT),
]  # fmt: skip
"""JSON values that a parser, a database, a formula or a template might choke on. All of them may stand in a signed body."""


HUBSPOT_FIELDS = {
    "eventId": "8000", "objectId": "24517731288", "occurredAt": "1794304700000", "propertyName": '"dealstage"', "propertyValue": '"contractsent"',
    "changeSource": '"CRM_UI"', "sourceId": '"userId:5"',
}  # fmt: skip


def hostile_hubspot(number: int, value: str) -> bytes:
    """A change in which the value stands in one of the fields that are read, another one each time."""
    fields = HUBSPOT_FIELDS | {"eventId": f"{8000 + number}"} | {list(HUBSPOT_FIELDS)[number % len(HUBSPOT_FIELDS)]: value}
    listed = ", ".join(f'"{name}": {text}' for name, text in fields.items())
    return f'[{{"subscriptionId": 1, "portalId": 1, "subscriptionType": "deal.propertyChange", {listed}}}]'.encode()


def hostile_zendesk(number: int, value: str) -> bytes:
    detail, change = (value, "{}") if number % 2 else ("{}", value)
    at = (START - timedelta(minutes=1)).isoformat()
    body = f'{{"id": "h-{number}", "type": "zen:event-type:ticket.created", "subject": "zen:ticket:tic_005", "time": "{at}", '
    return (body + f'"detail": {detail}, "event": {change}}}').encode()


def hostile_generic(number: int, value: str) -> bytes:
    type_, kind, subject, name = USED[number % len(USED)]
    body = json.dumps({**event(f"h-{number}", type_, kind, subject), "source": "shop"})
    return f'{body[:-1]}, "data": {{"{name}": {value}}}}}'.encode()


def hostile_bodies() -> list[tuple[str, bytes]]:
    """Each value in one place of each vendor's body, another one each time."""
    numbered = list(enumerate(HOSTILE_VALUES))
    makers = {"hubspot": hostile_hubspot, "zendesk": hostile_zendesk, "generic": hostile_generic}
    return [(door, make(number, value)) for door, make in makers.items() for number, value in numbered]


USED = [
    ("deal.discount_requested", "deal", "deal_024", "discount_pct"),
    ("deal.discount_requested", "deal", "deal_024", "requested_by"),
    ("deal.stage_changed", "deal", "deal_007", "change_source"),
    ("request.article", "ticket", "tic_033", "query"),
    ("request.article", "ticket", "tic_033", "request"),
    ("ticket.group_changed", "ticket", "tic_009", "group"),
    ("ticket.created", "ticket", "tic_004", "marker"),
]
"""Events whose data is read, and the field that is."""


async def test_hostile_values_in_signed_bodies_neither_crash_nor_block(served: Served, folder: Path) -> None:
    bodies = hostile_bodies()
    answers = [await served.post(door, body) for door, body in bodies]

    refused = [answer for answer in answers if answer.status_code not in (200, 202)]
    assert {answer.status_code for answer in refused} <= {400}
    assert all("nests deeper" in answer.json()["detail"] for answer in refused)
    assert len(refused) < len(bodies) / 10

    answer = await served.post("generic", event("after-all-that", "usage.dropped", "account", "acc_031"))
    assert answer.status_code == 202
    decisions = await decided(served, [of_event("billing", "after-all-that")])
    assert decisions[of_event("billing", "after-all-that")]["route"] != "suppressed"
    assert rows(folder, "SELECT runs.id, error FROM runs WHERE state IN ('dead', 'new') OR attempts > 0") == []
    for door in ("hubspot", "zendesk", "shop"):
        assert rows(folder, f"SELECT count(*) FROM inbox WHERE source = '{door}'")[0][0] > 10


async def test_an_import_that_calls_itself_released_is_held_all_the_same(served: Served) -> None:
    claim = {"change_source": "IMPORT", "released_by": "mallory@evil.example"}
    await served.post("generic", event("claim-1", "deal.stage_changed", "deal", "deal_018", actor="u_admin", data=claim))

    found = await decided(served, [of_event("billing", "claim-1")])

    assert found[of_event("billing", "claim-1")]["reasons"] == ["bulk_hold"]
