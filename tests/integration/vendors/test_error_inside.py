"""A 200 with an error inside is no answer: nothing is read from it, and nothing that was written is taken for done."""

import pytest

from integrations.vendors.errors import VendorError
from tests.integration.vendors.hub import joined
from tests.integration.vendors.salesforce_org import Made, served, small
from tools.ports import Command, EffectUnknown, Receipt, SourceError

TASK = {"title": "Call them", "text": "about it", "assignee": "", "due": "1d", "subject": ""}


async def test_salesforce_reads_nothing_from_it_and_finds_out_what_it_wrote() -> None:
    made = Made()
    ids = small(made.org)
    async with served(made) as there:
        connector = there.connected(attempts=1)
        await connector.one("deals", ids["deal"])
        made.double.misbehaviour.next = ["error_inside"]
        with pytest.raises(VendorError):
            await connector.one("deals", ids["deal"])
        first, command = (Command(marker, "crm_task", f"salesforce-account-{ids['acme']}", TASK) for marker in ("np-0", "np-1"))
        await connector.effects.execute(first)
        made.double.misbehaviour.next = [None, None, "error_inside"]  # type: ignore[list-item]  # what is looked at first is answered
        with pytest.raises(EffectUnknown):
            await connector.effects.execute(command)
        assert await connector.effects.look_up(command) == "absent"
        assert isinstance(await connector.effects.execute(command), Receipt)
        assert len(list(made.org.journal.with_marker("np-1"))) == 1


async def test_hubspot_reads_nothing_from_it() -> None:
    async with joined(filled=True) as hub:
        hub.double.misbehaviour.next = ["error_inside"]
        with pytest.raises(VendorError):
            await hub.connector.one("deals", hub.ids["deal_001"])
        hub.double.misbehaviour.next = ["error_inside"]
        with pytest.raises((SourceError, EffectUnknown)):
            await hub.connector.effects.execute(Command("np-1", "crm_note", f"hubspot-account-{hub.ids['acc_001']}", {"text": "t", "subject": ""}))
        assert list(hub.portal.journal.with_marker("np-1")) == []
