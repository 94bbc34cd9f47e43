"""The connector reads a Salesforce over real HTTP: every key, in parts, what changed, and what cannot be put into our words."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from integrations.sandbox.doubles.misbehaviour import Fault
from integrations.sandbox.doubles.salesforce.filling import fill
from integrations.sandbox.models import ENTRIES
from integrations.sandbox.seed import seed_items
from integrations.vendors.connector import Key, Read, Told
from integrations.vendors.errors import Busy, Denied, Gone, Unsure
from integrations.vendors.salesforce.connector import PAGE, PART, Salesforce
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.signing_in import assertion, client_credentials
from tests.integration.vendors.salesforce_org import AT, Made, Served, keys, served, small


@pytest.fixture
async def there() -> AsyncIterator[Served]:
    async with served(Made(batch=150)) as found:
        yield found


async def everything(connector: Salesforce, key: Key, since: Any = None) -> Read:
    read, cursor = Read(), None
    while True:
        page = await connector.page(key, cursor, since)
        read, cursor = read + page.read, page.cursor
        if cursor is None:
            return read


def fits(told: Told) -> bool:
    """As the copy checks it."""
    model = ENTRIES[told.key]
    return bool(model.model_validate({model.id_field: told.id, **told.fields}, context={"at": told.as_of}))


# --- every key ---------------------------------------------------------------------------------------------------------


async def test_it_reads_the_whole_seed_and_every_record_fits(there: Served) -> None:
    ids = fill(there.org, seed_items(), AT)
    connector, found = there.connected(), dict[str, Told]()
    for key in connector.keys:
        read = await everything(connector, key)
        assert read.faults == (), key
        assert all(fits(told) for told in read.told)
        found |= {told.id: told for told in read.told}
        wanted = sum(item.key == key for item in seed_items())
        read_of_it = sum(told.key == key for told in read.told)
        assert read_of_it == wanted if key != "touches" else 0 < read_of_it <= wanted
    deal = found[f"salesforce-deal-{ids['deal_001']}"]
    assert deal.fields["stage"] == "contract_sent"
    assert deal.fields["account"] == f"salesforce-account-{ids['acc_001']}"
    assert deal.fields["owner"] == f"salesforce-person-{ids['u_katrin']}"
    assert deal.fields["amount"] == {"amount": 64_000, "currency": "EUR"}
    assert deal.fields["primary_contact"] == f"salesforce-contact-{ids['con_001']}"
    assert len(deal.fields["contacts"]) == 2
    child = found[f"salesforce-account-{ids['acc_006']}"].fields
    assert (child["parent"], child["tier"], child["country"], child["health"]) == (f"salesforce-account-{ids['acc_005']}", "enterprise", "NL", 58)
    assert found[f"salesforce-account-{ids['acc_013']}"].fields["dispute"] is True
    assert found[f"salesforce-contract-{ids['ctr_001']}"].fields["notice_days"] == 60


async def test_one_record_with_what_belongs_to_it_in_one_round_trip(there: Served) -> None:
    ids = small(there.org)
    connector = there.connected()
    await connector.one("deals", ids["deal"])
    asked = len(there.made.double.asked)
    read = await connector.one("deals", ids["deal"][:15])
    assert [path.rpartition("/")[2] for _, path in there.made.double.asked[asked:]] == ["composite"]
    (told,) = read.told
    assert (told.external_id, told.version, told.as_of) == (ids["deal"], int(AT.timestamp() * 1000), AT)
    assert told.fields["contacts"] == [f"salesforce-contact-{ids['ann']}"]
    assert (told.fields["kind"], told.fields["stage"], told.fields["name"]) == ("new", "negotiation", "Acme: Flow")


async def test_what_belongs_to_a_company(there: Served) -> None:
    ids = small(there.org)
    other = there.org.add("Account", Name="Other")
    there.org.add("Contact", Name="Bo", AccountId=other)
    there.org.delete(there.org.add("Contact", Name="Left", AccountId=ids["acme"]))
    connector = there.connected()
    found = {key: [told.id for told in (await connector.of_account(key, ids["acme"])).told] for key in connector.keys}
    person = f"salesforce-contact-{ids['ann']}"
    assert found == {
        "people": [], "accounts": [], "contacts": [person, f"{person}:marketing:email"], "contracts": [f"salesforce-contract-{ids['contract']}"],
        "deals": [f"salesforce-deal-{ids['deal']}"], "touches": [],
    }  # fmt: skip


async def test_what_belongs_to_a_large_company_is_read_to_the_last(there: Served) -> None:
    ids = small(there.org)
    for number in range(PART + 50):
        there.org.add("Contact", Name=f"Ann {number}", AccountId=ids["acme"])
    done = {"Status": "Completed", "TaskSubtype": "Call", "WhoId": ids["ann"], "OwnerId": ids["mia"]}
    calls = [there.org.add("Task", **done) for _ in range(PAGE + 50)]
    connector = there.connected()
    contacts = [one.id for one in (await connector.of_account("contacts", ids["acme"])).told if one.key == "contacts"]
    assert len(contacts) == len({*contacts}) == PART + 51
    assert len((await connector.of_account("touches", ids["acme"])).told) == len(calls)


async def test_mail_and_calls_are_touches_and_say_which_way_they_went(there: Served) -> None:
    ids = small(there.org)
    done = {"Status": "Completed", "WhoId": ids["ann"], "OwnerId": ids["mia"]}
    sent, answered, bounced, bare = (there.org.add("Task", TaskSubtype="Email", **done) for _ in range(4))
    there.org.add("EmailMessage", ActivityId=sent, Status="3", Incoming=False, MessageDate="2026-11-22T10:00:00.000+0000")
    there.org.add("EmailMessage", ActivityId=answered, Status="0", Incoming=True)
    there.org.add("EmailMessage", ActivityId=bounced, Status="3", IsBounced=True)
    call = there.org.add("Task", TaskSubtype="Call", **done)
    there.org.add("Task", TaskSubtype="Call", **{**done, "Status": "Not Started"})
    there.org.add("Task", TaskSubtype="Task", **done)
    read = await there.connected().of_account("touches", ids["acme"])
    found = {told.id.rpartition("-")[2]: told.fields for told in read.told}
    assert {one: (fields.get("direction"), fields["status"], fields["channel"]) for one, fields in found.items()} == {
        sent: ("out", "sent", "email"), answered: ("in", "sent", "email"), bounced: ("out", "bounced", "email"), bare: (None, "sent", "email"),
        call: (None, "sent", "phone"),
    }  # fmt: skip
    assert found[sent]["at"].isoformat() == "2026-11-22T10:00:00+00:00"
    assert found[sent]["sender"] == f"salesforce-person-{ids['mia']}"
    assert all(fits(told) for told in read.told)


async def test_a_touch_that_cannot_be_read_is_a_fault_that_says_whose_it_is(there: Served) -> None:
    ids = small(there.org)
    odd = there.org.add("Task", TaskSubtype="Email", Status="Completed", WhoId=ids["ann"], OwnerId="00G000000000001AAA")
    [fault] = (await there.connected().one("touches", odd)).faults
    assert "no colleague as its owner" in fault.why
    assert fault.about == f"salesforce-account-{ids['acme']}"
    assert fault.as_of is not None


# --- in parts, and what changed ----------------------------------------------------------------------------------------


async def test_pages_follow_each_other_and_may_be_asked_for_again(there: Served) -> None:
    names = [there.org.add("Account", Name=f"Account {number}") for number in range(2 * PAGE + 50)]
    connector = there.connected()
    first = await connector.page("accounts", None, None)
    again = await connector.page("accounts", None, None)
    assert (first.total, first.read.told == again.read.told, first.cursor == again.cursor) == (450, True, True)
    read = await everything(connector, "accounts")
    assert [told.external_id for told in read.told] == names, "each once, although all changed in the same second"


async def test_what_changed_since_with_what_was_deleted_and_merged(there: Served) -> None:
    kept, lost, binned, untouched = (there.org.add("Account", Name=name) for name in ("kept", "lost", "binned", "untouched"))
    connector = there.connected()
    assert (await everything(connector, "accounts")).gone == {}
    await there.made.clock.sleep(60)
    since = there.made.clock.now()
    there.org.delete(lost, merged_into=kept)
    there.org.delete(binned)
    there.org.edit(kept, Name="kept and more")
    read = await everything(connector, "accounts", since)
    assert [(told.external_id, told.fields["name"]) for told in read.told] == [(kept, "kept and more")]
    assert read.gone == {f"salesforce-account-{lost}": f"salesforce-account-{kept}", f"salesforce-account-{binned}": None}
    assert (await connector.one("accounts", binned)).gone == {f"salesforce-account-{binned}": None}
    assert untouched not in str(read)
    merged = await connector.one("accounts", lost)
    assert (merged.gone, [told.external_id for told in merged.told]) == ({f"salesforce-account-{lost}": f"salesforce-account-{kept}"}, [kept])
    (told,) = (await everything(there.connected(), "accounts", since)).told
    assert told.version == int((AT + timedelta(seconds=60)).timestamp() * 1000)


@pytest.mark.parametrize("record", ["001Hs0000000099999", "001000000000000AAA", "nonsense", "' OR Name != '", ""])
async def test_what_is_not_there_is_gone(there: Served, record: str) -> None:
    with pytest.raises(Gone):
        await there.connected().one("accounts", record)


# --- what cannot be put into our words -----------------------------------------------------------------------------------


async def test_a_stage_that_nobody_mapped_is_a_fault_unless_the_org_says_how_it_ended(there: Served) -> None:
    org, ids = there.org, small(there.org)
    org.add("OpportunityStage", ApiName="Dormant", IsActive=True)
    org.add("OpportunityStage", ApiName="Won by partner", IsActive=True, IsClosed=True, IsWon=True)
    org.add("OpportunityStage", ApiName="Abandoned", IsActive=True, IsClosed=True)
    connector = there.connected()
    for name, stage in (("Won by partner", "won"), ("Abandoned", "lost"), ("Closed Won", "won")):
        org.edit(ids["deal"], StageName=name)
        assert (await connector.one("deals", ids["deal"])).told[0].fields["stage"] == stage
    org.edit(ids["deal"], StageName="Dormant")
    (fault,) = (await connector.one("deals", ids["deal"])).faults
    assert fault.why == "its stage 'Dormant' means nothing here. Add it to stages of the fields"
    mapped = there.connected(Fields(stages={"Dormant": "qualified"}))
    assert (await mapped.one("deals", ids["deal"])).told[0].fields["stage"] == "qualified"


async def test_deals_and_contacts_without_an_account_are_faults(there: Served) -> None:
    deal = there.org.add("Opportunity", Name="Loose", StageName="Prospecting")
    contact = there.org.add("Contact", Name="Private")
    connector = there.connected()
    for key, record in (("deals", deal), ("contacts", contact)):
        read = await connector.one(key, record)  # type: ignore[arg-type]  # they are keys
        assert (read.told, [fault.external_id for fault in read.faults]) == ((), [record])
        assert "belongs to no account" in read.faults[0].why


async def test_an_owner_who_left_is_told_as_inactive_and_stays_the_owner(there: Served) -> None:
    ids = small(there.org)
    there.org.edit(ids["mia"], IsActive=False)
    connector = there.connected()
    (person,) = (await connector.one("people", ids["mia"])).told
    (deal,) = (await connector.one("deals", ids["deal"])).told
    assert (person.fields["active"], deal.fields["owner"]) == (False, person.id)


async def test_markup_is_not_text(there: Served) -> None:
    ids = small(there.org)
    hostile = '<p>SSO &amp; <b>EU</b> residency<br>and <script>alert("x")</script>audits &lt;soon&gt;</p><style>p{}</style>\u202e\u200b'
    there.org.edit(ids["deal"], Interest__c=hostile, Name="Acme < Co & \x07Sons")
    (deal,) = (await there.connected().one("deals", ids["deal"])).told
    assert deal.fields["interest"] == "SSO & EU residency\nand audits <soon>"
    assert deal.fields["name"] == "Acme < Co & Sons"


async def test_amounts_have_the_records_own_currency_or_the_only_one_or_are_left_out(there: Served) -> None:
    ids = small(there.org)
    there.org.edit(ids["deal"], CurrencyIsoCode="JPY")
    assert (await there.connected().one("deals", ids["deal"])).told[0].fields["amount"] == {"amount": 96_000, "currency": "JPY"}
    there.org.multi_currency = False
    assert (await there.connected(Fields(currency="CHF")).one("deals", ids["deal"])).told[0].fields["amount"]["currency"] == "CHF"
    read = await there.connected(Fields()).one("deals", ids["deal"])
    assert "amount" not in read.told[0].fields
    assert "has no currency and was left out" in read.faults[0].why


async def test_parts_that_do_not_fit_are_left_out_and_said(there: Served) -> None:
    ids = small(there.org)
    there.org.edit(ids["acme"], Tier__c="Gold", Health_Score__c=130, ARR__c=-5)
    read = await there.connected().one("accounts", ids["acme"])
    assert not {"tier", "health", "arr"} & read.told[0].fields.keys()
    assert [fault.why.split(" and was ")[0] for fault in read.faults] == [
        "its tier 'Gold' means nothing here", "its ARR__c is negative", "its health is not between 0 and 100"
    ]  # fmt: skip
    assert fits(read.told[0])


async def test_a_hidden_field_is_left_out_but_whoever_may_have_opted_out_is_not_told_at_all(there: Served) -> None:
    ids = small(there.org)
    there.org.hidden |= {("Opportunity", "Amount"), ("Contact", "HasOptedOutOfEmail"), ("Account", "Dispute__c")}
    connector = there.connected()
    assert "amount" not in (await connector.one("deals", ids["deal"])).told[0].fields
    for key, record, name in (("contacts", ids["ann"], "HasOptedOutOfEmail"), ("accounts", ids["acme"], "Dispute__c")):
        read = await connector.one(key, record)  # type: ignore[arg-type]  # they are keys
        assert read.told == ()
        assert read.faults[0].why.startswith(f"its {name} is hidden from the integration user")
    there.org.hidden.add(("Opportunity", "StageName"))
    assert "StageName is hidden" in (await there.connected().one("deals", ids["deal"])).faults[0].why


async def test_a_field_that_goes_away_meanwhile_is_noticed_at_once(there: Served) -> None:
    ids = small(there.org)
    connector = there.connected()
    for read in (connector.one("accounts", ids["acme"]), connector.of_account("deals", ids["acme"]), connector.one("deals", ids["deal"])):
        await read
    there.org.hidden |= {("Account", "Tier__c"), ("Opportunity", "Interest__c")}
    assert "tier" not in (await connector.one("accounts", ids["acme"])).told[0].fields
    assert len((await connector.one("deals", ids["deal"])).told) == 1
    there.org.hidden.add(("Opportunity", "Competitor__c"))
    assert len((await connector.of_account("deals", ids["acme"])).told) == 1


async def test_consent_is_what_a_checkbox_says_and_its_absence_takes_it_back(there: Served) -> None:
    ids = small(there.org)
    connector = there.connected()
    for ticked in (True, False):
        there.org.edit(ids["ann"], Marketing_Consent__c=ticked)
        person, consent = (await connector.one("contacts", ids["ann"])).told
        assert (consent.key, consent.fields["contact"], consent.deleted) == ("consents", person.id, not ticked)
        assert fits(consent)


async def test_a_draft_is_no_contract_yet(there: Served) -> None:
    ids = small(there.org)
    there.org.edit(ids["contract"], Status="Draft")
    assert (await there.connected().one("contracts", ids["contract"])).gone == {f"salesforce-contract-{ids['contract']}": None}
    there.org.edit(ids["contract"], Status="Frozen")
    read = await there.connected().one("contracts", ids["contract"])
    assert "status" not in read.told[0].fields
    assert "its status 'Frozen' means nothing here" in read.faults[0].why


async def test_an_object_that_is_not_to_be_seen_is_not_taken_to_be_empty(there: Served) -> None:
    ids = small(there.org)
    del there.org.fields["Contract"]
    for read in (there.connected().page("contracts", None, None), there.connected().of_account("contracts", ids["acme"])):
        with pytest.raises(Denied, match=r"does not see any Contract\. Give the user Read on Contract, or name"):
            await read
    assert there.connected(Fields(without=("contracts",))).keys == ("people", "accounts", "contacts", "deals", "touches")


# --- whatever Salesforce does ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["too_many", "failing", "late", "reset"])
async def test_what_only_reads_gets_over_a_failure(fault: Fault) -> None:
    async with served(Made(late_s=0.3), timeout_s=0.15) as there:
        ids = small(there.org)
        connector = there.connected()
        await connector.one("accounts", ids["acme"])
        there.made.double.misbehaviour.next = [fault]
        assert len((await connector.one("accounts", ids["acme"])).told) == 1
        assert there.made.double.limit.violations == 0


async def test_an_answer_that_ends_too_early_says_nothing(there: Served) -> None:
    ids = small(there.org)
    connector = there.connected()
    await connector.one("accounts", ids["acme"])
    there.made.double.misbehaviour.next = ["truncated"]
    with pytest.raises(Unsure, match="cut off"):
        await connector.one("accounts", ids["acme"])


async def test_the_days_last_call_is_no_missing_right() -> None:
    async with served(Made(calls_a_day=3)) as there:
        ids = small(there.org)
        connector = there.connected()
        await connector.one("accounts", ids["acme"])
        there.made.double.limit.take()
        with pytest.raises(Busy) as told:
            await connector.one("accounts", ids["acme"])
        assert told.value.seconds > 60
        with pytest.raises(Busy):
            await connector.one("accounts", ids["acme"])
        assert there.made.double.limit.violations == 0


async def test_a_session_that_ends_or_is_revoked_is_renewed(there: Served) -> None:
    ids = small(there.org)
    connector = there.connected()
    for end in (there.made.door.revoke, lambda: there.made.door.sessions.update(dict.fromkeys(there.made.door.sessions, AT))):
        end()
        assert len((await connector.one("accounts", ids["acme"])).told) == 1


async def test_an_assertion_signs_in(there: Served) -> None:
    ids = small(there.org)
    key = SecretStr(keys()[0])
    form = assertion("3MVG9double", "nextplay@example.com", key, audience="https://login.salesforce.com", now=there.made.clock.now)
    assert len((await there.connected(form=form).one("accounts", ids["acme"])).told) == 1
    other = assertion("3MVG9double", "other@example.com", key, audience="https://login.salesforce.com", now=there.made.clock.now)
    with pytest.raises(Denied, match="gives no token: invalid_grant"):
        await there.connected(form=other).one("accounts", ids["acme"])


# --- doctor ----------------------------------------------------------------------------------------------------------------


async def test_doctor_says_that_all_is_well(there: Served) -> None:
    small(there.org)
    checks = await there.connected().checks()
    assert [check.name for check in checks if not check.ok] == []
    assert {check.name: check.says for check in checks}["key"] == "Nextplay_Key__c is unique: no effect can be there twice"


async def test_doctor_names_what_is_amiss_and_how_to_mend_it(there: Served) -> None:
    org = there.org
    small(org)
    org.hidden |= {("Contact", "HasOptedOutOfEmail"), ("Account", "Tier__c")}
    org.add("OpportunityStage", ApiName="Dormant", IsActive=True)
    org.multi_currency = False
    org.key_is(there=False)
    del org.fields["EmailMessage"], org.fields["Contract"]
    found = {check.name: check for check in await there.connected().checks()}
    assert {name for name, check in found.items() if not check.ok} == {"Contact", "Contract", "stages", "currency"}
    assert found["Account"].says == "read without Tier__c, which are hidden or not there"
    assert "Dormant" in found["stages"].says
    assert all(check.mend for check in found.values() if not check.ok)


@pytest.mark.parametrize("secret", ["wrong-secret-1f", "client-secret-7c1"])
async def test_doctor_raises_nothing(there: Served, secret: str) -> None:
    connector = there.connected(form=client_credentials("3MVG9double", SecretStr(secret)), attempts=1)
    if secret == "client-secret-7c1":
        there.made.double.misbehaviour.shares = {"failing": 1.0}
    (check,) = await connector.checks()
    assert (check.name, check.ok) == ("sign-in", False)
    assert "secret-1f" not in str(check)
