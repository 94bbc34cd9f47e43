"""From a vendor's webhook over an approval to a letter at the mail server: once, whatever the server does; and what it counts as."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.domain.decision import Decision
from agent.domain.records import Run
from agent.ports import Scope
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.answers import follows
from integrations.cli.checks_of_mail import check_mail
from integrations.cli.demo_delivery import deliver
from integrations.cli.demo_story import START
from integrations.cli.demo_vendors import Vendors, fill_copy, open_vendors
from integrations.mail.effects import MailEffects
from integrations.mail.rests import FIRST_S
from integrations.sandbox.doubles.mail.server import MailDouble, MailFault
from integrations.settings import Settings
from tests.acceptance.workspaces import alone
from tools.ports import Command, Receipt

CALM = "contract sent, and quiet since"


@dataclass
class Mailed:
    """A deployment that is connected to both vendors and to a mail server."""

    workspace: Workspace
    vendors: Vendors
    double: MailDouble
    settings: Settings

    @property
    def letters(self) -> list[dict[str, Any]]:
        return [entry.content for entry in self.double.journal.entries]

    async def settle(self) -> None:
        """Whoever waits for a vendor's limit is waited for."""
        await self.workspace.engine.settle()
        while any("hubspot" in one.source or "zendesk" in one.source for one in await self.workspace.store.waiting_runs()):
            await asyncio.sleep(0.2)
            await self.workspace.engine.settle()

    async def moves_to(self, at: datetime) -> None:
        self.workspace.clock.stand_at(at)
        await self.settle()

    async def asked(self) -> Decision:
        """HubSpot's news of a deal, and what is proposed to its owner."""
        await deliver(self.workspace, [scene for scene in self.vendors.morning() if scene.shows == CALM], START)
        await self.settle()
        [row] = await self.workspace.service.decisions(limit=5)
        return await self.workspace.service.explain(row.id)

    async def approved(self) -> Decision:
        """Approved by the owner, and the minute in which that can be undone is over."""
        decision = await self.asked()
        [ask] = await self.workspace.store.approvals(decision.id)
        await self.workspace.service.answer(decision.id, "approve", who=ask.asked[0])
        await self.settle()
        assert self.letters == [], "it can still be undone"
        await self.moves_to(START + timedelta(minutes=5))
        return await self.workspace.service.explain(decision.id)

    async def changes_hands(self, decision: Decision) -> tuple[str, str]:
        """The deal becomes another colleague's. What the one is called, and the other."""
        portal, deal = self.vendors.portal, decision.subject.id.removeprefix("hubspot-deal-")
        before = portal.owners[str(portal.things["deals"][deal].properties["hubspot_owner_id"])]
        after = next(one for one in portal.owners.values() if one.email == "oliver.hartley@tessera.example")
        portal.update("deals", deal, {"hubspot_owner_id": after.id})
        return f"{before.first} {before.last}", f"{after.first} {after.last}"

    async def exposure(self, decision: Decision) -> tuple[str | None, datetime | None]:
        [watched] = await self.workspace.store.watched(Scope(decisions=(decision.id,)))
        return watched.exposure, watched.watch.opened_at


@asynccontextmanager
async def mailed(tmp_path: Path) -> AsyncIterator[Mailed]:
    with alone(tmp_path):
        async with open_vendors(("hubspot", "zendesk", "mail")) as vendors:
            settings = vendors.settings(Settings(_env_file=None))
            async with open_workspace(settings, at=START) as workspace:
                await fill_copy(workspace, vendors)
                yield Mailed(workspace, vendors, vendors.post, settings)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Mailed]:
    async with mailed(tmp_path) as one:
        yield one


def _send(decision: Decision) -> Any:
    return next(action for action in decision.actions if action.kind == "send_content")


async def test_what_was_approved_is_mailed_once_in_the_owners_name_and_counts_as_delivered(there: Mailed) -> None:
    decision = await there.approved()
    [letter] = there.letters
    headers, proposal = dict(letter["headers"]), decision.proposal
    assert proposal is not None
    assert {action.state for action in decision.actions} == {"done"}
    buyer = there.vendors.portal.things["contacts"][str(proposal.recipient).removeprefix("hubspot-contact-")]
    assert letter["to"] == [buyer.properties["email"]]
    assert (headers["Subject"], letter["text"].replace("\r\n", "\n").strip()) == (proposal.content["subject"], proposal.content["body"].strip())
    assert headers["Message-ID"] == f"<{_send(decision).key}@tessera.example>"
    assert headers["From"] == f"{proposal.content['body'].strip().splitlines()[-1]} <{letter['from']}>", "in the name that is under it"
    assert there.vendors.portal.things["tasks"] == {}, "there is no task for it beside"
    assert await there.exposure(decision) == ("delivered", START + timedelta(minutes=5))
    await there.moves_to(START + timedelta(hours=2))
    assert len(there.letters) == 1


async def test_a_first_name_under_edited_words_is_signed_anew_and_one_in_them_is_pointed_out(there: Mailed) -> None:
    decision = await there.asked()
    [ask] = await there.workspace.store.approvals(decision.id)
    assert decision.proposal is not None
    *lines, name = decision.proposal.content["body"].strip().split("\n")
    first = name.split()[0]
    body = "\n".join([*lines, first, "", f"PS: {first} says hello."])
    await there.workspace.service.answer(decision.id, "edit", who=ask.asked[0], content={"body": body})
    await there.settle()
    signed, by = await there.changes_hands(decision)
    await there.moves_to(START + timedelta(minutes=5))
    *_, again = await there.workspace.store.approvals(decision.id)
    assert f"what was written by hand still names {signed}" in again.difference
    await there.workspace.service.answer(decision.id, "approve", who=again.asked[0])
    await there.moves_to(START + timedelta(minutes=10))
    [letter] = there.letters
    assert letter["text"].strip().splitlines()[-3:] == [by, "", f"PS: {first} says hello."]


@pytest.mark.parametrize("edit", [None, {"subject": "The security pack for your audit"}])
async def test_nothing_goes_out_as_one_colleague_over_the_signature_of_another(there: Mailed, edit: dict[str, str] | None) -> None:
    """Neither in its template's words nor in a person's own."""
    decision = await there.asked()
    [ask] = await there.workspace.store.approvals(decision.id)
    await there.workspace.service.answer(decision.id, "edit" if edit else "approve", who=ask.asked[0], content=edit)
    await there.settle()
    signed, by = await there.changes_hands(decision)
    await there.moves_to(START + timedelta(minutes=5))
    assert there.letters == []
    *_, again = await there.workspace.store.approvals(decision.id)
    assert (again.round, again.state) == (ask.round + 1, "open")
    assert f"the content shows sender.name = {signed}, it is {by} now" in again.difference
    await there.workspace.service.answer(decision.id, "approve", who=again.asked[0])
    await there.moves_to(START + timedelta(minutes=10))
    [letter] = there.letters
    assert dict(letter["headers"])["From"].startswith(by)
    assert letter["text"].strip().splitlines()[-1] == by
    assert (dict(letter["headers"])["Subject"] == (edit or {}).get("subject")) is (edit is not None)


async def test_what_was_mailed_holds_its_slot_of_the_contact_policy(there: Mailed) -> None:
    decision = await there.approved()
    company = there.workspace.systems.sources.crm
    [touch] = [one for one in (await company.touches([str(decision.subject.account)])).touches if one.ours]
    assert decision.proposal is not None
    assert (touch.contact, touch.channel, touch.purpose, touch.at) == (
        decision.proposal.recipient, "email", "marketing", START + timedelta(minutes=5),
    )  # fmt: skip


async def test_until_the_minute_is_over_it_can_be_undone_and_nothing_is_mailed(there: Mailed) -> None:
    decision = await there.asked()
    [ask] = await there.workspace.store.approvals(decision.id)
    await there.workspace.service.answer(decision.id, "approve", who=ask.asked[0])
    await there.settle()
    await there.workspace.service.answer(decision.id, "undo", who=ask.asked[0])
    await there.moves_to(START + timedelta(minutes=5))
    assert (there.letters, there.double.said) == ([], [])


async def test_what_the_server_puts_off_is_mailed_later_and_once(there: Mailed) -> None:
    there.double.misbehaviour.next = ["greylisted", "closed", "no_sign_in", "full"]
    decision = await there.approved()
    assert (_send(decision).state, there.letters) == ("planned", [])
    [waiting] = await there.workspace.store.waiting_runs()
    assert waiting.source == "mail"
    for _ in range(4):
        _mail(there)._rests.end("mail", _send(decision).key)
        await there.moves_to(there.workspace.clock() + timedelta(seconds=FIRST_S))
    decision = await there.workspace.service.explain(decision.id)
    assert (_send(decision).state, len(there.letters)) == ("done", 1)
    assert await there.workspace.store.waiting_runs() == []
    assert (await there.workspace.store.verify_audit()).ok


async def test_while_the_server_rests_the_run_sleeps_and_nothing_is_judged_again(there: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    there.double.misbehaviour.next = ["closed"]
    decision = await there.approved()
    run = await there.workspace.store.run(decision.run_id)
    assert run is not None
    assert run.wake_at == START + timedelta(minutes=5, seconds=FIRST_S)
    judged, drive = list[str](), there.workspace.service.drive

    async def noted(run_id: str) -> Run:
        judged.append(run_id)
        return await drive(run_id)

    monkeypatch.setattr(there.workspace.service, "drive", noted)
    await there.moves_to(run.wake_at - timedelta(seconds=1))
    assert (judged, there.letters) == ([], [])
    _mail(there)._rests.end("mail")
    await there.moves_to(run.wake_at)
    assert (judged, len(there.letters)) == ([decision.run_id], 1)


async def test_of_a_server_that_takes_nothing_for_minutes_operators_are_told_once(there: Mailed) -> None:
    there.double.misbehaviour.next = ["closed"] * 5
    await there.approved()
    for minutes in (7, 9, 10, 11):
        _mail(there)._rests.end("mail")
        await there.moves_to(START + timedelta(minutes=minutes))
    for _ in range(2):
        await there.workspace.service.tick()
    told = [message.title for message in await there.workspace.store.messages(undelivered=False) if message.title.startswith("Silent")]
    assert (told, there.double.misbehaviour.next) == (["Silent: mail"], [])
    assert there.letters == []


async def test_what_the_server_refuses_has_failed_and_whoever_approved_it_is_told(there: Mailed) -> None:
    there.double.misbehaviour.next = ["unknown_recipient"]
    decision = await there.approved()
    assert (_send(decision).state, there.letters) == ("failed", [])
    assert "550 5.1.1 no such user here" in str(_send(decision).error)
    told = [message for message in await there.workspace.store.messages(undelivered=False) if message.kind == "alarm"]
    assert any("550 5.1.1 no such user here" in message.body for message in told)
    assert (await there.exposure(decision))[0] != "delivered"
    await there.moves_to(START + timedelta(hours=1))
    assert there.letters == []


@pytest.mark.parametrize(("fault", "done"), [("lost", True), ("late", False), ("babble", True)])
async def test_what_may_have_been_mailed_waits_for_a_person_and_is_never_mailed_again(tmp_path: Path, fault: MailFault, done: bool) -> None:
    async with mailed(tmp_path) as there:
        there.double.misbehaviour.next = [fault]
        there.double.late_s = 60.0
        _impatient(there)
        decision = await there.approved()
        assert len(there.letters) == 1
        [unknown] = await there.workspace.service.unknown_effects()
        assert (unknown.key, unknown.kind) == (_send(decision).key, "send_content")
        assert unknown.key in str(unknown.error)
        for hours in (1, 2):
            await there.moves_to(START + timedelta(hours=hours))
        assert (len(there.letters), (await there.exposure(decision))[1]) == (1, None)
        await there.workspace.service.resolve(unknown.key, done=done, who="dana.whitfield@tessera.example", why="looked at the server's log")
        await there.moves_to(START + timedelta(hours=3))
        decision = await there.workspace.service.explain(decision.id)
        assert (len(there.letters), _send(decision).state) == (1, "done" if done else "failed")
        exposure, since = await there.exposure(decision)
        assert (exposure == "delivered", since) == (done, unknown.at if done else None)


def _impatient(there: Mailed) -> None:
    """A server that says nothing is not waited for as long as usual."""
    mail = _mail(there)
    mail._server = replace(mail._server, taking_s=0.5)


def _mail(there: Mailed) -> MailEffects:
    """The mail among the effects."""
    found: MailEffects = there.workspace.systems.effects._mail  # type: ignore[attr-defined]  # of a port
    return found


async def test_who_opts_out_after_the_approval_is_not_mailed_to(there: Mailed) -> None:
    decision = await there.asked()
    [ask] = await there.workspace.store.approvals(decision.id)
    await there.workspace.service.answer(decision.id, "approve", who=ask.asked[0])
    await there.settle()
    assert decision.proposal is not None
    contact = str(decision.proposal.recipient).removeprefix("hubspot-contact-")
    there.vendors.portal.update("contacts", contact, {"hs_email_optout": "true", "nextplay_do_not_contact": "true"})
    await there.moves_to(START + timedelta(minutes=5))
    assert (there.letters, _send(await there.workspace.service.explain(decision.id)).state) == ([], "failed")


async def test_who_has_another_address_right_before_is_asked_about_again_and_the_run_says_so(there: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    effects, really = there.workspace.systems.effects, there.workspace.systems.effects.execute

    async def moved_first(command: Command) -> Receipt:
        monkeypatch.setattr(effects, "execute", really)
        there.workspace.clock.stand_at(there.workspace.clock() + timedelta(seconds=1))
        there.vendors.portal.statuses["julia@new.example"] = there.vendors.portal.statuses[command.payload["to"]]
        there.vendors.portal.update("contacts", command.target.removeprefix("hubspot-contact-"), {"email": "julia@new.example"})
        return await really(command)

    monkeypatch.setattr(effects, "execute", moved_first)
    decision = await there.approved()
    run = await there.workspace.store.run(decision.run_id)
    assert run is not None
    assert (there.letters, _send(decision).state, run.attempts) == ([], "planned", 0)
    assert follows(decision, {"state": run.state, "error": run.error})[0] == (
        "It is not done yet: the contact has another e-mail address by now, so it is judged again."
    )
    await there.settle()
    *_, again = await there.workspace.store.approvals(decision.id)
    assert (again.state, again.round) == ("open", 2)
    assert any("is julia@new.example" in line for line in again.difference)
    await there.workspace.service.answer(decision.id, "approve", who=again.asked[0])
    await there.moves_to(START + timedelta(minutes=10))
    assert [letter["to"] for letter in there.letters] == [["julia@new.example"]]
    run = await there.workspace.store.run(decision.run_id)
    assert run is not None
    assert (run.state, run.error) == ("closed", None)


async def test_who_was_deleted_after_the_approval_is_not_mailed_to(there: Mailed) -> None:
    """HubSpot's list of a company's contacts is silent of whoever is not there any more."""
    decision = await there.asked()
    [ask] = await there.workspace.store.approvals(decision.id)
    await there.workspace.service.answer(decision.id, "approve", who=ask.asked[0])
    await there.settle()
    assert decision.proposal is not None
    there.vendors.portal.archive("contacts", str(decision.proposal.recipient).removeprefix("hubspot-contact-"))
    await there.moves_to(START + timedelta(minutes=5))
    send = _send(await there.workspace.service.explain(decision.id))
    assert (there.letters, send.state) == ([], "failed")
    assert str(send.error) == f"'{decision.proposal.recipient}' is nobody at the account any more"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"mail_password": SecretStr("old")}, ["mail: server"]),
        ({"mail_ca_file": None}, ["mail: server"]),
        ({"mail_port": 9}, ["mail: server"]),
        ({"mail_domains": ("elsewhere.example",)}, ["mail: names"]),
        ({"mail_host": None}, ["mail: plays"]),
    ],
)
async def test_the_doctor_signs_in_sends_nothing_and_says_what_mends_it(there: Mailed, changes: dict[str, Any], wrong: list[str]) -> None:
    said = [one async for one in check_mail(there.settings.model_copy(update=changes), there.workspace.database)]
    assert [one.name for one in said if one.level != "ok"] == wrong
    assert all("NEXTPLAY_MAIL" in one.text for one in said if one.level != "ok")
    assert there.letters == []
