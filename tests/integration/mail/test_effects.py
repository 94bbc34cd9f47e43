"""What is mailed right before it is mailed: to whom, in whose name, and whether it still may be; and what the ledger says of each end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import pytest

from agent.domain.records import Action
from agent.graph.ledger import perform
from agent.ports import Store
from integrations.db.database import Database
from integrations.mail.effects import MailEffects
from integrations.mail.letters import Stationery
from integrations.mail.rests import FIRST_S, LONGEST_S
from integrations.sandbox.crm import SandboxCrm
from integrations.sandbox.doubles.mail.server import MailFault
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.source import Together
from tests.integration.mail.post import TAKEN, Post, post
from tests.integration.vendors.ledger import Entry
from tests.unit.domain.building import AT
from tests.unit.sandbox.conftest import HandClock
from tools.freshness import needed_since
from tools.once import Read
from tools.ports import Command, EffectOvertaken, EffectPostponed, EffectRefused, EffectUnknown, Listing, Premise, Receipt

OURS = Stationery(("tessera.example",), unsubscribe="mailto:stop@tessera.example")
WORLD = """
people:
  - {id: mia, email: mia@tessera.example, name: Mia Ortega, roles: [sales_rep]}
  - {id: max, email: max@tessera.example, name: Max Otto, roles: [sales_rep]}
  - {id: guest, email: guest@elsewhere.example, name: Guest, roles: [sales_rep]}
accounts: [{id: acc, name: Acme, owner: mia}]
contacts: [{id: ann, account: acc, name: Ann Lee, email: ann@acme.example}, {id: bob, account: acc, name: Bob, email: bob@acme.example}]
deals: [{id: deal, account: acc, owner: mia, stage: proposal}]
tickets: [{id: tic, account: acc, subject: s, assignee: max}]
"""
PAYLOAD: dict[str, Any] = {
    "to": "ann@acme.example", "contact": "ann", "account": "acc", "subject": "A guide", "body": "Hello Ann", "channel": "email",
    "purpose": "marketing", "content": "guide", "by": "mail", "about": "deal", "sender": "mia",
}  # fmt: skip


@dataclass
class Seconds:
    """They pass when somebody says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Mailing:
    """The post, and what mails over it."""

    post: Post
    sandbox: Sandbox
    database: Database
    effects: MailEffects
    clock: Callable[[], datetime]
    seconds: Seconds

    async def sends(self, kind: str = "send_content", target: str = "ann", **payload: Any) -> Receipt:
        return await self.effects.execute(Command("np-7", kind, target, {**PAYLOAD, **payload}))


@pytest.fixture
async def mailing(database: Database, sandbox: Sandbox, clock: HandClock) -> AsyncIterator[Mailing]:
    await sandbox.apply(WORLD)
    async with post() as there:
        seconds = Seconds()
        effects = MailEffects(there.server, OURS, sandbox.sources, clock, monotonic=seconds)
        yield Mailing(there, sandbox, database, effects, clock, seconds)


async def test_it_arrives_once_at_whom_it_was_approved_for_and_is_not_in_anybodys_hand(mailing: Mailing) -> None:
    receipt = await mailing.sends()
    assert (receipt.reference, receipt.at, receipt.in_hand) == ("<np-7@tessera.example>", mailing.clock(), False)
    [letter] = mailing.post.letters
    headers = dict(letter["headers"])
    assert (letter["from"], letter["to"]) == ("mia@tessera.example", ["ann@acme.example"])
    assert (headers["Message-ID"], headers["List-Unsubscribe"]) == ("<np-7@tessera.example>", "<mailto:stop@tessera.example>")
    assert letter["text"].strip() == "Hello Ann"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("contacts: [{id: ann, email: ann@new.example}]", "another e-mail address by now"),
        ("contacts: [{id: ann, email: null}]", "another e-mail address by now"),
        ("contacts: [{id: ann, deleted: true}]", "'ann' is nobody at the account any more"),
        ("contacts: [{id: ann, opted_out: true}]", "the contact has opted out"),
        ("contacts: [{id: ann, do_not_contact: true}]", "the contact is not to be contacted"),
        ("contacts: [{id: ann, hard_bounced: true}]", "the contact has an address that takes no mail"),
        ("contacts: [{id: ann, left_company: true}]", "the contact has left the company"),
        ("consents: [{contact: ann, purpose: marketing, channel: email, status: withdrawn}]", "withdrawn the consent"),
        ("people: [{id: mia, active: false}]", "is no colleague any more"),
        ("people: [{id: mia, email: mia@gone.example}]", "mia@gone.example is not at a domain that mail is sent from"),
        ("{deals: [{id: deal, owner: max}], accounts: [{id: acc, owner: max}]}", "signed by Mia Ortega, whose it is no longer"),
    ],
)
async def test_what_has_changed_since_it_was_approved_is_not_mailed(mailing: Mailing, change: str, says: str) -> None:
    await mailing.sandbox.apply(change)
    with pytest.raises(EffectRefused, match=says):
        await mailing.sends()
    assert (mailing.post.letters, mailing.post.double.said) == ([], [])


@pytest.mark.parametrize("change", ["contacts: [{id: ann, email: ann@new.example}]", "contacts: [{id: ann, email: null}]"])
async def test_another_address_is_judged_again_and_not_given_up(mailing: Mailing, change: str) -> None:
    await mailing.sandbox.apply(change)
    with pytest.raises(EffectOvertaken, match=r"^the contact has another e-mail address by now$"):
        await mailing.sends()
    assert mailing.post.letters == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("deals: [{id: deal, stage: won}]", "the deal is in stage 'won' by now, no longer in 'proposal'"),
        ("deals: [{id: deal, deleted: true}]", "the deal is gone by now"),
    ],
)
async def test_a_deal_that_has_moved_on_is_judged_again(mailing: Mailing, change: str, says: str) -> None:
    command = Command("np-7", "send_content", "ann", PAYLOAD, Premise("deal", "proposal"))
    await mailing.sandbox.apply(change)
    with pytest.raises(EffectOvertaken, match=says):
        await mailing.effects.execute(command)
    assert mailing.post.letters == []
    await mailing.sandbox.apply("deals: [{id: deal, stage: proposal, deleted: false}]")
    await mailing.effects.execute(command)
    assert len(mailing.post.letters) == 1


async def test_the_last_look_is_at_what_is_read_this_moment_and_each_record_once(mailing: Mailing) -> None:
    asked: list[tuple[str, object]] = []

    async def noted(read: Read) -> Any:
        assert needed_since() == mailing.clock()
        asked.append((read.name, read.about))
        return await read.ask()

    effects = MailEffects(mailing.post.server, OURS, mailing.sandbox.sources.through(noted), mailing.clock)
    await effects.execute(Command("np-7", "send_content", "ann", PAYLOAD, Premise("deal", "proposal")))
    assert {name for name, _ in asked} == {"contacts", "known", "people", "deal", "ticket", "account"}
    assert len(asked) == len(set(asked))


class Unread(SandboxCrm):
    """A CRM of which a contact, or what they agreed to, cannot be read."""

    all_of_them = False

    async def contacts(self, account_id: str) -> Listing:
        there = await super().contacts(account_id)
        if self.all_of_them:
            return Listing((), (one.id for one in there))
        return Listing(replace(one, data={**one.data, "consents": None}) for one in there)


@pytest.mark.parametrize(("all_of_them", "says"), [(True, "'ann' cannot be read as it is now"), (False, "agreed to marketing cannot be read")])
async def test_who_cannot_be_read_is_not_written_to(mailing: Mailing, database: Database, clock: HandClock, all_of_them: bool, says: str) -> None:
    crm = Unread(Together(database), clock)
    crm.all_of_them = all_of_them
    effects = MailEffects(mailing.post.server, OURS, replace(mailing.sandbox.sources, crm=crm), clock, monotonic=mailing.seconds)
    with pytest.raises(EffectRefused, match=says):
        await effects.execute(Command("np-7", "send_content", "ann", PAYLOAD))
    assert mailing.post.letters == []


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"target": "eve"}, "'eve' is nobody at the account any more"),
        ({"to": "bob@acme.example"}, "another e-mail address by now"),
        ({"sender": None}, "nobody who owns it is here"),
        ({"sender": "guest"}, "whose it is no longer"),
        ({"channel": "in_app"}, "only a message by e-mail is mailed"),
        ({"kind": "crm_task"}, "only a message by e-mail is mailed"),
        ({"subject": "Hello\r\nBcc: eve@x.test"}, "the subject has a line break"),
        ({"body": ""}, "the message has no text"),
    ],
)
async def test_what_cannot_be_mailed_says_why(mailing: Mailing, payload: dict[str, Any], says: str) -> None:
    with pytest.raises(EffectRefused, match=says):
        await mailing.sends(**payload)
    assert mailing.post.letters == []


@pytest.mark.parametrize(("about", "sender"), [("deal", "mia"), ("tic", "max"), ("acc", "mia"), ("gone", "mia")])
async def test_it_is_in_the_name_of_whose_deal_ticket_or_company_it_is(mailing: Mailing, about: str, sender: str) -> None:
    await mailing.sends(about=about, sender=sender)
    assert mailing.post.letters[0]["from"] == f"{sender}@tessera.example"


async def test_who_withdrew_from_marketing_still_hears_what_a_contract_asks_for(mailing: Mailing) -> None:
    await mailing.sandbox.apply("consents: [{contact: ann, purpose: marketing, channel: email, status: withdrawn}]")
    await mailing.sends(purpose="contractual")
    assert len(mailing.post.letters) == 1


@pytest.mark.parametrize("source", ["crm", "directory"])
async def test_a_source_that_is_silent_postpones_it(mailing: Mailing, source: str) -> None:
    await mailing.sandbox.apply(f"faults: [{{source: {source}, mode: down}}]")
    with pytest.raises(EffectPostponed):
        await mailing.sends()
    assert mailing.post.letters == []


async def test_nobody_can_be_asked_whether_a_mail_was_sent(mailing: Mailing) -> None:
    await mailing.sends()
    assert await mailing.effects.look_up(Command("np-7", "send_content", "ann", PAYLOAD)) == "unknowable"


ENDS: dict[MailFault, str] = {
    **dict.fromkeys(("closed", "no_tls", "bad_certificate", "no_sign_in", "greylisted", "broken", "full"), "planned"),
    **dict.fromkeys(("unknown_recipient", "sender_refused", "refused"), "failed"),
    **dict.fromkeys(TAKEN, "unknown"),
}


@pytest.mark.parametrize("fault", ENDS)
async def test_the_ledger_knows_each_end_and_repeats_only_what_was_surely_not_sent(mailing: Mailing, fault: MailFault) -> None:
    entry = Entry(action())
    mailing.post.fails(fault)
    if fault == "late":
        mailing.effects._server = replace(mailing.post.server, taking_s=0.3)
    ends = [await _performed(mailing, entry), await _performed(mailing, entry)]
    assert ends == {"planned": ["planned", "done"], "failed": ["failed"] * 2, "unknown": ["unknown"] * 2}[ENDS[fault]]
    assert len(mailing.post.letters) == (0 if ENDS[fault] == "failed" else 1)
    assert (entry.action.error is not None) is (ends[1] != "done")


async def _performed(mailing: Mailing, entry: Entry) -> str:
    try:
        return await perform(cast("Store", entry), mailing.effects, entry.action, mailing.clock)
    except EffectPostponed:
        mailing.seconds.now += LONGEST_S
        return entry.action.state


async def test_whoever_died_in_the_middle_of_it_does_not_send_it_again(mailing: Mailing) -> None:
    entry = Entry(replace(action(), state="started"))
    assert await _performed(mailing, entry) == "unknown"
    assert (mailing.post.letters, entry.action.state) == ([], "unknown")


async def test_a_server_that_lets_nobody_in_is_not_knocked_at_for_every_letter_nor_every_few_seconds(mailing: Mailing) -> None:
    mailing.post.fails("no_sign_in")
    for _ in range(5):
        with pytest.raises(EffectPostponed, match=r"535 5\.7\.8 user name or password is not good"):
            await mailing.sends()
    assert mailing.post.double.said.count("STARTTLS") == 1
    mailing.seconds.now += FIRST_S
    await mailing.sends()
    assert len(mailing.post.letters) == 1


async def test_letters_that_fail_together_are_one_failure_of_the_server(mailing: Mailing) -> None:
    mailing.post.fails("closed", "closed", "closed", "closed")
    letters = [mailing.effects.execute(Command(f"np-{number}", "send_content", "ann", PAYLOAD)) for number in range(4)]
    ends = await asyncio.gather(*letters, return_exceptions=True)
    assert [type(end) for end in ends] == [EffectPostponed] * 4
    assert mailing.post.double.misbehaviour.next == [], "each of them has knocked"
    mailing.seconds.now += FIRST_S
    await mailing.sends()
    assert len(mailing.post.letters) == 1


async def test_a_letter_that_is_put_off_does_not_hold_up_another(mailing: Mailing) -> None:
    mailing.post.fails("greylisted")
    with pytest.raises(EffectPostponed, match=r"451 4\.7\.1 greylisted"):
        await mailing.sends()
    other = Command("np-8", "send_content", "bob", {**PAYLOAD, "contact": "bob", "to": "bob@acme.example"})
    await mailing.effects.execute(other)
    with pytest.raises(EffectPostponed, match="greylisted, come back in five minutes; tried again in 30 s"):
        await mailing.sends()
    assert [letter["to"] for letter in mailing.post.letters] == [["bob@acme.example"]]


async def test_the_words_of_the_server_are_told_and_its_password_is_not(mailing: Mailing) -> None:
    mailing.post.fails("unknown_recipient", "lost", "no_sign_in")
    told = []
    for error in (EffectRefused, EffectUnknown, EffectPostponed):
        with pytest.raises(error) as raised:
            await mailing.sends()
        told.append(str(raised.value))
    assert told[0] == "127.0.0.1 refused the recipient: 550 5.1.1 no such user here"
    assert "only the server's log says (<np-7@tessera.example>)" in told[1]
    assert "not-a-secret" not in str(told)


def action(**changes: Any) -> Action:
    return Action(**{
        "key": "np-7", "decision_id": "dec", "step": 0, "kind": "send_content", "target": "ann", "payload": PAYLOAD, "state": "planned",
        "needs_approval": True, "digest": "d", "customer_visible": True, "account": "acc", "at": AT, **changes,
    })  # fmt: skip
