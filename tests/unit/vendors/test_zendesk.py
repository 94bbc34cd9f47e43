"""Zendesk's words in ours: tickets, texts, schedules, articles; and what its answers say of errors and limits."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from integrations.http import RetryLimits, http_client
from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Caller
from integrations.vendors.connector import Fault, Told
from integrations.vendors.credentials import Fixed
from integrations.vendors.errors import Busy, Conflict, Rejected
from integrations.vendors.zendesk import endpoints, mapping, staff
from integrations.vendors.zendesk.address import address_of
from integrations.vendors.zendesk.answers import Comment, Holiday, Schedule, Ticket, User
from integrations.vendors.zendesk.dialect import SUPPORT, why
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.mapping import Author, Conversation, Parties
from integrations.vendors.zendesk.wording import html
from integrations.vendors.zendesk.zones import _RAILS, zone_of
from tests.unit.vendors.time import Time
from tools.plain_text import plain

AT = "2026-11-26T12:00:00Z"
UNKNOWN = {"amount": 1.0, "currency": "XXX"}
"""An amount in no currency."""


def ticket(**said: Any) -> Ticket:
    return Ticket.model_validate({"id": 7, "status": "open", "subject": "s", "created_at": AT, "updated_at": AT, **said})


def comment(number: int = 1, **said: Any) -> Comment:
    return Comment.model_validate({"id": number, "author_id": 5, "body": "hello", "public": True, "created_at": AT, **said})


def user(number: int = 5, **said: Any) -> User:
    return User.model_validate({"id": number, "name": "Sanne", "created_at": AT, "updated_at": AT, **said})


def mapped(said: Ticket, fields: Fields | None = None, comments: tuple[Comment, ...] = ()) -> tuple[Any, list[str]]:
    parties = Parties("acc_1", "con_1", None, {one.id: Author("customer", "con_1") for one in comments})
    told, faults = mapping.ticket(said, Conversation(comments, len(comments)), parties, fields or Fields())
    return (told.fields if told else None), [fault.why for fault in faults]


# --- a ticket ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("theirs", "ours"), [("urgent", "p1"), ("high", "p2"), ("normal", "p3"), ("low", "p4"), (None, None)])
def test_priorities(theirs: str | None, ours: str | None) -> None:
    assert mapped(ticket(priority=theirs))[0].get("priority") == ours


@pytest.mark.parametrize(
    ("theirs", "ours"), [("new", "new"), ("open", "open"), ("pending", "pending"), ("hold", "pending"), ("solved", "solved"), ("closed", "closed")]
)
def test_statuses(theirs: str, ours: str) -> None:
    assert mapped(ticket(status=theirs))[0]["status"] == ours


def test_a_custom_status_is_its_category_unless_it_is_said_what_it_is() -> None:
    waiting = ticket(status="open", custom_status_id=12)
    assert mapped(waiting)[0]["status"] == "open"
    assert mapped(waiting, Fields(statuses={12: "pending"}))[0]["status"] == "pending"


@pytest.mark.parametrize("said", [{"status": "abandoned"}, {"priority": "mega"}])
def test_a_word_that_nobody_knows_is_a_fault_and_no_guess(said: Any) -> None:
    fields, faults = mapped(ticket(**said))
    assert fields is None
    assert next(iter(said.values())) in faults[0]


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ({"type": "task"}, "request"), ({"type": "problem"}, "problem"), ({"type": None}, None),
        ({"type": "task", "tags": ["refund_request"]}, "refund"),
    ],
)  # fmt: skip
def test_types_are_zendesks_or_those_of_tags(said: Any, ours: str | None) -> None:
    assert mapped(ticket(**said), Fields(types={"refund_request": "refund"}))[0].get("type") == ours


@pytest.mark.parametrize(
    ("value", "ours", "faults"),
    [
        ("120.50", {"amount": 120.5, "currency": "EUR"}, 0), (120, {"amount": 120.0, "currency": "EUR"}, 0), (None, None, 0), ("", None, 0),
        ("about 100", UNKNOWN, 1), ("1e9", UNKNOWN, 1), ("-5", UNKNOWN, 1),
    ],
)  # fmt: skip
def test_a_refund_that_cannot_be_read_is_unknown_and_never_nothing(value: Any, ours: Any, faults: int) -> None:
    fields, why_ = mapped(ticket(custom_fields=[{"id": 3, "value": value}]), Fields(refund=3, refund_currency="EUR"))
    assert (fields.get("refund"), len(why_)) == (ours, faults)


def test_fields_that_are_not_set_up_are_not_looked_at() -> None:
    fields, faults = mapped(ticket(custom_fields=[{"id": 3, "value": "x"}]))
    assert ({"product", "refund", "incident"} & fields.keys(), faults) == (set(), [])


def test_products_may_be_called_otherwise() -> None:
    said = ticket(custom_fields=[{"id": 3, "value": "prod_connect"}])
    assert mapped(said, Fields(product=3))[0]["product"] == "prod_connect"
    assert mapped(said, Fields(product=3, products={"prod_connect": "connect"}))[0]["product"] == "connect"


def test_an_amount_needs_a_currency() -> None:
    with pytest.raises(ValidationError, match="refund needs refund_currency"):
        Fields(refund=3)


def test_the_first_promise_that_runs_is_the_due_time() -> None:
    metrics = [
        {"metric": "first_reply_time", "stage": "achieved", "breach_at": "2026-11-26T12:01:00Z"},
        {"metric": "next_reply_time", "stage": "active", "breach_at": "2026-11-26T14:00:00Z"},
        {"metric": "requester_wait_time", "stage": "active", "breach_at": "2026-11-26T13:00:00Z"},
        {"metric": "agent_work_time", "stage": "paused", "breach_at": None},
    ]
    assert mapped(ticket(slas={"policy_metrics": metrics}))[0]["sla_due_at"] == datetime(2026, 11, 26, 13, tzinfo=UTC)
    assert "sla_due_at" not in mapped(ticket())[0]


def test_what_was_said_first_counts_once() -> None:
    fields, _ = mapped(ticket(description="hello  there"), comments=(comment(html_body="<p>hello there</p>"),))
    assert fields["body"] == fields["messages"][0]["body"] == "hello there"


@pytest.mark.parametrize(
    ("users", "said", "by"),
    [
        ({"5": user(role="end-user")}, {}, "customer"), ({"5": user(role="agent")}, {}, "agent"),
        ({"5": user(role="admin")}, {"public": False}, "agent"),
        ({}, {}, "customer"), ({}, {"public": False}, "agent"), ({"9": user(9, role="agent")}, {"author_id": 9}, "customer"),
    ],
)  # fmt: skip
def test_who_wrote(users: Any, said: Any, by: str) -> None:
    """The last: an agent who asked themselves is the customer of that ticket. Whoever nobody knows and wrote in public is one too."""
    assert mapping.author(comment(**said), users, "9").by == by


def test_a_marker_makes_a_comment_ours() -> None:
    fields, _ = mapped(ticket(), comments=(comment(metadata={"custom": {"nextplay": "np-1"}}),))
    assert (fields["messages"][0]["by"], fields["messages"][0]["author"]) == ("agent", "nextplay")


def test_whatever_our_own_user_writes_is_ours() -> None:
    said = ticket(), (comment(author_id=77),)
    assert mapped(said[0], Fields(our_user=77), said[1])[0]["messages"][0]["author"] == "nextplay"
    assert mapped(said[0], Fields(our_user=78), said[1])[0]["messages"][0]["author"] == "con_1"


@pytest.mark.parametrize("metadata", [None, {}, {"custom": {}}, {"custom": {"nextplay": 7}}])
def test_metadata_that_says_nothing_of_us(metadata: Any) -> None:
    said = {"metadata": metadata} if metadata is not None else {}
    assert mapped(ticket(), comments=(comment(**said),))[0]["messages"][0]["author"] == "con_1"


# --- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html_", "text"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"), ("a &amp; b &lt;c&gt;&nbsp;d", "a & b <c> d"),
        ("<ul><li>first</li><li>second</li></ul>", "- first\n\n- second"), ("<style>p {}</style><script>alert(1)</script>ok", "ok"),
        ('<img src="x" alt="a chart"> seen', "[a chart] seen"), ("no tags  at\nall", "no tags at all"),
        ("<p>unclosed <b>bold", "unclosed bold"), ("", ""),
    ],
)  # fmt: skip
def test_html_is_read_as_a_reader_would(html_: str, text: str) -> None:
    assert plain(html_) == text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), max_size=200))
def test_what_we_write_is_read_as_it_was_written(text: str) -> None:
    assert plain(html(text)) == text.strip()
    assert "{{" not in html(text)
    assert "{%" not in html(text)


# --- desk and help centre ---------------------------------------------------------------------------------------------


def schedule(*intervals: tuple[int, int], zone: str = "Berlin") -> Schedule:
    spans = [{"start_time": start, "end_time": end} for start, end in intervals]
    return Schedule.model_validate({"id": 1, "time_zone": zone, "intervals": spans, "updated_at": AT})


@pytest.mark.parametrize(
    ("intervals", "hours"),
    [
        ([(1980, 2460)], {"mon": ("09:00", "17:00")}), ([(1980, 2220), (2220, 2460)], {"mon": ("09:00", "17:00")}),
        ([(1440 + 1320, 2880 + 360)], {"mon": ("22:00", "24:00"), "tue": ("00:00", "06:00")}), ([], {}),
    ],
)  # fmt: skip
def test_hours_of_a_schedule(intervals: list[tuple[int, int]], hours: Any) -> None:
    told = staff.calendar(schedule(*intervals), ())
    assert isinstance(told, Told)
    assert told.fields["hours"] == hours


@pytest.mark.parametrize("holiday", [("2026-12-24", "2026-12-23"), ("2026-12-24", "2036-12-24"), ("soon", "2026-12-24")])
def test_a_holiday_that_makes_no_sense_is_a_fault(holiday: tuple[str, str]) -> None:
    found = staff.calendar(schedule((0, 60)), [Holiday(start_date=holiday[0], end_date=holiday[1])])
    assert isinstance(found, Fault)


def test_an_agent_without_an_address_is_a_fault() -> None:
    assert isinstance(staff.person(user(role="agent"), Fields()), Fault)


def test_every_zone_of_zendesks_is_one() -> None:
    assert [name for name in _RAILS if zone_of(name) is None] == []
    assert (zone_of("Europe/Berlin"), zone_of("Atlantis"), zone_of("../etc/passwd"), zone_of("")) == ("Europe/Berlin", None, None, None)


# --- the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subdomain", ["acme", "Acme-2 "])
def test_a_subdomain_is_an_address(subdomain: str) -> None:
    assert address_of(subdomain) == f"https://{subdomain.strip().lower()}.zendesk.com"


@pytest.mark.parametrize("subdomain", ["", "acme.zendesk.com", "evil.example/", "a/b", "-a", "a-", "a b", "ä", "a@b", "a" * 64, "a\n.example"])
def test_nothing_else_is(subdomain: str) -> None:
    with pytest.raises(ValueError, match="is not a Zendesk subdomain"):
        address_of(subdomain)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound"),
        ({"error": {"title": "Forbidden", "message": "secret"}}, "Forbidden"),
        (
            {"error": "RecordInvalid", "details": {"status": [{"description": "what they wrote", "error": "TicketClosed"}]}},
            "RecordInvalid (status: TicketClosed)",
        ),
        ({"error": "RecordInvalid", "details": {"base": [{"description": "what they wrote"}]}}, "RecordInvalid (base: refused)"),
        ({"error": "<b>what they wrote</b>"}, "an error without a code"), ({"error": 7}, "an error without a code"),
    ],
)  # fmt: skip
def test_an_error_is_said_by_its_code_alone(body: Any, said: str) -> None:
    assert why(body) == said


ADDRESS = "https://acme.zendesk.com"


def caller(time: Time, allowance: Allowance | None = None) -> Caller:
    allowance = allowance or Allowance("zendesk", Limit(200, 60), clock=time.monotonic, sleep=time.sleep, patience_s=0.5)
    client, credentials = http_client(hosts=["acme.zendesk.com"]), Fixed(SecretStr("secret"))
    return Caller(SUPPORT, client, ADDRESS, credentials, allowance, limits=RetryLimits(attempts=2, total_s=20, first_wait_s=1), sleep=time.sleep)


async def test_what_is_left_of_the_limit_is_learned(httpx2_mock: respx.Router) -> None:
    left = {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "210", "ratelimit-reset": "41"}
    httpx2_mock.get(f"{ADDRESS}/api/v2/groups.json").mock(httpx.Response(200, json={}, headers=left))
    time = Time()
    asking = caller(time)
    await asking.ask(endpoints.GROUPS)
    for _ in range(10):
        await asking.ask(endpoints.GROUPS)
    assert time.now == pytest.approx(10 / (0.7 * 700 / 60)), "210 of 700 are kept for others; ours fill up evenly"


async def test_where_nothing_is_left_nobody_asks_before_the_reset(httpx2_mock: respx.Router) -> None:
    none = {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "0", "ratelimit-reset": "41"}
    route = httpx2_mock.get(f"{ADDRESS}/api/v2/groups.json").mock(httpx.Response(200, json={}, headers=none))
    asking = caller(Time())
    await asking.ask(endpoints.GROUPS)
    with pytest.raises(Busy) as told:
        await asking.ask(endpoints.GROUPS)
    assert told.value.seconds >= 41
    assert route.call_count == 1


async def test_a_wait_is_in_seconds(httpx2_mock: respx.Router) -> None:
    busy = httpx.Response(429, json={"error": "APIRateLimitExceeded"}, headers={"Retry-After": "7"})
    httpx2_mock.get(f"{ADDRESS}/api/v2/groups.json").mock(side_effect=[busy, httpx.Response(200, json={})])
    time = Time()
    await caller(time).ask(endpoints.GROUPS)
    assert time.now == 7


@pytest.mark.parametrize(("status", "error", "kind"), [(409, "UpdateConflict", Conflict), (422, "RecordInvalid", Rejected)])
async def test_refusals_have_their_kind(httpx2_mock: respx.Router, status: int, error: str, kind: type[Exception]) -> None:
    httpx2_mock.put(f"{ADDRESS}/api/v2/tickets/7.json").mock(httpx.Response(status, json={"error": error}))
    with pytest.raises(kind, match=f"update: status {status}, {error}"):
        await caller(Time()).ask(endpoints.UPDATE, {"id": "7"}, json={"ticket": {}})


def test_only_what_is_safe_is_repeated() -> None:
    assert [(one.name, one.repeats) for one in endpoints.WRITES] == [("update", "marked"), ("tags", "same")]
    assert {one.method for one in endpoints.READS} == {"GET"}
    assert len({one.name for one in endpoints.ALL}) == len(endpoints.ALL)
