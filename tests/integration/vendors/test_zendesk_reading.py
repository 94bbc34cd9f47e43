"""Zendesk is read over real HTTP from its double: every key, page by page, since a moment, and everything that can be wrong with it."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.sandbox.doubles.zendesk import World, ZendeskDouble, fill
from integrations.sandbox.doubles.zendesk.desk import deleted, merged, opened, rated, updated
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.models import ENTRIES
from integrations.sandbox.seed import seed_items
from integrations.vendors.connector import Key, Page, Read
from integrations.vendors.errors import Denied, Unsure
from integrations.vendors.zendesk.connector import Zendesk
from integrations.vendors.zendesk.fields import Desk as DeskOf
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.telling import own
from tests.integration.vendors.zendesk_desk import NOON, Desk, connecting, fast
from tests.unit.vendors.zendesk_known import InMemory


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def known() -> InMemory:
    return InMemory(accounts={"acc_006"})


@pytest.fixture
def double(desk: Desk) -> ZendeskDouble:
    return desk.double(late_s=0.4)


@pytest.fixture
async def zendesk(desk: Desk, known: InMemory, double: ZendeskDouble) -> AsyncIterator[Zendesk]:
    fields = Fields(product=desk.product, refund=desk.refund, refund_currency="EUR")
    async with connecting(double, known, fields, timeout_s=0.2) as connector:
        yield connector


async def everything(connector: Zendesk, key: Key, known: InMemory | None = None, since: datetime | None = None) -> list[Page]:
    """All parts of a key, each taken in as it comes."""
    pages, cursor = [], None
    while True:
        page = await connector.page(key, cursor, since)
        pages.append(page)
        if known is not None:
            known.take(page.read)
        if page.cursor is None:
            return pages
        cursor = page.cursor


def together(pages: list[Page]) -> Read:
    return sum((page.read for page in pages), Read())


def checked(read: Read) -> dict[str, dict[str, Any]]:
    """What was told, as the copy would keep it."""
    found = {}
    for told in read.told:
        model = ENTRIES[told.key]
        entry = model.model_validate({model.id_field: told.id, **told.fields}, context={"at": told.as_of})
        found[told.id] = entry.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return found


# --- a ticket ---------------------------------------------------------------------------------------------------------


async def test_a_ticket_comes_with_whose_it_is_and_what_was_said(desk: Desk, zendesk: Zendesk) -> None:
    updated(desk.world, desk.ticket, {"comment": {"html_body": "<p>We look&nbsp;into it.</p>", "public": True}}, author=desk.marta)
    updated(desk.world, desk.ticket, {"custom_fields": [{"id": desk.product, "value": "connect"}, {"id": desk.refund, "value": "120.5"}]})
    records = checked(await zendesk.one("tickets", str(desk.ticket)))
    ticket = records[own("tickets", str(desk.ticket))]
    assert ticket["account"] == "acc_006"
    assert ticket["requester"] == own("contacts", str(desk.sanne))
    assert records[ticket["requester"]]["email"] == "sanne@nordwind.example"
    assert (ticket["priority"], ticket["status"], ticket["product"], ticket["language"]) == ("p2", "open", "connect", "nl")
    assert ticket["refund"] == {"amount": 120.5, "currency": "EUR"}
    assert (ticket["group"], ticket["assignee"]) == (own("groups", str(desk.support)), own("people", str(desk.marta)))
    assert [(m["by"], m["public"], m["body"]) for m in ticket["messages"]] == [
        ("customer", True, "Nothing arrives."), ("agent", True, "We look into it."),
    ]  # fmt: skip
    assert records[f"zendesk:account:{desk.company}"]["matched_by"] == "explicit"


async def test_news_of_a_ticket_has_the_millisecond_of_its_last_change(desk: Desk, zendesk: Zendesk) -> None:
    desk.clock.pass_(minutes=3)
    updated(desk.world, desk.ticket, {"priority": "urgent"})
    (ticket,) = [told for told in (await zendesk.one("tickets", str(desk.ticket))).told if told.key == "tickets"]
    assert (ticket.version, ticket.as_of) == (int((NOON + timedelta(minutes=3)).timestamp() * 1000), NOON + timedelta(minutes=3))


async def test_a_comment_of_ours_is_known_as_ours(desk: Desk, zendesk: Zendesk) -> None:
    updated(
        desk.world, desk.ticket, {"comment": {"body": "from us", "public": False}, "metadata": {"custom": {"nextplay": "np-1"}}}, author=desk.marta
    )
    ticket = checked(await zendesk.one("tickets", str(desk.ticket)))[own("tickets", str(desk.ticket))]
    assert [message.get("author") for message in ticket["messages"]][1] == "nextplay"


async def test_of_five_thousand_comments_the_newest_are_read_and_that_is_said(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    first = desk.world.comments[desk.ticket][0]
    desk.world.comments[desk.ticket] = [{**first, "id": n, "html_body": f"<p>{n}</p>"} for n in range(5000)]
    async with connecting(double, known, Fields(newest_comments=250)) as zendesk:
        read = await zendesk.one("tickets", str(desk.ticket))
    ticket = checked(read)[own("tickets", str(desk.ticket))]
    assert [message["body"] for message in ticket["messages"]] == [str(n) for n in range(4750, 5000)]
    assert ticket["body"] == "Nothing arrives."
    assert "the newest 250 of its 5000 comments" in read.faults[0].why
    assert sum("comments" in path for _, path in double.server.asked) == 3


async def test_all_comments_of_an_ordinary_ticket_are_read(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    first = desk.world.comments[desk.ticket][0]
    desk.world.comments[desk.ticket] = [{**first, "id": n, "html_body": f"<p>{n}</p>"} for n in range(300)]
    async with connecting(double, known, Fields(newest_comments=300)) as zendesk:
        read = await zendesk.one("tickets", str(desk.ticket))
    ticket = checked(read)[own("tickets", str(desk.ticket))]
    assert (len(ticket["messages"]), ticket["body"], read.faults) == (300, "0", ())


async def test_a_ticket_without_a_requester_has_none(desk: Desk, zendesk: Zendesk) -> None:
    bare = opened(desk.world, "", "Nobody asked")
    ticket = checked(await zendesk.one("tickets", str(bare)))[own("tickets", str(bare))]
    assert (ticket["subject"], ticket.get("requester"), ticket.get("account")) == ("(no subject)", None, None)


async def test_a_deleted_ticket_is_gone(desk: Desk, zendesk: Zendesk) -> None:
    deleted(desk.world, desk.ticket)
    assert (await zendesk.one("tickets", str(desk.ticket))) == Read(gone={own("tickets", str(desk.ticket)): None})
    assert (await zendesk.one("tickets", "7")).gone == {own("tickets", "7"): None}


@pytest.mark.parametrize("name", ["..", "", "7/merge", "7-en", "seven"])
async def test_what_is_no_id_is_not_asked_for(double: ZendeskDouble, zendesk: Zendesk, name: str) -> None:
    assert await zendesk.one("tickets", name) == Read(gone={own("tickets", name): None})
    assert double.server.asked == []


async def test_a_merged_ticket_is_gone_into_the_other(desk: Desk, zendesk: Zendesk) -> None:
    survivor = opened(desk.world, "The same", "again", requester_id=desk.sanne)
    merged(desk.world, desk.ticket, survivor)
    assert (await zendesk.one("tickets", str(desk.ticket))).gone == {own("tickets", str(desk.ticket)): own("tickets", str(survivor))}


async def test_a_merge_that_names_no_survivor_is_a_closed_ticket(desk: Desk, zendesk: Zendesk) -> None:
    merged(desk.world, desk.ticket, opened(desk.world, "The same", "again"))
    desk.world.audits[desk.ticket][-1]["via"] = {"channel": "web"}
    read = await zendesk.one("tickets", str(desk.ticket))
    assert read.gone == {}
    assert checked(read)[own("tickets", str(desk.ticket))]["status"] == "closed"


async def test_a_field_that_an_administrator_removed_is_said_and_its_amount_is_unknown(desk: Desk, zendesk: Zendesk) -> None:
    desk.world.drop_field(desk.refund)
    read = await zendesk.one("tickets", str(desk.ticket))
    assert f"no field {desk.refund} for refund" in read.faults[0].why
    assert checked(read)[own("tickets", str(desk.ticket))]["refund"]["currency"] == "XXX", "not zero: nobody can convert it"


# --- everything, and what changed -------------------------------------------------------------------------------------


async def test_the_sandboxs_world_comes_back_as_it_was() -> None:
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    world = World(lambda: now)
    rows = rows_of(seed_items(), now - timedelta(minutes=10))
    ids = fill(world, rows)
    custom = ids["fields"]
    groups = {
        ids["groups"][row["id"]]: DeskOf(area=row["area"], tier=row["tier"], schedule=ids["calendars"][row["calendar"]]) for row in rows["groups"]
    }
    fields = Fields(
        product=custom["product"], refund=custom["refund"], refund_currency="EUR", incident=custom["incident"], language=custom["language"],
        groups=groups, history_days=4000,
    )  # fmt: skip
    accounts = {row["id"] for row in rows["accounts"]}
    domains: dict[str, list[str]] = {}
    for row in rows["accounts"]:
        domains.setdefault(row.get("domain", ""), []).append(row["id"])
    contacts = {("contact", row["email"]): [row["id"]] for row in rows["contacts"] if row.get("email")}
    known = InMemory(accounts=accounts, domains=domains, addresses=contacts)
    read = Read()
    async with connecting(ZendeskDouble(world, fast, requests=2500), known, fields) as zendesk:
        for key in zendesk.keys:
            read += together(await everything(zendesk, key, known))
    records = checked(read)
    tickets = {int(ticket["external_id"].removeprefix("tic_")): ticket for ticket in world.tickets.values()}
    assert len([told for told in read.told if told.key == "tickets"]) == len(tickets) == len(rows["tickets"])
    for row in rows["tickets"]:
        ticket = records[own("tickets", str(ids["tickets"][row["id"]]))]
        assert (ticket["subject"], ticket.get("priority"), ticket["status"]) == (row["subject"], row.get("priority"), row.get("status") or "new")
        assert ticket.get("product") == row.get("product")
        assert ticket.get("requester") == row.get("requester")
        assert len(ticket["messages"]) == 1 + len(row.get("messages") or ())
    assert len([told for told in read.told if told.key == "articles"]) == len(world.articles)
    assert len([told for told in read.told if told.key == "calendars"]) == len(rows["calendars"])
    berlin = records[own("calendars", str(ids["calendars"]["cal_berlin"]))]
    assert (berlin["timezone"], berlin["hours"]) == ("Europe/Berlin", {d: list(h) for d, h in rows_hours(rows, "cal_berlin").items()})
    assert records[own("groups", str(ids["groups"]["grp_billing"]))]["area"] == "billing"


def rows_hours(rows: Any, calendar: str) -> Any:
    return next(row["hours"] for row in rows["calendars"] if row["id"] == calendar)


async def test_tickets_come_in_parts_and_then_only_what_changed(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    more = [opened(desk.world, f"Ticket {n}", "text", requester_id=desk.sanne) for n in range(120)]
    desk.clock.pass_(minutes=5)
    pages = await everything(zendesk, "tickets", known)
    assert [len([t for t in page.read.told if t.key == "tickets"]) for page in pages] == [50, 50, 21]
    since = desk.clock()
    desk.clock.pass_(minutes=10)
    updated(desk.world, more[3], {"priority": "urgent"})
    deleted(desk.world, more[5])
    read = together(await everything(zendesk, "tickets", known, since))
    assert [told.id for told in read.told if told.key == "tickets"] == [own("tickets", str(more[3]))]
    assert read.gone == {own("tickets", str(more[5])): None}


async def test_a_part_may_be_asked_for_again(desk: Desk, zendesk: Zendesk) -> None:
    for n in range(60):
        opened(desk.world, f"Ticket {n}", "text")
    desk.clock.pass_(minutes=5)
    cursor = (await zendesk.page("tickets", None, None)).cursor
    first, again = [await zendesk.page("tickets", cursor, None) for _ in range(2)]
    assert [told.id for told in first.read.told] == [told.id for told in again.read.told] != []


async def test_organisations_become_links_and_users_contacts(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    known.domains = {"kuehn.example": ["acc_k"], "gmail.com": ["acc_wrong"], "shared.example": ["acc_1", "acc_2"]}
    known.addresses = {("contact", "in@crm.example"): ["con_9"]}
    by_domain = desk.world.add_organization("Kuehn", domain_names=["kuehn.example"])
    free = desk.world.add_organization("Somebody", domain_names=["gmail.com"])
    shared = desk.world.add_organization("Shared", domain_names=["shared.example"])
    karl = desk.world.add_user("Karl", "karl@kuehn.example", organization_id=by_domain)
    in_crm = desk.world.add_user("In CRM", "in@crm.example")
    nobody = desk.world.add_user("Nobody", "nobody@gmail.com")
    barred = desk.world.add_user("Barred", "b@kuehn.example", organization_id=by_domain, suspended=True)
    desk.clock.pass_(minutes=5)
    links = together(await everything(zendesk, "links", known))
    assert {told.fields["external_id"]: (told.fields["id"], told.fields["matched_by"]) for told in links.told} == {
        str(desk.company): ("acc_006", "explicit"), str(by_domain): ("acc_k", "domain"),
    }  # fmt: skip
    assert {fault.external_id for fault in links.faults} == {str(free), str(shared)}
    assert "several accounts (acc_1, acc_2)" in next(fault.why for fault in links.faults if fault.external_id == str(shared))
    read = together(await everything(zendesk, "contacts", known))
    records = checked(read)
    assert records[own("contacts", str(karl))]["account"] == "acc_k"
    assert records[own("contacts", str(barred))]["do_not_contact"] is True
    assert own("contacts", str(nobody)) not in records
    assert records[f"zendesk:contact:{in_crm}"]["id"] == "con_9"
    desk.world.touch(desk.world.users[karl], active=False)
    assert own("contacts", str(karl)) in together(await everything(zendesk, "contacts", known, desk.clock())).gone


async def test_many_organisations_come_in_parts_although_they_are_of_one_second(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    for n in range(1200):
        desk.world.add_organization(f"Company {n}", external_id="acc_006")
    desk.clock.pass_(seconds=1)
    for n in range(300):
        desk.world.add_organization(f"Company {n}", external_id="acc_006")
    desk.clock.pass_(minutes=5)
    pages = await everything(zendesk, "links", known)
    assert [len(page.read.told) for page in pages] == [1201, 0, 300], "the second repeats the second in which the first ended"


async def test_people_groups_and_calendars_come_whole_and_go(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    week = [(day * 1440 + 540, day * 1440 + 1020) for day in range(1, 6)]
    office = desk.world.add_schedule("Office", "Berlin", week, (("2026-12-24", "2026-12-26"),))
    always = desk.world.add_schedule("Always", "Eastern Time (US & Canada)", [(0, 10080)])
    lunch = desk.world.add_schedule("Lunch", "Berlin", [(1980, 2160), (2220, 2460)])
    odd = desk.world.add_schedule("Odd", "Atlantis", week)
    known.addresses = {("person", "marta@tessera.example"): ["u_marta"]}
    fields = Fields(groups={desk.support: DeskOf(area="support", tier=1, schedule=office, lead="marta@tessera.example")})
    async with connecting(double, known, fields) as zendesk:
        calendars = together(await everything(zendesk, "calendars", known))
        groups = checked(together(await everything(zendesk, "groups", known)))
        people = checked(together(await everything(zendesk, "people", known)))
        del desk.world.schedules[always]
        desk.world.groups[desk.engineering]["deleted"] = True
        gone = [together(await everything(zendesk, key, known)).gone for key in ("calendars", "groups")]
    records = checked(calendars)
    assert records[own("calendars", str(office))]["hours"]["mon"] == ["09:00", "17:00"]
    assert [one["date"] for one in records[own("calendars", str(office))]["holidays"]] == ["2026-12-24", "2026-12-25", "2026-12-26"]
    around_the_clock = records[own("calendars", str(always))]
    assert around_the_clock["timezone"] == "America/New_York"
    assert list(around_the_clock["hours"].values()) == [["00:00", "24:00"]] * 7
    assert {fault.external_id: fault.why.split(".")[0] for fault in calendars.faults} == {
        str(lunch): "it opens more than once on mon, which cannot be kept yet", str(odd): "its time zone 'Atlantis' is not known",
    }  # fmt: skip
    group = groups[own("groups", str(desk.support))]
    assert (group["area"], group["tier"], group["lead"], group["calendar"]) == ("support", 1, "u_marta", own("calendars", str(office)))
    assert people[own("people", str(desk.marta))]["roles"] == ["support_agent"]
    assert gone == [{own("calendars", str(always)): None}, {own("groups", str(desk.engineering)): None}]


async def test_tickets_and_people_of_one_company(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    other = opened(desk.world, "Of nobody", "text")
    known.links["account", str(desk.company)] = "acc_006"
    tickets = await zendesk.of_account("tickets", str(desk.company))
    assert own("tickets", str(desk.ticket)) in checked(tickets)
    assert own("tickets", str(other)) not in checked(tickets)
    assert own("contacts", str(desk.sanne)) in checked(await zendesk.of_account("contacts", str(desk.company)))


async def test_comments_of_a_companys_tickets_are_read_once(desk: Desk, double: ZendeskDouble, zendesk: Zendesk, known: InMemory) -> None:
    known.links["account", str(desk.company)] = "acc_006"
    for n in range(250):
        desk.clock.pass_(seconds=1)
        opened(desk.world, f"Ticket {n}", "text", organization_id=desk.company)
    old = opened(desk.world, "Long ago", "text", organization_id=desk.company, updated_at="2020-01-01T00:00:00Z")
    read = await zendesk.of_account("tickets", str(desk.company))
    known.take(read)
    assert len([told for told in read.told if told.key == "tickets"]) == 251
    assert own("tickets", str(old)) not in checked(read), "beyond history_days"
    double.server.asked.clear()
    assert (await zendesk.of_account("tickets", str(desk.company))).told == ()
    assert len(double.server.asked) == 1, "a hundred that are held as they are, the newest first: so are the others"
    desk.clock.pass_(seconds=9)
    updated(desk.world, desk.ticket, {"priority": "urgent"})
    (told,) = [told for told in (await zendesk.of_account("tickets", str(desk.company))).told if told.key == "tickets"]
    assert told.id == own("tickets", str(desk.ticket))
    known.links["account", str(desk.company)] = "acc_other"
    assert len([told for told in (await zendesk.of_account("tickets", str(desk.company))).told if told.key == "tickets"]) == 251, (
        "whose they are changed"
    )


async def test_ratings_are_read_since_a_moment(desk: Desk, zendesk: Zendesk) -> None:
    rated(desk.world, desk.ticket, "bad")
    assert [(one.ticket_id, one.score) for one in await zendesk.ratings(NOON)] == [(str(desk.ticket), "bad")]
    assert await zendesk.ratings(NOON + timedelta(hours=1)) == []


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["too_many", "failing", "late", "reset", "truncated"])
async def test_a_ticket_is_read_whatever_happens_once(desk: Desk, double: ZendeskDouble, zendesk: Zendesk, fault: Any) -> None:
    await zendesk.one("tickets", str(desk.ticket))  # with a token from here on
    double.misbehaviour.next = [fault]
    if fault == "truncated":
        with pytest.raises(Unsure, match="cut off"):
            await zendesk.one("tickets", str(desk.ticket))
    assert own("tickets", str(desk.ticket)) in checked(await zendesk.one("tickets", str(desk.ticket)))
    assert double.violations == 0


async def test_an_error_that_calls_itself_a_success_is_no_answer(desk: Desk, double: ZendeskDouble, zendesk: Zendesk, known: InMemory) -> None:
    known.has = {"articles": {"zendesk-articles-1-en"}, "groups": {"zendesk-groups-1"}}
    for ask in (zendesk.one("tickets", str(desk.ticket)), zendesk.page("articles", None, None), zendesk.page("groups", None, None)):
        double.misbehaviour.next = ["error_inside"]
        with pytest.raises(Unsure, match="although it says that all is well"):
            await ask
    assert known.has == {"articles": {"zendesk-articles-1-en"}, "groups": {"zendesk-groups-1"}}


async def test_a_permission_that_is_missing_is_said_with_what_it_needs(desk: Desk, double: ZendeskDouble, zendesk: Zendesk) -> None:
    double.denied = ["/api/v2/tickets"]
    with pytest.raises(Denied, match=r"status 403, Forbidden. It needs read"):
        await zendesk.one("tickets", str(desk.ticket))


async def test_a_plan_without_schedules_and_help_centre_has_none(double: ZendeskDouble, zendesk: Zendesk, known: InMemory) -> None:
    double.denied = ["/api/v2/business_hours", "/api/v2/help_center"]
    for key in ("calendars", "articles"):
        assert (await zendesk.page(key, None, None)) == Page(Read(), None)
    known.has = {"articles": {"zendesk-articles-1-en"}}
    with pytest.raises(Denied):  # they were there: somebody must look
        await zendesk.page("articles", None, None)


async def test_an_organisation_whose_account_comes_later_is_linked_then(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    known.accounts.clear()
    desk.clock.pass_(minutes=5)
    (fault,) = together(await everything(zendesk, "links", known)).faults
    assert (fault.key, fault.external_id) == ("links", str(desk.company))
    known.accounts.add("acc_006")
    desk.clock.pass_(hours=5)
    (told,) = together(await everything(zendesk, "links", known, desk.clock())).told
    assert (told.fields["id"], told.external_id) == ("acc_006", str(desk.company))


async def test_comments_that_are_too_large_together_are_read_a_few_at_a_time(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    first = desk.world.comments[desk.ticket][0]
    desk.world.comments[desk.ticket] = [{**first, "id": n, "html_body": "x" * 60_000} for n in range(40)]
    async with connecting(double, known, max_bytes=1_000_000) as zendesk:
        ticket = checked(await zendesk.one("tickets", str(desk.ticket)))[own("tickets", str(desk.ticket))]
    assert len(ticket["messages"]) == 40


async def test_a_ticket_that_an_export_names_and_nobody_shows_is_a_fault(desk: Desk, zendesk: Zendesk) -> None:
    read = await zendesk._tickets.named([str(desk.ticket), "77"])
    assert [(fault.external_id, "see all tickets" in fault.why) for fault in read.faults] == [("77", True)]


async def test_a_token_that_is_revoked_is_renewed_unnoticed(desk: Desk, double: ZendeskDouble, zendesk: Zendesk) -> None:
    await zendesk.one("tickets", str(desk.ticket))
    double.tokens.revoke()
    await zendesk.one("tickets", str(desk.ticket))
    assert double.tokens.granted == 2


# --- help centre ------------------------------------------------------------------------------------------------------


async def test_articles_come_in_their_languages_with_who_may_read_them(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    public = desk.world.add_article("Set up", "<h2>First</h2><p>Open <b>Admin</b>.</p><script>x()</script>", label_names=["SSO"])
    desk.world.translate(public, "de", "Einrichten", "<p>Öffnen.</p>")
    desk.world.translate(public, "fr", "Installer", "<p>Ouvrez.</p>", draft=True)
    inside = desk.world.add_article("Runbook", "<p>Restart.</p>", user_segment_id=9001)
    desk.world.add_article("Draft", "<p>Not yet.</p>", draft=True)
    records = checked(together(await everything(zendesk, "articles", known)))
    assert {name: (one["locale"], one["visibility"]) for name, one in records.items()} == {
        own("articles", f"{public}-en"): ("en", "public"), own("articles", f"{public}-de"): ("de", "public"),
        own("articles", f"{inside}-en"): ("en", "internal"),
    }  # fmt: skip
    assert records[own("articles", f"{public}-en")]["body"] == "First\n\nOpen Admin."
    assert records[own("articles", f"{public}-en")]["topics"] == ["sso"]


def limits(records: Mapping[str, Mapping[str, Any]], *articles: int) -> list[tuple[Any, ...]]:
    """Who may be sent each of these articles."""
    found = [records[own("articles", f"{one}-en")] for one in articles]
    return [(one["visibility"], one.get("plans"), one.get("regions")) for one in found]


async def test_an_article_behind_a_segment_is_for_nobody_else(desk: Desk, zendesk: Zendesk, known: InMemory, double: ZendeskDouble) -> None:
    world = desk.world
    signed_in, staff = world.add_segment("Signed-in users", built_in=True), world.add_segment("Agents and managers", "staff", built_in=True)
    pro, vip = world.add_segment("Pro", tags=["plan:pro"], or_tags=["region:de", "region:at"]), world.add_segment("VIP", tags=["vip"])
    company = world.add_segment("Nordwind", organization_ids=[desk.company])
    behind = [world.add_article(f"Article {n}", "<p>text</p>", user_segment_id=one) for n, one in enumerate((signed_in, staff, pro, vip, company))]
    labelled = world.add_article("Labelled", "<p>text</p>", label_names=["plan:Enterprise", "region:DE", "SSO"])
    several = world.add_article("Several", "<p>text</p>", user_segment_ids=[vip, pro, staff])
    records = checked(together(await everything(zendesk, "articles", known)))
    assert limits(records, *behind) == [
        ("public", None, None), ("internal", None, None), ("public", ["pro"], ["at", "de"]), ("internal", None, None), ("internal", None, None),
    ]  # fmt: skip
    assert limits(records, labelled, several) == [("public", ["enterprise"], ["de"]), ("public", ["pro"], ["at", "de"])]
    assert records[own("articles", f"{labelled}-en")]["topics"] == ["sso"]
    assert sum("user_segments" in path for _, path in double.server.asked) == 1


async def test_what_a_segment_asks_for_holds_from_the_next_sync_on(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    pro = desk.world.add_segment("Pro", tags=["plan:pro"])
    article = desk.world.add_article("Limits", "<p>text</p>", user_segment_id=pro)
    assert limits(checked(together(await everything(zendesk, "articles", known))), article) == [("public", ["pro"], None)]
    desk.world.segments[pro]["tags"] = ["plan:enterprise"]
    assert limits(checked(together(await everything(zendesk, "articles", known))), article) == [("public", ["enterprise"], None)]
    desk.world.segments[pro]["tags"] = ["partner"]
    assert limits(checked(await zendesk.one("articles", f"{article}-en")), article) == [("internal", None, None)]


async def test_segments_that_we_may_not_read_keep_their_articles_inside(desk: Desk, zendesk: Zendesk, known: InMemory, double: ZendeskDouble) -> None:
    pro = desk.world.add_segment("Pro", tags=["plan:pro"])
    behind, public = desk.world.add_article("Limits", "<p>text</p>", user_segment_id=pro), desk.world.add_article("Set up", "<p>text</p>")
    double.denied = ["/api/v2/help_center/user_segments"]
    assert limits(checked(together(await everything(zendesk, "articles", known))), behind, public) == [
        ("internal", None, None), ("public", None, None),
    ]  # fmt: skip
    checks = {check.name: check for check in await zendesk.checks()}
    assert not checks["Zendesk user segments"].ok


async def test_a_help_centre_without_segments_is_asked_for_none(desk: Desk, zendesk: Zendesk, known: InMemory, double: ZendeskDouble) -> None:
    desk.world.add_article("Set up", "<p>text</p>")
    await everything(zendesk, "articles", known)
    assert [path for _, path in double.server.asked if "user_segments" in path] == []


async def test_a_ticket_says_of_which_plan_and_region_its_organisation_is(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    desk.world.organizations[desk.company].update(tags=["plan:pro"], organization_fields={"land": "NL"})
    async with connecting(double, known, Fields(organization_region="land")) as zendesk:
        ticket = checked(await zendesk.one("tickets", str(desk.ticket)))[own("tickets", str(desk.ticket))]
    assert (ticket["customer_plan"], ticket["customer_region"]) == ("pro", "nl")


@pytest.mark.parametrize("others", [0, 150])
async def test_an_article_that_changed_or_went_is_so_after_one_sync(desk: Desk, zendesk: Zendesk, known: InMemory, others: int) -> None:
    changed, archived, withdrawn, unshared = (desk.world.add_article(f"Article {n}", "<p>text</p>") for n in range(4))
    for n in range(others):
        desk.world.add_article(f"Other {n}", "<p>text</p>")
    await everything(zendesk, "articles", known)
    assert len(known.has["articles"]) == 4 + others
    desk.world.translate(changed, "en", "Article 0", "<p>new text</p>")
    del desk.world.articles[archived]
    desk.world.articles[withdrawn]["draft"] = True
    desk.world.articles[unshared]["user_segment_id"] = 7  # without a new time of change, as it may be
    read = together(await everything(zendesk, "articles", known, desk.clock()))
    assert set(read.gone) == {own("articles", f"{archived}-en"), own("articles", f"{withdrawn}-en")}
    records = checked(read)
    assert records[own("articles", f"{changed}-en")]["body"] == "new text"
    assert records[own("articles", f"{unshared}-en")]["visibility"] == "internal"
    assert len(known.has["articles"]) == 2 + others


async def test_one_article_with_its_languages(desk: Desk, zendesk: Zendesk, known: InMemory) -> None:
    article = desk.world.add_article("Set up", "<p>Open.</p>")
    known.has = {"articles": {own("articles", f"{article}-en"), own("articles", f"{article}-de"), "zendesk-articles-1-en"}}
    read = await zendesk.one("articles", f"{article}-de")
    assert ([told.id for told in read.told], read.gone) == ([own("articles", f"{article}-en")], {own("articles", f"{article}-de"): None})
    del desk.world.articles[article]
    assert set((await zendesk.one("articles", str(article))).gone) == {own("articles", f"{article}-en"), own("articles", f"{article}-de")}


# --- doctor -----------------------------------------------------------------------------------------------------------


async def test_doctor_says_that_all_is_well(zendesk: Zendesk) -> None:
    checks = await zendesk.checks()
    assert [check.name for check in checks if not check.ok] == []
    assert checks[0].says == "as Nextplay, admin"


async def test_doctor_says_what_is_set_up_and_not_there(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    desk.world.drop_field(desk.product)
    fields = Fields(product=desk.product, groups={7: DeskOf(schedule=8)}, public_segments=frozenset({9}))
    double.denied = ["/api/v2/help_center"]
    async with connecting(double, known, fields) as zendesk:
        wrong = {check.name: check for check in await zendesk.checks() if not check.ok}
    assert {name: check.says.split(":")[-1].strip() for name, check in wrong.items()} == {
        "Zendesk groups": "there is no group 7 that is active", "Zendesk schedules": "there is no schedule 8 that is active",
        "Zendesk fields": f"there is no field {desk.product} that is active", "Zendesk articles": "status 403, Forbidden. It needs read",
        "Zendesk user segments": "status 403, Forbidden. It needs read",
    }  # fmt: skip
    assert all(check.mend for check in wrong.values())


async def test_doctor_says_how_many_segments_let_customers_be_sent_articles(desk: Desk, double: ZendeskDouble, known: InMemory) -> None:
    asks: list[dict[str, Any]] = [{}, {"tags": ["plan:pro"]}, {"tags": ["vip"]}, {"user_type": "staff"}]
    for said in asks:
        desk.world.add_segment("One", **said)
    async with connecting(double, known, Fields()) as zendesk:
        says = {check.name: check.says for check in await zendesk.checks()}
    assert says["Zendesk user segments"] == ("4 there, 0 set up; articles of 1 may be sent to all customers, of 1 to those of some plans or regions")
    async with connecting(double, known, Fields(public_segments=frozenset({9}))) as zendesk:
        (wrong,) = [check for check in await zendesk.checks() if not check.ok]
    assert "there is no user segment 9" in wrong.says


async def test_doctor_says_that_exports_are_for_administrators(desk: Desk, zendesk: Zendesk) -> None:
    desk.world.users[desk.world.agent]["role"] = "agent"
    assert "whose role is agent" in (await zendesk.checks())[0].says
    with pytest.raises(Denied):
        await zendesk.page("tickets", None, None)


async def test_doctor_says_that_nobody_lets_us_in(double: ZendeskDouble, zendesk: Zendesk) -> None:
    double.tokens.client_id = "another"
    (check,) = await zendesk.checks()
    assert (check.ok, "invalid_client" in check.says) == (False, True)
