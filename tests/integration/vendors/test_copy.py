"""What vendors tell, as the copy keeps it."""

from datetime import timedelta

import pytest

from integrations.sandbox.sandbox import Sandbox
from integrations.vendors.connector import Fault, Key, Read, Told, own_id
from integrations.vendors.copy import Copy
from tests.integration.vendors.fake import account, deal, told
from tests.unit.domain.building import AT

DEAL = own_id("acme", "deals", "7")
ACCOUNT = own_id("acme", "accounts", "1")


async def test_what_is_told_is_kept_linked_and_dated_as_the_vendor_says(copy: Copy, sandbox: Sandbox) -> None:
    taken = await copy.take("acme", Read([account(), deal(version=5, as_of=AT - timedelta(days=2))]), AT, what=["deals/7"])
    found = await sandbox.crm.deal(DEAL)
    assert found is not None
    assert (found.data["stage"], found.as_of, found.version) == ("proposal", AT - timedelta(days=2), 5)
    assert await sandbox.crm.resolve("acme", "deal", "7") == DEAL
    assert await copy.external("acme", "deal", DEAL) == "7"
    assert await copy.read_at("acme", "deals/7") == AT
    assert [(one.told.key, one.before) for one in taken.changed] == [("accounts", None), ("deals", None)]


async def test_late_news_never_wins_and_the_same_again_changes_nothing(copy: Copy, sandbox: Sandbox) -> None:
    await copy.take("acme", Read([deal(version=5)]), AT)
    assert (await copy.take("acme", Read([deal(version=5)]), AT)).same == 1
    late = await copy.take("acme", Read([deal(version=4, stage="won")]), AT)
    assert (late.late, late.changed) == (1, ())
    newer = await copy.take("acme", Read([deal(version=6, stage="won")]), AT)
    assert newer.changed[0].before is not None
    assert newer.changed[0].before["stage"] == "proposal"
    found = await sandbox.crm.deal(DEAL)
    assert found is not None
    assert found.data["stage"] == "won"


async def test_what_says_the_same_as_of_later_makes_what_lies_between_late(copy: Copy, sandbox: Sandbox) -> None:
    await copy.take("acme", Read([deal(version=5)]), AT)
    assert (await copy.take("acme", Read([deal(version=9)]), AT)).same == 1
    assert (await copy.take("acme", Read([deal(version=7, stage="won")]), AT)).late == 1
    found = await sandbox.crm.deal(DEAL)
    assert found is not None
    assert (found.data["stage"], found.version) == ("proposal", 9)


async def test_what_does_not_fit_is_a_fault_until_it_does(copy: Copy, sandbox: Sandbox) -> None:
    taken = await copy.take("acme", Read([deal(stage="cupboard"), account()], [Fault("contacts", "9", "it has no company")]), AT)
    assert [(one.key, one.external_id) for one in taken.faults] == [("deals", "7"), ("contacts", "9")]
    assert "its stage does not fit" in taken.faults[0].why
    assert await sandbox.crm.account(ACCOUNT) is not None, "one that does not fit stops no other"
    assert await sandbox.crm.deal(DEAL) is None
    assert await copy.faulty() == {("acme", "deals"): 1, ("acme", "contacts"): 1}
    await copy.take("acme", Read([deal()]), AT)
    assert await copy.faults(at_most=10) == [("acme", Fault("contacts", "9", "it has no company"))]


async def test_what_is_gone_is_no_fault_any_more(copy: Copy) -> None:
    await copy.take("acme", Read(faults=[Fault("deals", "7", "it has no company"), Fault("contacts", "7", "it has no company")]), AT)
    await copy.take("acme", Read(gone={DEAL: None}), AT)
    assert await copy.faulty() == {("acme", "contacts"): 1}


async def test_a_fault_says_whether_anything_of_the_object_is_known(copy: Copy) -> None:
    await copy.take("acme", Read([deal("7")], [Fault("deals", "7", "its owner is nobody"), Fault("deals", "8", "it has no company")]), AT)
    assert [await copy.usable("acme", "deals", number) for number in "789"] == [True, False, True]
    await copy.take("acme", Read([deal("7", version=2, stage="cupboard")]), AT)
    assert not await copy.usable("acme", "deals", "7")
    await copy.take("acme", Read([deal("7", version=3)]), AT)
    assert await copy.usable("acme", "deals", "7")


async def test_a_fault_goes_with_its_object_whatever_that_is(copy: Copy) -> None:
    keys: tuple[Key, ...] = ("deals", "touches", "articles", "groups", "links")
    await copy.take("acme", Read(faults=[Fault(key, "7", "it is odd") for key in keys]), AT)
    await copy.take("acme", Read(gone={own_id("acme", key, "7"): None for key in keys}), AT)
    assert await copy.faulty() == {}


def touch(**fields: object) -> Told:
    said = {"contact": own_id("acme", "contacts", "3"), "at": AT.isoformat(), "sender": "u_rae", **fields}
    return Told("touches", own_id("acme", "touches", "emails-5-3"), said, AT, 1)


async def test_a_touch_belongs_to_its_contacts_account_where_the_vendor_does_not_say_whose_it_is(copy: Copy, sandbox: Sandbox) -> None:
    await copy.take("acme", Read([told("contacts", "3", account=ACCOUNT, name="Ada"), touch()]), AT)
    assert [one.contact for one in (await sandbox.crm.touches([ACCOUNT])).touches] == [own_id("acme", "contacts", "3")]


async def test_touches_that_are_lost_are_counted_for_whose_they_are_and_for_as_long_as_they_matter(copy: Copy) -> None:
    contact, week = own_id("acme", "contacts", "3"), timedelta(days=7)
    await copy.take("acme", Read([told("contacts", "3", account=ACCOUNT, name="Ada"), touch(status="eaten", account=ACCOUNT)]), AT)
    assert await copy.lost("touches", [ACCOUNT], AT - week) == 1
    faults = [
        Fault("touches", "emails-6-3", "no time", contact, AT), Fault("touches", "emails-7-3", "no time", contact),
        Fault("touches", "emails-8-3", "no time", contact, AT - week * 2),
        Fault("touches", "emails-9-4", "no time", own_id("acme", "accounts", "2"), AT),
        Fault("deals", "7", "no company", ACCOUNT, AT),
    ]  # fmt: skip
    await copy.take("acme", Read(faults=faults), AT)
    assert await copy.lost("touches", [ACCOUNT], AT - week) == 3
    assert await copy.lost("touches", ["acc_else"], AT - week) == 0
    await copy.take("acme", Read([touch(account=ACCOUNT)]), AT)
    assert await copy.lost("touches", [ACCOUNT], AT - week) == 2, "mended at the vendor, it is lost no more"


async def test_when_single_objects_were_read_is_forgotten_after_a_while(copy: Copy) -> None:
    for hours in (0, 30):
        await copy.take("acme", Read(), AT + timedelta(hours=hours), what=[f"deals/{hours}"])
    await copy.take("other", Read(), AT, what=["deals/0"])
    await copy.forget("acme", AT + timedelta(hours=6))
    assert [await copy.read_at("acme", f"deals/{hours}") is None for hours in (0, 30)] == [True, False]
    assert await copy.read_at("other", "deals/0") == AT


async def test_what_was_merged_is_the_survivor_from_then_on(copy: Copy, sandbox: Sandbox) -> None:
    await copy.take("acme", Read([account("1"), account("2")]), AT)
    second = own_id("acme", "accounts", "2")
    assert (await copy.take("acme", Read(gone={second: ACCOUNT}), AT)).gone == 1
    assert await sandbox.crm.known("account", second) == "deleted"
    assert await sandbox.crm.resolve("acme", "account", "2") == ACCOUNT
    assert (await copy.take("acme", Read(gone={second: None}), AT)).gone == 0


async def test_late_news_of_what_was_merged_changes_nothing_of_the_survivor(copy: Copy, sandbox: Sandbox) -> None:
    second = own_id("acme", "accounts", "2")
    await copy.take("acme", Read([account("1", version=5), account("2", version=6)]), AT)
    await copy.take("acme", Read(gone={second: ACCOUNT}), AT)
    late = await copy.take("acme", Read([account("2", version=9, name="The other")]), AT)
    assert (late.late, late.changed) == (1, ())
    survivor = await sandbox.crm.account(ACCOUNT)
    assert survivor is not None
    assert (survivor.data["name"], survivor.version) == ("Account 1", 5)
    assert await sandbox.crm.known("account", second) == "deleted"
    assert await sandbox.crm.resolve("acme", "account", "2") == ACCOUNT


async def test_what_was_merged_before_we_heard_of_it_is_the_survivor_too(copy: Copy, sandbox: Sandbox) -> None:
    first, second, third = (own_id("acme", "accounts", number) for number in "123")
    await copy.take("acme", Read([account("1")], gone={second: first}), AT)
    await copy.take("acme", Read(gone={third: second}), AT)
    assert [await sandbox.crm.resolve("acme", "account", number) for number in "23"] == [first, first]
    assert (await copy.take("acme", Read([account("2", version=99), account("3", version=99)]), AT)).late == 2
    assert await sandbox.crm.account(second) is None
    assert (await copy.take("acme", Read([deal(account=third)]), AT)).changed[0].after["account"] == first


async def test_what_was_deleted_and_is_restored_is_there_again(copy: Copy, sandbox: Sandbox) -> None:
    await copy.take("acme", Read([deal(version=5)]), AT)
    await copy.take("acme", Read(gone={DEAL: None}), AT)
    assert (await copy.take("acme", Read([deal(version=5)]), AT)).late == 1
    await copy.take("acme", Read([deal(version=9)]), AT)
    assert await sandbox.crm.known("deal", DEAL) == "here"


async def test_a_colleague_whom_the_directory_knows_keeps_role_and_id(copy: Copy, sandbox: Sandbox) -> None:
    await sandbox.apply("people: [{id: u_rae, email: rae@us.example, name: Rae, roles: [csm]}]")
    await copy.take("acme", Read([told("people", "88", email="Rae@us.example", name="Rae R.", roles=[])]), AT)
    [rae] = await sandbox.directory.people(AT)
    assert (rae.id, rae.name, set(rae.roles)) == ("u_rae", "Rae R.", {"csm"})
    assert await sandbox.crm.resolve("acme", "person", "88") == "u_rae"
    await copy.take("acme", Read([deal(owner=own_id("acme", "people", "88"), contacts=[own_id("acme", "contacts", "4")])]), AT)
    found = await sandbox.crm.deal(DEAL)
    assert found is not None
    assert (found.data["owner"], found.data["contacts"]) == ("u_rae", [own_id("acme", "contacts", "4")]), "what is not linked is named as it was"


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
async def test_a_version_may_be_a_moment_in_milliseconds(copy: Copy, sandbox: Sandbox) -> None:
    now = 1_794_304_803_000
    await copy.take("acme", Read([deal(version=now)]), AT)
    assert (await copy.take("acme", Read([deal(version=now - 1, stage="won")]), AT)).late == 1
    found = await sandbox.crm.deal(DEAL)
    assert found is not None
    assert found.version == now
