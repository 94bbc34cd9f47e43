"""HubSpot, read over real HTTP: our own world comes back as it was, and whatever cannot be read says so."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import pytest

from integrations.sandbox.doubles.hubspot import search
from integrations.sandbox.doubles.hubspot.portal import Bulk, Owner, Thing
from integrations.sandbox.fixtures import Item
from integrations.sandbox.models import ENTRIES
from integrations.sandbox.seed import seed_items
from integrations.vendors.connector import Key, Read, own_id
from integrations.vendors.errors import Denied, Unsure
from integrations.vendors.hubspot.client import MOST_OF_A_SEARCH
from integrations.vendors.hubspot.connector import KEYS
from tests.integration.vendors.hub import START, Fast, Hub, joined


@pytest.fixture
async def world() -> AsyncIterator[Hub]:
    async with joined(filled=True) as hub:
        yield hub


@pytest.fixture
async def empty() -> AsyncIterator[Hub]:
    async with joined() as hub:
        yield hub


@cache
def seeded() -> list[Item]:
    return seed_items()


async def all_of(hub: Hub, key: Key, since: datetime | None = None) -> Read:
    read, cursor = Read(), None
    while True:
        page = await hub.connector.page(key, cursor, since)
        read, cursor = read + page.read, page.cursor
        if cursor is None:
            return read


def seed(key: str, own: str) -> dict[str, Any]:
    """A record of our own world, as its file says."""
    item = next(item for item in seeded() if item.key == key and item.fields["id"] == own)
    return ENTRIES[key].model_validate(item.fields, context={"at": START}).model_dump(mode="json", by_alias=True, exclude_none=True)


def told(hub: Hub, key: Key, own: str) -> str:
    return own_id("hubspot", key, hub.ids[own])


async def test_our_own_world_comes_back(world: Hub) -> None:
    (account,) = (await world.connector.one("accounts", world.ids["acc_001"])).told
    expected = seed("accounts", "acc_001")
    same = {"name", "domain", "tier", "lifecycle", "industry", "country", "timezone", "language", "plan", "products", "health", "ai_processing"}
    assert {name: account.fields[name] for name in same} == {name: expected[name] for name in same}
    assert (account.fields["arr"], account.fields["owner"]) == ({"amount": 48000, "currency": "EUR"}, told(world, "people", "u_katrin"))
    (deal,) = (await world.connector.one("deals", world.ids["deal_001"])).told
    expected = seed("deals", "deal_001")
    for name in ("stage", "name", "kind", "amount", "interest"):
        assert deal.fields[name] == expected[name]
    moments = {name: datetime.fromisoformat(deal.fields[name]) for name in ("stage_entered_at", "close_date", "last_activity_at")}
    assert moments == {name: datetime.fromisoformat(expected[name]) for name in moments}
    assert deal.fields["account"] == told(world, "accounts", "acc_001")
    assert deal.fields["primary_contact"] == told(world, "contacts", "con_001")
    assert {*deal.fields["contacts"]} == {told(world, "contacts", one) for one in ("con_001", "con_002")}
    assert deal.version == int(deal.as_of.timestamp() * 1000)
    assert deal.as_of == datetime.fromisoformat(expected["updated_at"])


async def test_everything_is_read_page_by_page_and_points_at_what_is_there(world: Hub) -> None:
    reads = {key: await all_of(world, key) for key in KEYS}
    assert {key: len(reads[key].faults) for key in KEYS} == dict.fromkeys(KEYS, 0)
    counts = {key: len(reads[key].told) for key in ("people", "accounts", "contacts", "deals", "tickets", "touches")}
    assert counts == {"people": 33, "accounts": 58, "contacts": 134, "deals": 57, "tickets": 90, "touches": 134}
    ids = {one.id for read in reads.values() for one in read.told}
    names = ("account", "owner", "csm", "parent", "contact", "requester", "assignee", "primary_contact", "discount_requested_by")
    assert [
        one for read in reads.values() for one in read.told for name in names if (one.fields.get(name) or next(iter(ids))) not in ids
    ] == []  # fmt: skip
    for key in KEYS:
        for one in reads[key].told:
            ENTRIES[key].model_validate({"id": one.id, **one.fields}, context={"at": START})


async def test_contracts_and_consents_are_read_out_of_what_holds_them(world: Hub) -> None:
    (contract,) = (await world.connector.of_account("contracts", world.ids["acc_001"])).told
    assert (contract.fields["notice_days"], contract.fields["auto_renew"], contract.fields["seats"]) == (60, True, 180)
    assert datetime.fromisoformat(contract.fields["end"]) == START + timedelta(days=310)
    assert contract.external_id == world.ids["acc_001"]
    assert (await world.connector.one("contracts", world.ids["acc_003"])).told == (), "no renewal, no contract"
    consents = {(one.fields["purpose"], one.fields["status"]) for one in (await world.connector.one("consents", world.ids["con_018"])).told}
    assert ("marketing", "withdrawn") in consents
    assert {one.fields["purpose"] for one in (await all_of(world, "consents")).told} == {"marketing", "service"}


async def test_what_belongs_to_one_account(world: Hub) -> None:
    expected = {key: {item.fields["id"] for item in seeded() if item.key == key and item.fields.get("account") == "acc_002"} for key in KEYS}
    for key in ("contacts", "deals"):
        read = await world.connector.of_account(key, world.ids["acc_002"])
        assert {one.id for one in read.told if one.key == key} == {told(world, key, one) for one in expected[key]}
    consents = [one for one in (await world.connector.of_account("contacts", world.ids["acc_002"])).told if one.key == "consents"]
    assert {one.fields["contact"] for one in consents} == {told(world, "contacts", one) for one in expected["contacts"]}, (
        "they come with the contacts"
    )
    assert await world.connector.of_account("consents", world.ids["acc_002"]) == Read()
    touches = (await world.connector.of_account("touches", world.ids["acc_002"])).told
    assert touches
    assert {one.fields["account"] for one in touches} == {told(world, "accounts", "acc_002")}
    assert {one.fields["channel"] for one in touches} == {"email"}


async def test_somebody_new_is_known_as_soon_as_they_own_something(world: Hub) -> None:
    await world.connector.one("deals", world.ids["deal_001"])
    world.time.passes(15)
    world.portal.owners["7999"] = Owner("7999", "new@tessera.example", "New", "Person")
    world.portal.update("deals", world.ids["deal_001"], {"hubspot_owner_id": "7999"})
    assert (await world.connector.one("deals", world.ids["deal_001"])).told[0].fields["owner"] == "hubspot-person-7999"


async def test_people_with_their_roles_also_those_who_left(world: Hub) -> None:
    people = {one.fields["email"]: one.fields for one in (await all_of(world, "people")).told}
    assert people["katrin.albrecht@tessera.example"]["roles"] == ["sales_rep"]
    assert [one["active"] for one in people.values()].count(False) == 1
    (account,) = (await world.connector.one("accounts", world.ids["acc_032"])).told
    owner = (await world.connector.one("people", str(account.fields["owner"]).rpartition("-")[2])).told[0]
    assert owner.fields["active"] is False, "who left still owns it, and that is seen"


async def test_only_what_changed_is_read_again(world: Hub) -> None:
    world.time.passes(600)
    since = world.time.now()
    world.portal.update("deals", world.ids["deal_002"], {"dealstage": "closedwon"})
    world.portal.update("contacts", world.ids["con_004"], {"jobtitle": "Director"})
    assert {one.id: one.fields["stage"] for one in (await all_of(world, "deals", since)).told} == {told(world, "deals", "deal_002"): "won"}
    assert [one.fields["title"] for one in (await all_of(world, "contacts", since)).told] == ["Director"]
    assert (await all_of(world, "accounts", since)).told == ()


async def test_what_was_deleted_or_merged_since_is_gone(world: Hub) -> None:
    world.time.passes(600)
    since = world.time.now()
    ids = world.ids
    world.portal.archive("deals", ids["deal_003"])
    world.portal.merge("companies", ids["acc_001"], ids["acc_002"])
    assert (await all_of(world, "deals", since)).gone == {told(world, "deals", "deal_003"): None}
    assert (await world.connector.one("deals", ids["deal_003"])).gone == {told(world, "deals", "deal_003"): None}
    survivor = told(world, "accounts", "acc_001")
    for read in (await all_of(world, "accounts", since), await world.connector.one("accounts", ids["acc_002"])):
        assert read.gone[told(world, "accounts", "acc_002")] == survivor
        assert [one.id for one in read.told] == [survivor]
    (deal,) = (await world.connector.one("deals", ids["deal_002"])).told
    assert deal.fields["account"] == survivor, "its deals are the survivor's"
    world.portal.archive("companies", ids["acc_003"])
    assert (await world.connector.of_account("deals", ids["acc_003"])).gone[told(world, "accounts", "acc_003")] is None


async def test_what_was_deleted_is_gone_through_four_times_a_day(world: Hub) -> None:
    walks = []
    for passes, name in ((600, "deal_003"), (600, "deal_004"), (6 * 3600, "deal_005")):
        world.time.passes(passes)
        since = world.time.now()
        world.portal.archive("deals", world.ids[name])
        world.time.passes(300)
        walks.append({*(await all_of(world, "deals", since)).gone})
    first, second, third = (told(world, "deals", name) for name in ("deal_003", "deal_004", "deal_005"))
    assert walks == [{first}, set(), {second, third}]


async def test_more_changes_than_a_search_gives_are_all_read(empty: Hub) -> None:
    for index in range(450):
        empty.portal.create("companies", {"name": f"C{index}"})
    read = await all_of(empty, "accounts", START)
    assert len({one.id for one in read.told}) == len(read.told) == 450
    empty.portal.bulk = Bulk(50_000, 200_000, START)
    first = await empty.connector.page("deals", None, None)
    assert (first.total, len(first.read.told), first.read.faults) == (200_000, 100, ())
    far = await empty.connector.page("deals", "deals:living:1000199950", None)
    assert (len(far.read.told), far.cursor) == (49, None)
    since = await empty.connector.page("deals", "deals:living:1000150000", START)
    assert (len(since.read.told), since.cursor) == (200, "deals:living:1000150200"), "far beyond the 10,000 that one search gives"


@pytest.mark.parametrize("cursor", ["x", "deals", "deals:living", "deals:living:x", "deals:deleted:1", "contacts:living:1", ""])
async def test_a_cursor_of_another_kind_is_refused(empty: Hub, cursor: str) -> None:
    if cursor in ("", "deals:living"):
        assert (await empty.connector.page("deals", cursor, None)).cursor is None
        return
    with pytest.raises(ValueError, match="begin again"):
        await empty.connector.page("deals", cursor, None)


def deal_of(hub: Hub, *companies: Thing, **properties: str) -> Thing:
    given: dict[str, str | None] = {"dealname": "A", "pipeline": "default", "dealstage": "contractsent", **properties}
    deal = hub.portal.create("deals", given)
    for company in companies:
        hub.portal.link("deals", deal.id, "companies", company.id, 341)
    return deal


async def test_what_cannot_be_said_in_our_words_is_a_fault_and_never_a_guess(empty: Hub) -> None:
    company, other = empty.portal.create("companies", {"name": "A"}), empty.portal.create("companies", {"name": "B"})
    empty.portal.owners["7"] = Owner("7", "gone@b.example", "Gone", "By", archived=True)
    one = empty.connector.one
    for deal, why in (
        (deal_of(empty, company, dealstage="777"), "stage '777' of pipeline 'default' is not listed under `stages`"),
        (deal_of(empty, company, pipeline="new"), "stage 'contractsent' of pipeline 'new' is not listed"),
        (deal_of(empty), "belongs to no company"), (deal_of(empty, company, other), "none of them is the primary one"),
    ):  # fmt: skip
        read = await one("deals", deal.id)
        assert read.told == ()
        assert why in read.faults[0].why
    for properties, why, kept in (
        ({"hubspot_owner_id": "999"}, "hubspot_owner_id is 999, which is nobody", {}), ({"hubspot_owner_id": "7"}, "", {"owner": "hubspot-person-7"}),
        ({"amount": "12", "deal_currency_code": "GBP"}, "", {"amount": {"amount": 12, "currency": "GBP"}}),
        ({"amount": "12"}, "", {"amount": {"amount": 12, "currency": "EUR"}}), ({"amount": "12,5"}, "amount is not a number", {}),
        ({"amount": "-1"}, "amount is below zero", {}), ({"amount": "1", "deal_currency_code": "euro"}, "amount is not as it has to be", {}),
        ({"dealtype": "odd"}, "dealtype has the value 'odd', which is not listed under `kinds`", {}),
        ({"closedate": "soon"}, "closedate is not a date", {}),
        ({"dealname": "<b>A &amp; B</b><script>x()</script>"}, "", {"name": "A & B"}),
        ({"nextplay_requested_discount_pct": "150"}, "not as it has", {}),
    ):  # fmt: skip
        read = await one("deals", deal_of(empty, company, **properties).id)
        assert [why in fault.why for fault in read.faults] == ([True] if why else []), read.faults
        assert {**read.told[0].fields, **kept} == read.told[0].fields
        assert why == "" or not {"amount", "owner", "kind", "close_date"} & {*read.told[0].fields}


async def test_of_several_companies_the_primary_one_counts(empty: Hub) -> None:
    company, other = empty.portal.create("companies", {"name": "A"}), empty.portal.create("companies", {"name": "B"})
    deal = deal_of(empty, other)
    empty.portal.link("deals", deal.id, "companies", company.id)
    assert (await empty.connector.one("deals", deal.id)).told[0].fields["account"] == own_id("hubspot", "accounts", company.id)


async def test_names_and_texts_of_other_kinds(empty: Hub) -> None:
    company = empty.portal.create("companies", {"name": "Ünïcode & Söhne 株式会社", "timezone": "Mars", "country": "Germany"})
    read = await empty.connector.one("accounts", company.id)
    assert read.told[0].fields == {"name": "Ünïcode & Söhne 株式会社", "currency": "EUR"}
    assert "timezone is not a time zone" in read.faults[0].why
    contact = empty.portal.create("contacts", {"lastname": "O'Neil", "hs_timezone": "america_slash_new_york", "hs_language": "pt-br"})
    empty.portal.link("contacts", contact.id, "companies", company.id)
    (told_,) = (await empty.connector.one("contacts", contact.id)).told
    assert {name: told_.fields[name] for name in ("name", "timezone", "language")} == {
        "name": "O'Neil", "timezone": "America/New_York", "language": "pt",
    }  # fmt: skip
    nameless, alone = empty.portal.create("companies", {}), empty.portal.create("contacts", {"email": "a@b.example"})
    assert "neither a name nor a domain" in (await empty.connector.one("accounts", nameless.id)).faults[0].why
    assert "belongs to no company" in (await empty.connector.one("contacts", alone.id)).faults[0].why


@pytest.mark.parametrize(
    ("properties", "touch"),
    [
        ({"hs_email_direction": "EMAIL", "hs_email_status": "BOUNCED"}, ("out", "bounced", "hubspot")),
        ({"hs_email_direction": "INCOMING_EMAIL"}, ("in", "sent", "contact")), ({"hs_email_direction": "EMAIL", "hs_email_status": "FAILED"}, None),
        ({"hs_email_direction": "DRAFT_EMAIL"}, None), ({"hs_email_from_email": "news@a.example"}, ("out", "sent", "news@a.example")),
    ],
)  # fmt: skip
async def test_an_email_is_a_touch_for_each_who_got_it(empty: Hub, properties: dict[str, Any], touch: Any) -> None:
    contacts = [empty.portal.create("contacts", {"email": f"{name}@b.example"}).id for name in "ab"]
    email = empty.portal.create("emails", {"hs_timestamp": "2026-11-20T10:00:00Z", **properties})
    for contact in contacts:
        empty.portal.link("emails", email.id, "contacts", contact)
    read = await empty.connector.one("touches", f"emails-{email.id}")
    got = [(one.fields["contact"], one.fields["direction"], one.fields["status"], one.fields["sender"]) for one in read.told]
    own = [own_id("hubspot", "contacts", one) for one in contacts]
    expected = [(one, *touch[:2], one if touch[2] == "contact" else touch[2]) for one in own] if touch else []
    assert got == expected


@pytest.mark.parametrize(
    ("type_", "properties", "why"),
    [
        ("emails", {"hs_timestamp": "soon"}, "hs_timestamp is not a date"), ("emails", {}, "at is not as it has to be"),
        ("emails", {"hs_timestamp": "2026-11-20T10:00:00Z", "hs_email_status": "LOST"}, "nobody knows whether it was sent"),
        ("meetings", {"hs_timestamp": "2026-11-20T10:00:00Z", "hs_meeting_outcome": "Postponed for ever"}, "nobody knows whether it was sent"),
    ],
)  # fmt: skip
async def test_a_touch_that_cannot_be_read_is_a_fault_that_says_whose_it_is(empty: Hub, type_: str, properties: dict[str, Any], why: str) -> None:
    company, contact = empty.portal.create("companies", {"name": "A"}).id, empty.portal.create("contacts", {"email": "a@a.example"}).id
    thing = empty.portal.create(type_, properties)
    empty.portal.link(type_, thing.id, "contacts", contact)
    [fault] = (await empty.connector.one("touches", f"{type_}-{thing.id}")).faults
    assert (fault.about, fault.external_id) == (own_id("hubspot", "contacts", contact), f"{type_}-{thing.id}-{contact}")
    assert fault.as_of is not None
    assert why in fault.why
    empty.portal.link(type_, thing.id, "companies", company)
    [fault] = (await empty.connector.one("touches", f"{type_}-{thing.id}")).faults
    assert fault.about == own_id("hubspot", "accounts", company)


async def test_every_touch_of_late_is_read_however_many_there_are(empty: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", MOST_OF_A_SEARCH)  # in place of 10,000, of which none more can be had by a search's own pages
    company, contact = empty.portal.create("companies", {"name": "A"}).id, empty.portal.create("contacts", {"email": "a@a.example"}).id
    for number in range(MOST_OF_A_SEARCH + 50):
        email = empty.portal.create("emails", {"hs_timestamp": f"2026-11-20T10:{number // 60:02}:{number % 60:02}Z"}).id
        empty.portal.link("emails", email, "contacts", contact)
        empty.portal.link("emails", email, "companies", company)
    empty.time.passes(60)
    assert len((await empty.connector.of_account("touches", company)).told) == MOST_OF_A_SEARCH + 50


async def test_a_meeting_that_is_called_off_is_gone(empty: Hub) -> None:
    contact = empty.portal.create("contacts", {"email": "a@a.example"}).id
    meeting = empty.portal.create("meetings", {"hs_timestamp": "2026-11-29T10:00:00Z", "hs_meeting_outcome": "SCHEDULED"}).id
    empty.portal.link("meetings", meeting, "contacts", contact)
    [planned] = (await empty.connector.one("touches", f"meetings-{meeting}")).told
    empty.portal.update("meetings", meeting, {"hs_meeting_outcome": "CANCELED"})
    assert (await empty.connector.one("touches", f"meetings-{meeting}")).gone == {planned.id: None}


@pytest.mark.parametrize("fault", ["too_many", "failing", "late", "reset", "truncated"])
async def test_reading_gets_over_a_failure(fault: Any) -> None:
    async with joined(filled=True, timeout_s=0.5, late_s=0.7) as hub:
        await hub.connector.one("deals", hub.ids["deal_001"])
        hub.double.misbehaviour.next = [fault]
        if fault == "truncated":  # nothing says that it would be better the next time
            with pytest.raises(Unsure, match="cut off"):
                await hub.connector.one("deals", hub.ids["deal_001"])
        assert (await hub.connector.one("deals", hub.ids["deal_001"])).told[0].fields["stage"] == "contract_sent"
        assert hub.double.limit.violations == 0


async def test_a_token_that_ends_or_is_revoked_is_renewed() -> None:
    async with joined(filled=True, oauth=True) as hub:
        read = [hub.connector.one("deals", hub.ids["deal_001"]) for _ in range(3)]
        assert (await read[0]).told
        hub.time.passes(hub.portal.token_lasts_s - 30)
        assert (await read[1]).told, "half a minute before its end it is not relied on any more"
        hub.portal.tokens.clear()
        assert (await read[2]).told
        assert [path for _, path in hub.double.asked].count("/oauth/v1/token") == 3
        hub.portal.refresh.clear()
        hub.portal.tokens.clear()
        with pytest.raises(Denied, match="it gives no token: invalid_grant"):
            await hub.connector.one("deals", hub.ids["deal_001"])


@pytest.mark.slow
async def test_a_large_portal_is_read_whole(request: pytest.FixtureRequest) -> None:
    """With `--whole-storm` 50,000 companies and 200,000 deals."""
    companies = 50_000 if request.config.getoption("whole_storm") else 1_000
    async with joined(fast=Fast(1000)) as hub:
        hub.portal.bulk = Bulk(companies, 4 * companies, START)
        for key, expected in (("accounts", companies), ("deals", 4 * companies)):
            numbers: set[str] = set()
            cursor, total = None, 0
            while True:
                page = await hub.connector.page(cast("Key", key), cursor, None)
                assert page.read.faults == ()
                numbers |= {one.id for one in page.read.told}
                cursor, total = page.cursor, total or page.total or 0
                if cursor is None:
                    break
            assert (len(numbers), total) == (expected, expected)
        assert hub.double.limit.violations == 0


async def test_a_property_that_disappeared_is_nothing_and_the_doctor_says_so(world: Hub) -> None:
    world.portal.properties["companies"].discard("nextplay_tier")
    (account,) = (await world.connector.one("accounts", world.ids["acc_001"])).told
    assert "tier" not in account.fields
    check = next(check for check in await world.connector.checks() if check.name == "properties")
    assert (check.ok, check.says) == (False, "the portal lacks companies.nextplay_tier")


async def test_the_doctor_is_content_with_our_own_world_and_says_what_is_not_well(world: Hub) -> None:
    checks = await world.connector.checks()
    assert [check.name for check in checks if not check.ok] == [], checks
    assert f"portal {world.portal.id} (STANDARD: the real portal), currency EUR" in checks[0].says
    world.portal.missing_scopes |= {"crm.objects.deals.read", "communication_preferences.statuses.batch.read"}
    world.portal.stages["deals"]["default"].append("2042")
    found = {check.name: check for check in await world.connector.checks()}
    assert "crm.objects.deals.read" in found["access"].says
    assert "default/2042 (2042)" in found["deal stages"].says
    assert "MISSING_SCOPES" in found["consents"].says
    assert {name for name, check in found.items() if not check.ok} == {"access", "deal stages", "consents"}
    world.portal.tokens.clear()
    (only,) = await world.connector.checks()
    assert (only.name, only.ok) == ("account", False)


async def test_a_scope_that_is_lacking_is_named(world: Hub) -> None:
    world.portal.missing_scopes.add("crm.objects.deals.read")
    with pytest.raises(Denied, match=r"status 403, MISSING_SCOPES, crm\.objects\.deals\.read"):
        await world.connector.page("deals", None, None)
