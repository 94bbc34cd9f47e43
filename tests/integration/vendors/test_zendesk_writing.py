"""Writes to Zendesk over real HTTP: each once, in public only when told, and never over what somebody else just did."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from integrations.sandbox.doubles.zendesk import ZendeskDouble
from integrations.sandbox.doubles.zendesk.desk import deleted, updated
from integrations.vendors.zendesk.connector import Zendesk
from integrations.vendors.zendesk.effects import ZendeskEffects
from integrations.vendors.zendesk.telling import own
from tests.integration.vendors.zendesk_desk import Desk, Wrap, connecting
from tests.unit.vendors.zendesk_known import InMemory
from tools.ports import Command, EffectRefused, EffectUnknown, SourceError


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def known() -> InMemory:
    return InMemory()


@pytest.fixture
def double(desk: Desk) -> ZendeskDouble:
    return desk.double(late_s=0.4)


@pytest.fixture
async def zendesk(double: ZendeskDouble, known: InMemory) -> AsyncIterator[Zendesk]:
    async with connecting(double, known, timeout_s=0.2) as connector:
        yield connector


@pytest.fixture
def effects(zendesk: Zendesk) -> ZendeskEffects:
    return zendesk.effects


@pytest.fixture
def command(desk: Desk) -> Callable[..., Command]:
    def made(kind: str = "ticket_comment", marker: str = "np-1", target: str = "", **payload: Any) -> Command:
        return Command(marker, kind, target or own("tickets", str(desk.ticket)), payload)

    return made


Made = Callable[..., Command]


def done(desk: Desk, marker: str = "np-1") -> list[dict[str, Any]]:
    return [entry.content for entry in desk.world.journal.with_marker(marker)]


TASK = "Task: Call\nFor: u_marta\nDue: 2026-11-27\n\nThey wait."


# --- what is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("public", [True, False])
async def test_a_comment_is_written_with_its_marker_where_nobody_reads_it(desk: Desk, effects: ZendeskEffects, command: Made, public: bool) -> None:
    receipt = await effects.execute(command(public=public, body="Two lines\nof text.\n\nAnd *stars*."))
    (content,) = done(desk)
    comment = content["comment"]
    assert (comment["public"], comment["body"]) == (public, "Two lines\nof text.\n\nAnd *stars*.")
    assert "np-1" not in comment["body"] + comment["html_body"]
    assert content["metadata"] == {"nextplay": "np-1"}
    assert receipt.reference == f"audit {desk.world.audits[desk.ticket][-1]['id']}"
    assert await effects.look_up(command()) == receipt


@pytest.mark.parametrize("public", [None, "false", 0])
async def test_a_comment_must_say_whether_it_is_public(
    desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made, public: Any
) -> None:
    with pytest.raises(EffectRefused, match="must say whether it is public"):
        await effects.execute(command(body="x", **({} if public is None else {"public": public})))
    assert double.server.asked == [], "Zendesk was not even asked"


async def test_what_a_customer_wrote_is_not_filled_in_by_zendesk(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    await effects.execute(command(public=True, body="<b>Hi</b> {{ticket.comments_formatted}}"))
    comment = done(desk)[0]["comment"]
    assert "{{" not in comment["html_body"]
    assert "<b>" not in comment["html_body"]
    assert comment["body"] == "<b>Hi</b> {{ticket.comments_formatted}}", "and it is read as it was written"


async def test_a_group_is_assigned_and_nobody_in_it_unless_named(desk: Desk, effects: ZendeskEffects, command: Made, known: InMemory) -> None:
    ticket = desk.world.tickets[desk.ticket]
    await effects.execute(command("assign_group", group=own("groups", str(desk.engineering))))
    assert (ticket["group_id"], ticket["assignee_id"]) == (desk.engineering, None)
    known.links["person", str(desk.marta)] = "u_marta"
    await effects.execute(command("assign_group", "np-2", group=own("groups", str(desk.support)), assignee="u_marta"))
    assert (ticket["group_id"], ticket["assignee_id"]) == (desk.support, desk.marta)


async def test_a_priority_is_set(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    await effects.execute(command("set_priority", priority="p1"))
    assert desk.world.tickets[desk.ticket]["priority"] == "urgent"


async def test_what_is_so_already_is_not_done_again(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    await effects.execute(command("set_priority", priority="p2"))
    assert desk.world.journal.entries == []


async def test_tags_are_added_to_those_that_are_there(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    assert await effects.look_up(command("add_tags", tags=["vip"])) == "absent"
    await effects.execute(command("add_tags", tags=["VIP"]))
    assert desk.world.tickets[desk.ticket]["tags"] == ["webhooks", "vip"]
    assert await effects.look_up(command("add_tags", tags=["vip"])) != "absent"


@pytest.mark.parametrize(
    ("kind", "payload", "text"),
    [
        ("crm_task", {"title": "Call", "text": "They wait.", "assignee": "u_marta", "due": "2026-11-27"}, TASK),
        ("crm_note", {"text": "Noted."}, "Noted."),
    ],
)  # fmt: skip
async def test_tasks_and_notes_are_internal_notes(desk: Desk, effects: ZendeskEffects, command: Made, kind: str, payload: Any, text: str) -> None:
    about = own("tickets", str(desk.ticket))
    await effects.execute(command(kind, target="acc_006", subject=about, **payload))
    comment = done(desk)[0]["comment"]
    assert (comment["public"], comment["body"]) == (False, text)


async def test_a_ticket_is_found_by_its_link(desk: Desk, effects: ZendeskEffects, command: Made, known: InMemory) -> None:
    known.links["ticket", str(desk.ticket)] = "tic_001"
    await effects.execute(command(target="tic_001", public=False, body="x"))
    assert len(done(desk)) == 1


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "payload", "why"),
    [
        ("ticket_comment", {"public": False, "body": " "}, "needs a text"), ("set_priority", {"priority": "high"}, "'high' is not a priority"),
        ("assign_group", {"group": "grp_x"}, "no group of Zendesk's"), ("assign_group", {"group": "zendesk-groups-1", "assignee": "u_x"}, "no agent"),
        ("assign_group", {"group": "zendesk-groups-1"}, r"RecordInvalid \(group: InvalidValue"),
        ("add_tags", {"tags": ["two words"]}, "without blanks"),
        ("send_content", {}, "knows no effect"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(desk: Desk, effects: ZendeskEffects, command: Made, kind: str, payload: Any, why: str) -> None:
    with pytest.raises(EffectRefused, match=why):
        await effects.execute(command(kind, **payload))
    assert desk.world.journal.entries == []


async def test_a_ticket_that_takes_nothing_is_left_alone(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    for target in ("acc_006", "zendesk-ticket-..", "zendesk-ticket-", "zendesk-ticket-7/merge"):
        with pytest.raises(EffectRefused, match=f"'{target}' is no ticket"):
            await effects.execute(command(target=target, public=False, body="x"))
    desk.world.tickets[desk.ticket]["status"] = "closed"
    with pytest.raises(EffectRefused, match="is closed"):
        await effects.execute(command(public=False, body="x"))
    deleted(desk.world, desk.ticket)
    with pytest.raises(EffectRefused, match="RecordNotFound"):
        await effects.execute(command(public=False, body="x"))
    assert await effects.look_up(command()) == "unknowable"


async def test_nobody_is_answered_who_cannot_read_it(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    desk.world.users[desk.sanne]["suspended"] = True
    with pytest.raises(EffectRefused, match="no requester who could read"):
        await effects.execute(command(public=True, body="x"))
    await effects.execute(command(public=False, body="x"))


async def test_the_five_thousand_and_first_comment_is_refused(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    desk.world.comments[desk.ticket] = desk.world.comments[desk.ticket] * 5000
    with pytest.raises(EffectRefused, match=r"RecordInvalid \(comment: TooManyComments"):
        await effects.execute(command(public=False, body="x"))


# --- what may be tried again, and what must be looked up --------------------------------------------------------------


async def test_a_permission_that_is_missing_makes_the_run_wait(desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made) -> None:
    double.tokens.scopes = ("read", "tickets:write")
    double.denied = ["/api/v2/tickets"]
    with pytest.raises(SourceError, match="Forbidden"):
        await effects.execute(command(public=False, body="x"))
    with pytest.raises(SourceError, match="Forbidden"):
        await effects.look_up(command())
    assert desk.world.journal.entries == []


async def test_one_ticket_is_never_updated_too_often(desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made) -> None:
    effects._clock = lambda: 0.0  # no time passes
    for n in range(21):
        await effects.execute(command(marker=f"np-{n}", public=False, body="x"))
    with pytest.raises(SourceError, match="ask again"):
        await effects.execute(command(marker="np-21", public=False, body="x"))
    assert (len(desk.world.journal.entries), double.violations) == (21, 0)


@pytest.mark.parametrize("fault", ["late", "reset", "truncated"])
async def test_what_was_done_without_an_answer_is_found(
    desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made, fault: Any
) -> None:
    await effects.look_up(command())  # with a token from here on
    double.misbehaviour.next = [None, None, fault]  # type: ignore[list-item]  # the first two only look
    with pytest.raises(EffectUnknown):
        await effects.execute(command(public=True, body="x"))
    assert (await effects.look_up(command())) == await effects.look_up(command()) != "absent"
    assert len(done(desk)) == 1


async def test_what_failed_is_surely_absent(desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made) -> None:
    await effects.look_up(command())
    double.misbehaviour.next = [None, None, "failing"]  # type: ignore[list-item]
    with pytest.raises(EffectUnknown):
        await effects.execute(command(public=True, body="x"))
    assert await effects.look_up(command()) == "absent"
    assert done(desk) == []


async def test_an_error_that_calls_itself_a_success_is_looked_up(desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made) -> None:
    await effects.execute(command(marker="np-0", public=False, body="x"))
    double.misbehaviour.next = [None, None, "error_inside"]  # type: ignore[list-item]  # the first two only look
    with pytest.raises(EffectUnknown, match="no audit"):
        await effects.execute(command(public=True, body="x"))
    assert await effects.look_up(command()) == "absent"


async def test_absent_is_only_said_when_all_audits_were_read(desk: Desk, double: ZendeskDouble, effects: ZendeskEffects, command: Made) -> None:
    for n in range(250):
        updated(desk.world, desk.ticket, {"subject": str(n)})
    double.server.asked.clear()
    assert await effects.look_up(command()) == "absent"
    assert sum("audits" in path for _, path in double.server.asked) == 3
    desk.world.audits[desk.ticket][-1]["metadata"]["custom"] = {"nextplay": "np-1"}
    assert await effects.look_up(command()) != "absent", "it is on the last page"
    double.misbehaviour.next = [None, "truncated"]  # type: ignore[list-item]
    with pytest.raises(SourceError):
        await effects.look_up(command(marker="np-9"))


# --- others at work ---------------------------------------------------------------------------------------------------


class Between(httpx2.AsyncBaseTransport):
    """Does something just before each of the first writes arrives."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, *what: Callable[[], object]) -> None:
        self._inner, self._what = inner, list(what)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT" and self._what:
            self._what.pop(0)()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def between(*what: Callable[[], object]) -> Wrap:
    return lambda inner: Between(inner, *what)


def somebody(desk: Desk, **said: Any) -> Callable[[], object]:
    def acts() -> object:
        desk.clock.pass_(seconds=7)
        return updated(desk.world, desk.ticket, said, author=desk.marta)

    return acts


@pytest.mark.parametrize(
    ("meanwhile", "kind", "payload", "refused"),
    [
        ({"subject": "other words"}, "ticket_comment", {"public": True, "body": "x"}, None),
        ({"comment": {"body": "note", "public": False}}, "ticket_comment", {"public": True, "body": "x"}, None),
        ({"comment": {"body": "I answered", "public": True}}, "ticket_comment", {"public": True, "body": "x"}, "somebody wrote"),
        ({"comment": {"body": "I answered", "public": True}}, "ticket_comment", {"public": False, "body": "x"}, None),
        ({"status": "closed"}, "ticket_comment", {"public": False, "body": "x"}, "TicketClosed"),
        ({"priority": "low"}, "set_priority", {"priority": "p1"}, "somebody set priority"),
        ({"subject": "other words"}, "set_priority", {"priority": "p1"}, None),
    ],
)
async def test_a_ticket_that_was_changed_in_between_is_judged_anew(
    desk: Desk, double: ZendeskDouble, known: InMemory, command: Made, meanwhile: Any, kind: str, payload: Any, refused: str | None
) -> None:
    async with connecting(double, known, wrap=between(somebody(desk, **meanwhile))) as zendesk:
        if refused:
            with pytest.raises(EffectRefused, match=refused):
                await zendesk.effects.execute(command(kind, **payload))
        else:
            await zendesk.effects.execute(command(kind, **payload))
    assert len(done(desk)) == (0 if refused else 1)


async def test_a_ticket_that_is_changed_all_the_time_is_left_alone(desk: Desk, double: ZendeskDouble, known: InMemory, command: Made) -> None:
    async with connecting(double, known, wrap=between(somebody(desk, subject="1"), somebody(desk, subject="2"))) as zendesk:
        with pytest.raises(EffectRefused, match="all the time"):
            await zendesk.effects.execute(command(public=True, body="x"))
    assert done(desk) == []


class Delayed(httpx2.AsyncBaseTransport):
    """The first write is under way for long, and nobody hears of it. It arrives before the `nth` request after it."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, nth: int) -> None:
        self._inner, self._nth = inner, nth
        self._under_way: httpx2.Request | None = None
        self._asked = 0
        self.arrived: int | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT" and self._under_way is None:
            await request.aread()
            self._under_way = request
            raise httpx2.ReadTimeout("late")
        self._asked += self._under_way is not None
        if self._asked == self._nth:
            await self.arrive()
        return await self._inner.handle_async_request(request)

    async def arrive(self) -> None:
        if self._under_way is not None and self.arrived is None:
            self.arrived = (await self._inner.handle_async_request(self._under_way)).status_code

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.mark.parametrize(
    ("nth", "arrived"),
    [(1, 200), (2, 200), (3, 200), (4, 200), (5, 409)],
    ids=["before it is looked up", "before the ticket is seen", "before the audits are read", "before the second write", "after it"],
)
async def test_a_write_that_was_under_way_when_it_was_looked_up_does_not_come_twice(
    desk: Desk, double: ZendeskDouble, known: InMemory, command: Made, nth: int, arrived: int
) -> None:
    networks: list[Delayed] = []

    def wrap(inner: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        networks.append(Delayed(inner, nth))
        return networks[0]

    async with connecting(double, known, wrap=wrap) as zendesk:
        comment = command(public=True, body="x")
        with pytest.raises(EffectUnknown):
            await zendesk.effects.execute(comment)
        desk.clock.pass_(seconds=30)
        if await zendesk.effects.look_up(comment) == "absent":
            await zendesk.effects.execute(comment)
        await networks[0].arrive()
        assert networks[0].arrived == arrived
        assert await zendesk.effects.look_up(comment) != "absent"
    assert len(done(desk)) == 1


async def test_the_same_again_is_done_once(desk: Desk, effects: ZendeskEffects, command: Made) -> None:
    first, again = [await effects.execute(command(public=True, body="x")) for _ in range(2)]
    assert first == again
    assert len(done(desk)) == 1
