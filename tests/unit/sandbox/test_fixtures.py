"""Fixtures: merged by id, all or nothing, and every mistake named."""

import json
from collections import Counter

import pytest

from integrations.sandbox.fixtures import FixtureError, read_fixture
from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import START, HandClock
from tools.ports import Asked

BASE = """
people:
  - {id: u_1, email: u@x.example, name: Uma, roles: [sales_rep]}
calendars:
  - {id: cal, timezone: Europe/Berlin, hours: {mon: [9:00, 17:30], tue: [10:00, '24:00']}, holidays: [2026-12-25, {date: '@+1d', name: Away}]}
accounts:
  - {id: acc_1, name: Nord, owner: u_1, calendar: cal, dispute: true, industry: null}
contacts:
  - {id: con_1, account: acc_1, name: Ann}
deals:
  - {id: deal_1, account: acc_1, stage: proposal, amount: {amount: 100, currency: EUR}, close_date: '@+3d', version: 7, updated_at: '@-2d'}
"""


async def refused(sandbox: Sandbox, text: str) -> str:
    with pytest.raises(FixtureError) as caught:
        await sandbox.apply(text)
    return str(caught.value)


async def test_norway_is_a_country_and_yes_is_a_flag(sandbox: Sandbox) -> None:
    await sandbox.apply("accounts: [{id: acc_no, name: Nord AS, country: NO, language: no, dispute: yes, legal_hold: True, escalation_open: off}]")
    account = await sandbox.crm.account("acc_no")
    assert account is not None
    flags = {name: account.data[name] for name in ("country", "language", "dispute", "legal_hold", "escalation_open")}
    assert flags == {"country": "NO", "language": "no", "dispute": True, "legal_hold": True, "escalation_open": False}


async def test_records_are_stored_with_resolved_times(sandbox: Sandbox) -> None:
    assert await sandbox.apply(BASE) == {"people": 1, "calendars": 1, "accounts": 1, "contacts": 1, "deals": 1}
    deal = await sandbox.crm.deal("deal_1")
    assert deal is not None
    assert deal.data["close_date"] == "2026-11-26T10:00:00Z"
    assert (deal.version, deal.as_of.isoformat()) == (7, "2026-11-21T10:00:00+00:00")
    calendar = await sandbox.directory.calendar("cal")
    assert calendar is not None
    assert calendar.hours == {0: (540, 1050), 1: (600, 1440)}
    assert {day.isoformat() for day in calendar.holidays} == {"2026-12-25", "2026-11-24"}


async def test_json_is_a_fixture_too(sandbox: Sandbox) -> None:
    assert await sandbox.apply(json.dumps({"accounts": [{"id": "acc_1", "name": "N"}]})) == {"accounts": 1}


async def test_a_record_keeps_what_a_later_fixture_does_not_name(sandbox: Sandbox, clock: HandClock) -> None:
    await sandbox.apply(BASE)
    clock.forward(hours=1)
    await sandbox.apply("accounts: [{id: acc_1, dispute: false, tier: smb}]")
    account = await sandbox.crm.account("acc_1")
    assert account is not None
    assert account.data == {
        "id": "acc_1", "name": "Nord", "owner": "u_1", "calendar": "cal", "dispute": False, "industry": None, "tier": "smb",
    }  # fmt: skip
    assert (account.version, account.as_of) == (2, clock.now)


async def test_a_fixture_may_set_the_version_and_otherwise_it_moves_on(sandbox: Sandbox) -> None:
    await sandbox.apply(BASE)
    await sandbox.apply("deals: [{id: deal_1, stage: negotiation}]")
    deal = await sandbox.crm.deal("deal_1")
    assert deal is not None
    assert (deal.version, deal.as_of, deal.data["stage"]) == (8, START, "negotiation")


async def test_a_deleted_record_is_gone_from_reads_and_remembered(sandbox: Sandbox) -> None:
    await sandbox.apply(BASE)
    await sandbox.apply("deals: [{id: deal_1, deleted: true}]")
    assert await sandbox.crm.deal("deal_1") is None
    assert await sandbox.crm.due("deal", START) == []
    assert await sandbox.crm.known("deal", "deal_1") == "deleted"
    assert await sandbox.crm.known("deal", "deal_2") is None
    await sandbox.apply("deals: [{id: deal_1, stage: won}]")
    assert await sandbox.crm.known("deal", "deal_1") == "here"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accountz: []", "there is no key 'accountz'"),
        ("accounts: [{id: acc_9, name: N, colour: red}]", "accounts acc_9 (line 1): field 'colour': there is no such field"),
        ("accounts: [{id: acc_9}]", "accounts acc_9 (line 1): field 'name': is required"),
        ("deals:\n- {id: d, account: acc_1, stage: proposl}", "deals d (line 2): field 'stage': Input should be 'discovery'"),
        ("deals: [{id: d, account: acc_0, stage: won}]", "deals d (line 1): field 'account': there is no accounts 'acc_0'"),
        ("links: [{source: s, external_id: x, kind: deal, id: deal_9}]", "field 'id': there is no deals 'deal_9'"),
        ("usage: [{account: acc_1, as_of: soon}]", "usage acc_1 (line 1): field 'as_of': 'soon' is not a time"),
        ("accounts: [{id: acc_1, timezone: Berlin}]", "field 'timezone': 'Berlin' is not a time zone"),
        ("accounts: [{id: acc_1, arr: {amount: 1, currency: euro}}]", "field 'arr.currency'"),
        ("people: [{id: u_1, roles: [boss]}]", "'boss' is not a role"),
        ("accounts: [{id: acc_77, deleted: true}]", "there is no such record to delete"),
        ("accounts: [{id: 5, name: N}]", "field 'id': Input should be a valid string"),
        ("accounts: [{id: a, name: N, name: M}]", "field 'name' is given twice"),
        ("accounts: []\naccounts: []", "line 2: 'accounts' is given twice"),
        ("accounts: 7", "'accounts' must hold a list of records"),
        ("- 1", "must be a mapping of keys"),
        ("accounts: [", "is not valid YAML"),
        ("faults: [{source: crm, mode: unknowable}]", "only 'effects' can be unknowable"),
        ("calendars: [{id: c, timezone: UTC, hours: {mon: ['17:00', '09:00']}}]", "opening must come first"),
    ],
)
async def test_a_mistake_is_named_by_key_id_field_and_line(sandbox: Sandbox, text: str, says: str) -> None:
    await sandbox.apply(BASE)
    assert says in await refused(sandbox, text)


async def test_one_mistake_refuses_everything_and_all_mistakes_are_listed(sandbox: Sandbox) -> None:
    text = "accounts:\n- {id: good, name: G}\n- {id: bad}\n- {id: worse, name: W, owner: u_none}"
    said = await refused(sandbox, text)
    assert "accounts bad (line 3)" in said
    assert "accounts worse (line 4): field 'owner': there is no people 'u_none'" in said
    assert await sandbox.crm.account("good") is None


async def test_records_may_point_at_each_other_in_any_order(sandbox: Sandbox) -> None:
    await sandbox.apply("accounts: [{id: a, name: A, parent: b}, {id: b, name: B}]")
    assert [m.id for m in await sandbox.crm.family("b")] == ["b", "a"]


async def test_what_was_deleted_can_no_longer_be_pointed_at(sandbox: Sandbox) -> None:
    await sandbox.apply(BASE)
    assert "there is no accounts 'acc_1'" in await refused(
        sandbox, "accounts: [{id: acc_1, deleted: true}]\ncontacts: [{id: c, account: acc_1, name: C}]"
    )


async def test_records_without_an_id_are_told_apart_by_what_they_are_about(sandbox: Sandbox) -> None:
    await sandbox.apply(BASE)
    consent = "consents: [{contact: con_1, purpose: marketing, channel: email, status: %s}]"
    await sandbox.apply(consent % "granted")
    await sandbox.apply(consent % "withdrawn")
    (contact,) = await sandbox.crm.contacts("acc_1")
    assert [c["status"] for c in contact.data["consents"]] == ["withdrawn"]


async def test_a_touch_and_a_ticket_belong_to_their_contacts_account(sandbox: Sandbox) -> None:
    await sandbox.apply(BASE)
    await sandbox.apply("touches: [{contact: con_1, at: '@-1d', sender: u_1}]\ntickets: [{id: t, subject: S, requester: con_1}]")
    assert [t.account for t in (await sandbox.crm.touches(["acc_1"])).touches] == ["acc_1"]
    assert [t.id for t in await sandbox.helpdesk.tickets("acc_1")] == ["t"]


async def test_the_seed_applies_and_hangs_together(sandbox: Sandbox) -> None:
    counts = await sandbox.seed()
    assert counts["accounts"] >= 40
    assert counts["articles"] >= 40
    assert await sandbox.seed() == counts, "again, over itself"


async def test_of_the_seeded_customers_most_allow_a_model_and_some_do_not_or_have_not_said(sandbox: Sandbox) -> None:
    await sandbox.seed()
    found = [await sandbox.crm.account(f"acc_{number:03d}") for number in range(1, 59)]
    said = Counter(account.data.get("ai_processing") for account in found if account)
    assert said[True] > sum(said.values()) / 2
    assert min(said[False], said[None]) >= 5


async def test_reset_empties_the_sandbox(sandbox: Sandbox) -> None:
    await sandbox.seed()
    await sandbox.messenger.deliver("m", kind="ask", to=["a"], title="t", body="b", data={})
    await sandbox.reset()
    assert await sandbox.crm.due("deal", START) == []
    assert await sandbox.messenger.delivered() == []
    assert await sandbox.search.articles([Asked("webhook", here_only=False, language="en")], at_most=5) == [[]]


def test_the_place_of_a_record_names_its_file() -> None:
    (item,) = read_fixture("\naccounts:\n\n  - id: a", "world.yaml")
    assert item.place == "world.yaml, line 4"


def test_an_empty_fixture_is_nothing() -> None:
    assert read_fixture("") == []
    assert read_fixture("accounts:") == []


@pytest.mark.parametrize(
    ("fixture", "says"),
    [
        ("accounts: " + "[" * 100_000, "nests deeper than 64 levels"),
        ("accounts: [{id: acc_1, name: N, arr: {amount: .inf, currency: EUR}}]", "field 'arr.amount': Input should be a finite number"),
        ("accounts: [{id: acc_1, name: N, health: .nan}]", "field 'health': Input should be a finite number"),
        ("usage: [{account: acc_1, as_of: '@-1d', seats: 1" + "0" * 30 + "}]", "field 'seats': Input should be less than"),
        ('accounts: [{id: acc_1, name: "a\x00b"}]', "control characters are not allowed"),
    ],
)
async def test_what_no_database_can_hold_is_refused(sandbox: Sandbox, fixture: str, says: str) -> None:
    with pytest.raises(FixtureError, match=says):
        await sandbox.apply(fixture)


async def test_characters_of_four_bytes_are_kept_and_halves_of_them_replaced(sandbox: Sandbox) -> None:
    await sandbox.apply(r'{"accounts": [{"id": "acc_e", "name": "Smile \ud83d\ude00 \ud83d\u0000"}]}')
    account = await sandbox.crm.account("acc_e")
    assert account is not None
    assert account.data["name"] == "Smile \U0001f600 \ufffd\ufffd"
