"""Effects go to the system whose record they change, and messages that are to be mailed to the mail."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from agent.graph.ledger import perform
from integrations.db.database import Database
from integrations.db.store import SqlStore
from integrations.vendors.routing import VendorEffects
from tests.integration.vendors.fake import Acme
from tests.unit.db.build import MINUTE, NOW, action, recorded
from tools.ports import Command, EffectRefused, Receipt


@pytest.mark.parametrize(("begun", "state", "result"), [(False, "failed", "failed"), (True, "unknown", "unknown")])
async def test_what_was_begun_there_is_unknown_and_what_was_not_is_refused(
    database: Database, vendor: Acme, begun: bool, state: str, result: str
) -> None:
    store = SqlStore(database)
    await recorded(store, approvals=[], actions=[action(needs_approval=False, target="other-deal-7")])
    [planned] = await store.actions("dec_1")
    if begun:
        await store.start_action(planned.key, NOW)
    [now] = await store.actions("dec_1")
    assert await perform(store, VendorEffects([vendor]), now, lambda: NOW + MINUTE) == result
    [after] = await store.actions("dec_1")
    assert after.state == state
    assert "belongs to no connected system (connected: acme)" in (after.error or "")


@dataclass
class Known:
    """Takes everything, and keeps what it took."""

    took: list[str] = field(default_factory=list)

    async def execute(self, command: Command) -> Receipt:
        self.took.append(command.marker)
        return Receipt("made", NOW)

    async def look_up(self, _command: Command) -> Receipt | Literal["absent", "unknowable"]:
        return "unknowable"


@pytest.mark.parametrize(("by", "in_hand"), [({}, True), ({"by": "mail"}, False)])
async def test_a_message_is_in_its_owners_hand_unless_it_is_mailed(vendor: Acme, by: dict[str, str], in_hand: bool) -> None:
    crm, mail = Known(), Known()
    vendor.effects = crm
    sent = await VendorEffects([vendor], mail).execute(Command("np-1", "send_content", "acme-contact-3", by))
    assert (sent.in_hand, len(crm.took), len(mail.took)) == (in_hand, in_hand, not in_hand)


async def test_what_is_to_be_mailed_is_no_task_where_nothing_mails(vendor: Acme) -> None:
    command = Command("np-1", "send_content", "acme-contact-3", {"by": "mail"})
    for ask in (VendorEffects([vendor]).execute, VendorEffects([vendor]).look_up):
        with pytest.raises(EffectRefused, match="no mail server is set: set NEXTPLAY_MAIL_HOST"):
            await ask(command)
