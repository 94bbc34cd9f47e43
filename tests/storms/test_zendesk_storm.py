"""A Zendesk that refuses, fails, answers late and breaks off: every write happens exactly once, and no wait that it asks for is cut short."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.sandbox.doubles.misbehaviour import Misbehaviour
from integrations.sandbox.doubles.zendesk import ZendeskDouble
from integrations.sandbox.doubles.zendesk.desk import opened
from integrations.vendors.zendesk.connector import Zendesk
from integrations.vendors.zendesk.telling import own
from tests.integration.vendors.zendesk_desk import NOON, Desk, connecting, nap
from tests.storms.vendors.passing import SHARES
from tests.unit.vendors.zendesk_known import InMemory
from tools.ports import Command, EffectUnknown, Receipt, SourceError

TICKETS = 50


@dataclass
class Ticking:
    """A second passes whenever somebody looks."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


async def carried_out(zendesk: Zendesk, command: Command) -> int:
    """How often it was tried. As the ledger does it: what is unknown is looked up, what is surely absent is done again, what may not be now waits."""
    tries, unknown = 0, False
    while True:
        try:
            if unknown:
                found = await zendesk.effects.look_up(command)
                assert found != "unknowable"
                if isinstance(found, Receipt):
                    return tries
            tries, unknown = tries + 1, False
            await zendesk.effects.execute(command)
        except SourceError:
            await nap(1)
        except EffectUnknown:
            unknown = True
        else:
            return tries


async def test_every_write_happens_once_in_bad_weather(whole: bool) -> None:
    desk, writes = Desk(clock=Ticking()), 1000 if whole else 100  # type: ignore[arg-type]
    tickets = [opened(desk.world, f"Ticket {n}", "text", requester_id=desk.sanne, priority="low") for n in range(TICKETS)]
    double = ZendeskDouble(desk.world, desk.double().clock, late_s=0.06, misbehaviour=Misbehaviour(dict(SHARES), seed=7))
    tries = 0
    async with connecting(double, InMemory(), timeout_s=0.03) as zendesk:
        for n in range(writes):
            target, turn = own("tickets", str(tickets[n % TICKETS])), n // TICKETS
            kind = ("ticket_comment", "assign_group", "set_priority")[turn % 3]
            group, priority = own("groups", str((desk.engineering, desk.support)[turn % 2])), ("p2", "p3")[turn // 3 % 2]
            payload = {"public": n % 2 == 0, "body": f"text {n}", "group": group, "priority": priority}
            tries += await carried_out(zendesk, Command(f"np-{n:04d}", kind, target, payload))
    markers = [entry.content.get("metadata", {}).get("nextplay") for entry in desk.world.journal.entries]
    assert sorted(markers) == [f"np-{n:04d}" for n in range(writes)]
    assert double.violations == 0
    assert tries > writes, "the weather was bad"
    for n in range(writes):
        (entry,) = desk.world.journal.with_marker(f"np-{n:04d}")
        assert entry.target == str(tickets[n % TICKETS])
        if "comment" in entry.content:
            assert entry.content["comment"]["public"] is (n % 2 == 0)
