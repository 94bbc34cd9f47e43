"""Effects on a Salesforce over real HTTP: what each becomes, what stops it, and that it is there once whatever goes wrong."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Literal, cast

import pytest

from agent.domain.records import Action
from agent.graph.ledger import NotYetDone, perform
from agent.ports import Store
from integrations.sandbox.doubles.misbehaviour import Fault
from integrations.sandbox.doubles.salesforce.org import Org, Rule
from integrations.vendors.salesforce.effects import SETTLES
from integrations.vendors.salesforce.fields import Fields
from tests.integration.vendors.ledger import Entry
from tests.integration.vendors.salesforce_org import AT, Made, Served, served, small
from tests.storms.vendors.passing import SHARES
from tools.ports import Command, EffectOvertaken, EffectRefused, Effects, EffectUnknown, Premise, Receipt, SourceBusy, SourceError

Keyed = Literal["external", "unique", "plain", "none"]
KEYED: dict[Keyed, Callable[[Org], None]] = {
    "external": lambda org: org.key_is(external=True, unique=True), "unique": lambda org: org.key_is(unique=True), "plain": lambda org: org.key_is(),
    "none": lambda org: org.key_is(there=False),
}  # fmt: skip

PATIENCE = 200
"""So often is one effect driven at most."""


@pytest.fixture
async def there() -> AsyncIterator[Served]:
    async with served(Made(late_s=0.3), timeout_s=0.15) as found:
        yield found


def task(ids: dict[str, str], marker: str = "np-1", **payload: Any) -> Command:
    said = {"title": "Call Ann", "text": "Ask what is missing", "assignee": f"salesforce-person-{ids['mia']}", "due": "5d", **payload}
    return Command(marker, "crm_task", f"salesforce-account-{ids['acme']}", {"subject": f"salesforce-deal-{ids['deal']}", **said})


def message(ids: dict[str, str], **payload: Any) -> Command:
    said = {"to": "ann@acme.example", "subject": "Your  audit\nquestions", "body": "Dear Ann,\n\nhere they are.", "purpose": "marketing"}
    return Command("np-2", "send_content", f"salesforce-contact-{ids['ann']}", {**said, "account": f"salesforce-account-{ids['acme']}", **payload})


def tasks(org: Org) -> list[dict[str, Any]]:
    return list(org.tables["Task"].values())


def with_marker(org: Org, marker: str) -> list[dict[str, Any]]:
    """Found by the line in the text, whatever else the org has."""
    return [row for row in tasks(org) if f"[{marker}]" in row["Description"]]


# --- what each becomes ---------------------------------------------------------------------------------------------------


async def test_a_task_is_for_whom_it_names_and_hangs_on_what_it_is_about(there: Served) -> None:
    ids = small(there.org)
    receipt = await there.connected().effects.execute(task(ids))
    (row,) = tasks(there.org)
    assert receipt == Receipt(row["Id"], there.made.clock.now())
    assert {name: row[name] for name in ("Subject", "Description", "WhatId", "OwnerId", "AccountId", "Status", "ActivityDate")} == {
        "Subject": "Call Ann", "Description": "Ask what is missing\n\n[np-1]", "WhatId": ids["deal"], "OwnerId": ids["mia"], "AccountId": ids["acme"],
        "Status": "Not Started", "ActivityDate": "2026-11-28",
    }  # fmt: skip
    assert row["Nextplay_Key__c"] == "np-1"


async def test_a_task_for_somebody_who_is_not_there_goes_to_the_owner_and_says_for_whom(there: Served) -> None:
    ids = small(there.org)
    left = there.org.add("User", Name="Left", IsActive=False)
    effects = there.connected().effects
    for number, named in enumerate(("exec_sponsor", f"salesforce-person-{left}")):
        await effects.execute(task(ids, f"np-{number}", assignee=named))
        row = tasks(there.org)[-1]
        assert (row["OwnerId"], f"For: {named}" in row["Description"]) == (ids["mia"], True)


async def test_a_note_is_a_task_that_is_done(there: Served) -> None:
    ids = small(there.org)
    await there.connected().effects.execute(Command("np-3", "crm_note", f"salesforce-account-{ids['acme']}", {"text": "They asked\nfor SSO"}))
    (row,) = tasks(there.org)
    assert (row["Subject"], row["Status"], row["WhatId"]) == ("Nextplay: They asked", "Completed", ids["acme"])
    assert row["Description"] == "They asked\nfor SSO\n\n[np-3]"


async def test_a_message_is_a_task_for_the_companys_owner_with_the_draft_in_it(there: Served) -> None:
    ids = small(there.org)
    await there.connected().effects.execute(message(ids))
    (row,) = tasks(there.org)
    assert (row["Subject"], row["OwnerId"], row["WhoId"], row["WhatId"]) == ("Send: Your audit questions", ids["mia"], ids["ann"], ids["acme"])
    assert row["Description"] == "To: ann@acme.example\nSubject: Your  audit\nquestions\n\nDear Ann,\n\nhere they are.\n\n[np-2]"
    assert there.org.tables["EmailMessage"] == {}, "nothing was sent"


async def test_words_of_any_length_fit_and_the_marker_is_kept(there: Served) -> None:
    ids = small(there.org)
    await there.connected().effects.execute(task(ids, title="T" * 999, text="x" * 99_999))
    (row,) = tasks(there.org)
    assert len(row["Subject"]) == 255
    assert row["Description"].endswith("\n\n[np-1]")


# --- what stops it ---------------------------------------------------------------------------------------------------------


async def refused(effects: Effects, command: Command, why: str) -> None:
    with pytest.raises(EffectRefused, match=why):
        await effects.execute(command)


async def test_what_was_judged_on_a_stage_is_written_only_while_the_deal_is_in_it(there: Served) -> None:
    ids = small(there.org)
    effects, deal = there.connected(Fields()).effects, f"salesforce-deal-{ids['deal']}"
    there.org.edit(ids["deal"], StageName="Closed Lost", IsClosed=True, IsWon=False)
    for stage in ("proposal", "lost"):
        command = replace(message(ids), premise=Premise(deal, stage))
        if stage == "lost":
            assert await effects.execute(command)
        else:
            with pytest.raises(EffectOvertaken, match="the deal is in stage 'lost' by now, no longer in 'proposal'"):
                await effects.execute(command)


async def test_what_changed_since_is_seen_before_anything_is_written(there: Served) -> None:
    org, ids = there.org, small(there.org)
    effects = there.connected(Fields(do_not_contact="Marketing_Consent__c")).effects
    org.edit(ids["ann"], Marketing_Consent__c=True)
    await refused(effects, message(ids), "not to be contacted")
    org.edit(ids["ann"], Marketing_Consent__c=False, HasOptedOutOfEmail=True)
    await refused(effects, message(ids), "has opted out")
    org.edit(ids["ann"], HasOptedOutOfEmail=False, Email="ann@elsewhere.example")
    await refused(effects, message(ids), "another e-mail address")
    org.hidden.add(("Contact", "HasOptedOutOfEmail"))
    await refused(effects, message(ids, to="ann@elsewhere.example"), "INVALID_FIELD")
    org.delete(ids["ann"])
    org.hidden.clear()
    await refused(effects, message(ids), "not there any more")
    org.edit(ids["mia"], IsActive=False)
    await refused(effects, task(ids), "active owner")
    org.delete(ids["deal"])
    await refused(effects, task(ids), "not there any more")
    assert tasks(org) == []


async def test_who_has_opted_out_still_gets_what_a_contract_asks_for(there: Served) -> None:
    ids = small(there.org)
    there.org.edit(ids["ann"], HasOptedOutOfEmail=True)
    await there.connected().effects.execute(message(ids, purpose="contractual"))
    assert len(tasks(there.org)) == 1


async def test_what_salesforce_or_we_do_not_take_is_refused_with_its_reason(there: Served) -> None:
    ids = small(there.org)
    there.org.rules.append(Rule("Task", "Say when it is due", lambda row: row["Subject"] == "Vague"))
    effects = there.connected().effects
    await refused(effects, task(ids, title="Vague"), "Say when it is due")
    await refused(effects, Command("np-1", "set_priority", f"salesforce-account-{ids['acme']}"), "knows no effect 'set_priority'")
    await refused(effects, Command("np-1", "crm_note", "acc_001", {"text": "x"}), "not linked to Salesforce")
    await refused(effects, Command("np-1", "send_content", f"salesforce-account-{ids['acme']}", {"to": "x"}), "no contact")
    assert tasks(there.org) == []


@pytest.mark.parametrize("end", ["limit", "right", "reading"])
async def test_what_was_surely_not_done_waits(there: Served, end: str) -> None:
    ids = small(there.org)
    effects = there.connected(attempts=1).effects
    await effects.execute(task(ids, "np-0"))
    if end == "limit":
        there.made.double.misbehaviour.next = [None, None, "too_many"]  # type: ignore[list-item]  # the two that read are answered
    elif end == "right":
        there.made.door.client_secret = "changed-secret-3d"
        there.made.door.revoke()
    else:
        there.made.double.misbehaviour.next = ["failing"]
    with pytest.raises(SourceError) as told:
        await effects.execute(task(ids))
    assert isinstance(told.value, SourceBusy) is (end == "limit")
    there.made.door.client_secret = "client-secret-7c1"
    await there.made.clock.sleep(60)
    assert await effects.look_up(task(ids)) == "absent"
    assert with_marker(there.org, "np-1") == []


async def test_a_record_that_somebody_else_writes_to_is_tried_again(there: Served) -> None:
    ids = small(there.org)
    there.org.locked[ids["deal"]] = 2
    await there.connected().effects.execute(task(ids))
    assert len(tasks(there.org)) == 1
    there.org.locked[ids["deal"]] = 3
    with pytest.raises(SourceError):
        await there.connected().effects.execute(task(ids, "np-9"))
    assert len(tasks(there.org)) == 1


async def test_which_of_our_tasks_were_done_can_be_asked(there: Served) -> None:
    ids = small(there.org)
    connector = there.connected()
    account = f"salesforce-account-{ids['acme']}"
    done, note = (Command(f"np-{kind}", kind, account, {"text": "x"}) for kind in ("crm_task", "crm_note"))
    made = await connector.effects.execute(done)
    await connector.effects.execute(note)
    await connector.effects.execute(replace(done, marker="np-open"))
    there.org.add("Task", Status="Completed", OwnerId=ids["mia"], Subject="Their own")
    since = there.made.clock.now()
    await there.made.clock.sleep(60)
    there.org.edit(made.reference, Status="Completed")
    (completion,) = await connector.completed(since)
    assert (completion.marker, completion.at, completion.by) == ("np-crm_task", there.made.clock.now(), f"salesforce-person-{ids['mia']}")
    assert await connector.completed(there.made.clock.now() + SETTLES) == []
    KEYED["none"](there.org)
    assert await there.connected().completed(since) == []


# --- once ------------------------------------------------------------------------------------------------------------------


async def brought_to_its_end(there: Served, effects: Effects, command: Command, state: Literal["planned", "unknown"] = "planned") -> str:
    """As the ledger does it, driven again after half a minute where it has to wait: Salesforce's id of what was made."""
    account = "salesforce-account-1"
    entry = Entry(Action(command.marker, "dec", 0, command.kind, command.target, command.payload, state, False, "", False, account, AT))
    for _ in range(PATIENCE):
        try:
            if await perform(cast("Store", entry), effects, entry.action, there.made.clock.now) == "done":
                return str(entry.action.result["reference"])
        except (NotYetDone, SourceError):
            await there.made.clock.sleep(30)
    raise AssertionError(entry.action)


@pytest.mark.parametrize("keyed", KEYED)
@pytest.mark.parametrize("fault", ["failing", "late", "reset", "truncated"])
async def test_whatever_becomes_of_the_answer_it_is_there_once(there: Served, keyed: Keyed, fault: Fault) -> None:
    ids = small(there.org)
    KEYED[keyed](there.org)
    effects = there.connected().effects
    await effects.execute(task(ids, "np-0"))
    there.made.double.misbehaviour.next = [None, None, fault]  # type: ignore[list-item]  # the two that read are answered
    with pytest.raises(EffectUnknown):
        await effects.execute(task(ids))
    assert len(with_marker(there.org, "np-1")) == (0 if fault == "failing" else 1)
    made = await brought_to_its_end(there, effects, task(ids), "unknown")
    assert [row["Id"] for row in with_marker(there.org, "np-1")] == [made]


@pytest.mark.parametrize("keyed", ["external", "unique"])
async def test_a_second_one_is_not_made_where_the_first_arrives_late(there: Served, keyed: Keyed) -> None:
    ids = small(there.org)
    KEYED[keyed](there.org)
    effects = there.connected().effects
    first, second = await effects.execute(task(ids)), await effects.execute(task(ids))
    assert first.reference == second.reference
    assert len(tasks(there.org)) == 1


async def test_what_somebody_threw_away_had_happened(there: Served) -> None:
    ids = small(there.org)
    effects = there.connected().effects
    done = await effects.execute(task(ids))
    there.org.delete(done.reference)
    found = await effects.look_up(task(ids))
    assert isinstance(found, Receipt)
    assert found.reference == done.reference


async def test_without_a_key_nobody_can_tell_once_what_it_hung_on_is_gone(there: Served) -> None:
    ids = small(there.org)
    KEYED["none"](there.org)
    effects = there.connected().effects
    with pytest.raises(SourceError, match="may still be under way"):
        await effects.look_up(task(ids))
    there.org.tables["Opportunity"].clear()
    assert await effects.look_up(task(ids)) == "unknowable"
    assert await effects.look_up(Command("np-1", "crm_note", "acc_001", {"text": "x"})) == "unknowable"


async def test_what_may_still_be_under_way_is_not_absent_yet_unless_it_can_only_be_there_once(there: Served) -> None:
    ids = small(there.org)
    for keyed, make in KEYED.items():
        make(there.org)
        effects = there.connected().effects
        if keyed in ("plain", "none"):
            with pytest.raises(SourceError, match="may still be under way"):
                await effects.look_up(task(ids))
            await there.made.clock.sleep(30)
        assert await effects.look_up(task(ids)) == "absent"


@pytest.mark.slow
@pytest.mark.parametrize("keyed", ["external", "none"])
async def test_many_writes_through_every_failure_are_each_there_once(keyed: Keyed, request: pytest.FixtureRequest) -> None:
    """Of the requests, one in five is too many, one in ten fails, one in ten is answered too late, and one in twenty is broken off."""
    async with served(Made(late_s=0.1, calls_a_day=1_000_000), timeout_s=0.06) as there:
        ids = small(there.org)
        KEYED[keyed](there.org)
        effects = there.connected().effects
        await effects.execute(task(ids, "np-warm"))
        there.made.double.misbehaviour.shares = dict(SHARES)
        writes = 1000 if request.config.getoption("whole_storm") else 100
        markers = [f"np-{number:04d}" for number in range(writes)]
        deals = [there.org.add("Opportunity", AccountId=ids["acme"], OwnerId=ids["mia"], StageName="Prospecting") for _ in range(4)]
        about = [f"salesforce-deal-{deals[number % 4]}" for number in range(writes)]
        made = [await brought_to_its_end(there, effects, task(ids, marker, subject=deal)) for marker, deal in zip(markers, about, strict=True)]
        times = {marker: [row["Id"] for row in with_marker(there.org, marker)] for marker in markers}
        assert times == {marker: [one] for marker, one in zip(markers, made, strict=True)}
        assert len(tasks(there.org)) == writes + 1
        assert there.made.double.limit.violations == 0
