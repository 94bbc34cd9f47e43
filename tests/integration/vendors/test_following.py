"""What decisions hang on is fetched again; what is not known is asked for; who does not answer is named."""

import asyncio
from datetime import timedelta

import pytest

from integrations.db.database import Database
from integrations.sandbox.search import ARTICLES
from integrations.sandbox.source import Together
from integrations.search.index import ArticleIndex
from integrations.vendors.connector import Fault, Key, Read, Told, own_id
from integrations.vendors.copy import Copy
from integrations.vendors.errors import Gone, Unsure
from integrations.vendors.following import LAG, Following
from integrations.vendors.freshness import allowed_age
from integrations.vendors.sources import VendorCrm, VendorDirectory, VendorSearch
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.fake import Acme, account, deal, told
from tests.unit.domain.building import AT
from tools.articles import answers
from tools.freshness import not_read_before
from tools.ports import Asked, SourceError

OLD = allowed_age("deals") + timedelta(seconds=1)
"""After so long what was read is read again."""
DEAL = own_id("acme", "deals", "7")
ACCOUNT = own_id("acme", "accounts", "1")


@pytest.fixture
def following(copy: Copy, vendor: Acme, watch: Watch) -> Following:
    return Following(copy, [vendor], watch)


@pytest.fixture
def crm(database: Database, watch: Watch, following: Following) -> VendorCrm:
    return VendorCrm(Together(database), watch, following)


async def test_a_deal_of_which_we_never_heard_is_asked_for(crm: VendorCrm, vendor: Acme) -> None:
    vendor.objects["deals", "7"] = Read([deal()])
    assert await crm.resolve("acme", "deal", "7") == DEAL
    assert await crm.resolve("acme", "deal", "8") is None
    assert await crm.resolve("elsewhere", "deal", "7") is None
    assert vendor.asked == ["deals/7", "deals/8"]


async def test_it_says_when_it_was_read_and_is_read_again_for_whoever_needs_it_newer(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"], vendor.objects["accounts", "1"] = Read([deal()]), Read([account()])
    vendor.lists["contacts", "1"] = Read([told("contacts", "3", account=ACCOUNT, name="Ada")])
    await crm.resolve("acme", "deal", "7")
    await crm.contacts(ACCOUNT)
    read_at = watch.at
    watch.at += OLD / 3
    found = [await crm.deal(DEAL), *await crm.contacts(ACCOUNT), (await crm.touches([ACCOUNT]))]
    assert [one.read_at for one in found if one] == [read_at, read_at, watch.at]
    before = list(vendor.asked)
    with not_read_before(watch.at):
        again = [await crm.deal(DEAL), *await crm.contacts(ACCOUNT), *await crm.family(ACCOUNT), (await crm.touches([ACCOUNT]))]
    assert {one.read_at for one in again if one} == {watch.at}
    assert vendor.asked[len(before) :] == ["deals/7", "contacts of 1", "accounts/1"], "touches were read just now"


async def test_whoever_needs_it_newer_does_not_join_a_reading_that_began_before(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"], go, asked = Read([deal()]), asyncio.Event(), asyncio.Queue[str]()
    await crm.resolve("acme", "deal", "7")
    watch.at += OLD
    answer = vendor.one

    async def slowly(key: Key, external_id: str) -> Read:
        found = await answer(key, external_id)
        asked.put_nowait(external_id)
        await go.wait()
        return found

    vendor.one = slowly  # type: ignore[method-assign]  # held up
    first = asyncio.ensure_future(crm.deal(DEAL))
    await asked.get()
    watch.at += timedelta(seconds=1)
    vendor.objects["deals", "7"] = Read([deal(version=2, stage="won")])
    with not_read_before(watch.at):
        second = asyncio.ensure_future(crm.deal(DEAL))
    await asked.get()
    go.set()
    await first
    found = await second
    assert found is not None
    assert (found.data["stage"], found.read_at) == ("won", watch.at)
    assert len(vendor.asked) == 3


async def test_it_is_fetched_again_as_soon_as_it_may_have_changed(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"] = Read([deal()])
    await crm.resolve("acme", "deal", "7")
    await asyncio.gather(*(crm.deal(DEAL) for _ in range(5)))
    assert vendor.asked == ["deals/7"], "one gathering reads it once"
    vendor.objects["deals", "7"] = Read([deal(version=2, stage="won")])
    watch.at += OLD
    found = await asyncio.gather(*(crm.deal(DEAL) for _ in range(5)))
    assert {one.data["stage"] for one in found if one} == {"won"}
    assert vendor.asked == ["deals/7"] * 2


async def test_who_does_not_answer_is_named_and_what_was_known_is_not_passed_off_as_new(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"] = Read([deal()])
    await crm.resolve("acme", "deal", "7")
    watch.at += OLD
    vendor.objects["deals", "7"] = Unsure("acme", "deal: status 500")
    with pytest.raises(SourceError, match="acme did not answer: deal: status 500"):
        await crm.deal(DEAL)


async def test_what_is_gone_is_gone(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"] = Read([deal()])
    await crm.resolve("acme", "deal", "7")
    watch.at += OLD
    vendor.objects["deals", "7"] = Read(gone={DEAL: None})
    assert await crm.deal(DEAL) is None
    assert await crm.known("deal", DEAL) == "deleted"
    vendor.objects["deals", "8"] = Read([deal("8")])
    other = await crm.resolve("acme", "deal", "8")
    watch.at += OLD
    vendor.objects["deals", "8"] = Gone("acme", "deal: status 404")
    assert await crm.known("deal", str(other)) == "deleted"
    vendor.objects["deals", "9"] = Gone("acme", "deal: status 404")
    assert await crm.resolve("acme", "deal", "9") is None


async def test_a_contact_of_whom_lists_say_nothing_any_more_is_asked_for(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    ada = own_id("acme", "contacts", "3")
    vendor.objects["accounts", "1"] = Read([account()])
    vendor.lists["contacts", "1"] = vendor.objects["contacts", "3"] = Read([told("contacts", "3", account=ACCOUNT, name="Ada")])
    assert len(await crm.contacts(ACCOUNT)) == 1
    assert await crm.known("contact", ada) == "here"
    vendor.lists["contacts", "1"], vendor.objects["contacts", "3"] = Read(), Read(gone={ada: None})
    watch.at += OLD
    assert await crm.known("contact", ada) == "deleted"
    assert await crm.contacts(ACCOUNT) == []


async def test_what_cannot_be_used_any_more_is_not_passed_off_as_it_was(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"], vendor.objects["accounts", "1"] = Read([deal()]), Read([account()])
    await crm.resolve("acme", "deal", "7")
    await crm.resolve("acme", "account", "1")
    watch.at += OLD
    vendor.objects["deals", "7"] = Read(faults=[Fault("deals", "7", "stage 'x' is not listed")])
    vendor.objects["accounts", "1"] = Read(faults=[Fault("accounts", "1", "it has no name")])
    assert await crm.deal(DEAL) is None
    assert await crm.account(ACCOUNT) is None
    assert await crm.family(ACCOUNT) == []
    assert await crm.known("deal", DEAL) == "unusable"
    watch.at += OLD
    vendor.objects["deals", "7"] = Read([deal(version=2)], [Fault("deals", "7", "its owner is nobody")])
    assert await crm.deal(DEAL) is not None, "a part of it is left out"
    assert await crm.known("deal", DEAL) == "here"


async def test_what_could_never_be_used_is_told_apart_from_what_is_not_there(crm: VendorCrm, vendor: Acme) -> None:
    vendor.objects["deals", "7"] = Read(faults=[Fault("deals", "7", "it belongs to no company")])
    assert await crm.resolve("acme", "deal", "7") == DEAL
    assert await crm.known("deal", DEAL) == "unusable"
    assert await crm.resolve("acme", "deal", "8") is None
    assert await crm.known("deal", "8") is None


async def test_what_belongs_to_an_account_comes_with_it(crm: VendorCrm, vendor: Acme) -> None:
    vendor.objects["accounts", "1"] = Read([account()])
    vendor.lists["contacts", "1"] = Read([told("contacts", "3", account=ACCOUNT, name="Ada")])
    await crm.resolve("acme", "account", "1")
    assert [one.id for one in await crm.contacts(ACCOUNT)] == [own_id("acme", "contacts", "3")]
    assert (await crm.touches([ACCOUNT])).touches == []
    assert vendor.asked == ["accounts/1", "contacts of 1", "touches of 1"]


async def test_what_says_itself_whose_it_is_is_asked_for_before_any_sync_has_told_of_it(crm: VendorCrm, vendor: Acme, copy: Copy) -> None:
    vendor.objects["accounts", "1"] = Read([account()])
    touch = told("touches", "emails-5", account=ACCOUNT, contact=own_id("acme", "contacts", "3"), sender="u_rae", channel="email", at=AT.isoformat())
    vendor.lists["touches", "1"] = Read([touch])
    assert len((await crm.touches([ACCOUNT])).touches) == 1, "not that nobody ever wrote to them"
    assert await crm.account(ACCOUNT) is not None
    assert vendor.asked == ["touches of 1", "accounts/1"]
    await copy.take("acme", Read([account("2")], gone={own_id("acme", "accounts", "2"): ACCOUNT}), AT)
    assert await copy.external("acme", "account", own_id("acme", "accounts", "2")) is None, "what was merged is asked for no more"
    assert await copy.external("other", "account", ACCOUNT) is None


async def test_who_withdrew_consent_is_heard_of_with_the_contacts(crm: VendorCrm, vendor: Acme) -> None:
    vendor.keys = ("accounts", "contacts", "consents")
    contact = own_id("acme", "contacts", "3")
    vendor.lists["contacts", "1"] = Read([told("contacts", "3", account=ACCOUNT, name="Ada")])
    consent = Told("consents", "acme-consents-3", {"contact": contact, "purpose": "marketing", "channel": "email", "status": "withdrawn"}, AT, 1)
    vendor.lists["consents", "1"] = Read([consent])
    [ada] = await crm.contacts(ACCOUNT)
    assert [one["status"] for one in ada.data["consents"]] == ["withdrawn"]


async def test_consent_of_which_the_latest_cannot_be_read_is_not_what_it_was(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("accounts", "contacts", "consents")
    contact = own_id("acme", "contacts", "3")
    vendor.lists["contacts", "1"] = Read([told("contacts", "3", account=ACCOUNT, name="Ada"), told("contacts", "4", account=ACCOUNT, name="Bea")])
    consent = {"contact": contact, "purpose": "marketing", "channel": "email"}
    vendor.lists["consents", "1"] = Read([Told("consents", own_id("acme", "consents", "3-m"), {**consent, "status": "granted"}, AT, 1)])
    await crm.contacts(ACCOUNT)
    watch.at += OLD
    vendor.lists["consents", "1"] = Read([Told("consents", own_id("acme", "consents", "3-m"), {**consent, "status": "perhaps"}, AT, 2)])
    found = await crm.contacts(ACCOUNT)
    assert [one.data["consents"] for one in found] == [None, []]
    assert found.lost == (), "the rest of the contact is known"


async def test_what_cannot_be_used_any_more_is_in_no_list_and_is_known_to_be_lost(crm: VendorCrm, vendor: Acme, copy: Copy, watch: Watch) -> None:
    vendor.keys = ("accounts", "contacts", "contracts")
    numbers: dict[Key, str] = {"contacts": "3", "contracts": "4"}
    for key, number in numbers.items():
        vendor.lists[key, "1"] = Read([told(key, number, account=ACCOUNT, name="Ada")] if key == "contacts" else [told(key, number, account=ACCOUNT)])
    assert [len(one) for one in (await crm.contacts(ACCOUNT), await crm.contracts(ACCOUNT))] == [1, 1]
    await copy.take("acme", Read(faults=[Fault(key, number, "it is odd") for key, number in numbers.items()]), AT)
    await copy.take("acme", Read(faults=[Fault("contracts", "9", "it is odd", ACCOUNT), Fault("contracts", "8", "it is odd", "acc_else")]), AT)
    contacts, contracts = await crm.contacts(ACCOUNT), await crm.contracts(ACCOUNT)
    assert (contacts, contacts.lost) == ([], (own_id("acme", "contacts", "3"),)), "a sync came upon it"
    assert (contracts, contracts.lost) == ([], (own_id("acme", "contracts", "4"), own_id("acme", "contracts", "9"))), "also one that never was read"
    assert (await crm.contracts("acc_else")).lost == (own_id("acme", "contracts", "8"),)


async def test_what_cannot_be_used_is_known_by_the_id_that_it_has_with_us(crm: VendorCrm, copy: Copy) -> None:
    await copy.take("acme", Read([told("contacts", "3", account=ACCOUNT, name="Ada"), told("contacts", "4", account=ACCOUNT, name="Ada")]), AT)
    await copy.take("acme", Read(gone={own_id("acme", "contacts", "4"): own_id("acme", "contacts", "3")}), AT)
    await copy.take("acme", Read(faults=[Fault("contacts", "4", "it is odd")]), AT)
    found = await crm.contacts(ACCOUNT)
    assert (found, found.lost) == ([], (own_id("acme", "contacts", "3"),))


async def test_a_relative_that_cannot_be_used_any_more_is_lost_and_still_one_of_the_family(crm: VendorCrm, vendor: Acme, watch: Watch) -> None:
    below = own_id("acme", "accounts", "2")
    vendor.objects["accounts", "1"], vendor.objects["accounts", "2"] = Read([account()]), Read([account("2", parent=ACCOUNT)])
    await crm.resolve("acme", "account", "1")
    await crm.resolve("acme", "account", "2")
    watch.at += OLD
    vendor.objects["accounts", "2"] = Read(faults=[Fault("accounts", "2", "it has no name")])
    family = await crm.family(ACCOUNT)
    assert ([one.id for one in family], family.lost, family.ids) == ([ACCOUNT], (below,), [ACCOUNT, below])


async def test_whose_names_must_not_be_told_is_known_only_while_the_copy_is_whole(crm: VendorCrm, vendor: Acme, watch: Watch, copy: Copy) -> None:
    vendor.keys = ("accounts", "contacts")
    vendor.parts["accounts"] = [Read([account("1", name="Brennecke")])]
    with pytest.raises(SourceError, match="its accounts were never all read"):
        await crm.names({"brennecke"})
    await Syncing(copy, vendor, watch).run()
    assert [one.name for one in await crm.names({"brennecke"})] == ["Brennecke"]
    watch.at += LAG + timedelta(seconds=1)
    with pytest.raises(SourceError, match="last all read"):
        await crm.names({"brennecke"})


async def test_a_copy_from_the_future_is_as_good_as_none(crm: VendorCrm, vendor: Acme, watch: Watch, copy: Copy) -> None:
    await Syncing(copy, vendor, watch).run()
    watch.at -= LAG + timedelta(seconds=1)
    with pytest.raises(SourceError, match="last all read"):
        await crm.due("deal", watch())


async def test_articles_are_not_passed_off_as_all_there_are_before_all_were_read(
    database: Database, following: Following, vendor: Acme, copy: Copy, watch: Watch
) -> None:
    search, vendor.keys = VendorSearch(Together(database), ArticleIndex(database, ARTICLES), following), ("articles",)
    asked = Asked("export", here_only=False, language="en")
    with pytest.raises(SourceError, match="its articles were never all read"):
        await answers(search, asked, at_most=3)
    vendor.parts["articles"] = [Read([told("articles", "5", title="Export", body="How to export.", visibility="public")])]
    await Syncing(copy, vendor, watch).run()
    assert [one.title for one in await answers(search, asked, at_most=3)] == ["Export"]


async def test_lists_of_everything_are_given_only_while_they_are_whole_and_young(
    crm: VendorCrm, vendor: Acme, watch: Watch, copy: Copy, database: Database, following: Following
) -> None:
    vendor.parts["deals"] = [Read([account(), deal("1", stage_entered_at=watch())]), Read([deal("2", last_activity_at=watch())])]
    with pytest.raises(SourceError, match="its deals were never all read; run: nextplay systems sync"):
        await crm.due("deal", watch())
    await Syncing(copy, vendor, watch).run()
    assert len(await crm.due("deal", watch())) == 2
    assert await VendorDirectory(Together(database), following).people(watch()) == []
    watch.at += LAG + timedelta(seconds=1)
    with pytest.raises(SourceError, match="its deals were last all read at"):
        await crm.due("deal", watch())
    assert await crm.due("contract", watch()) == [], "no connected system keeps contracts"
