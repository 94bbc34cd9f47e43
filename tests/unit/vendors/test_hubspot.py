"""HubSpot: what its errors and headers mean, what its texts and values become, and answers that are not as they should be."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr, ValidationError

from integrations.http import RetryLimits
from integrations.vendors.allowance import Allowance
from integrations.vendors.connector import own_id
from integrations.vendors.credentials import Fixed
from integrations.vendors.errors import Busy, Rejected, Unsure
from integrations.vendors.hubspot import dialect
from integrations.vendors.hubspot.client import Account, Link, Owner, Status, Thing
from integrations.vendors.hubspot.connector import HubSpotConnector
from integrations.vendors.hubspot.effects import by_own_id
from integrations.vendors.hubspot.fields import Fields
from integrations.vendors.hubspot.letters import written
from integrations.vendors.hubspot.mapping import Around, Words
from integrations.vendors.hubspot.text import moment, plain, rich, zone
from integrations.vendors.hubspot.wiring import ADDRESS, client, hubspot
from tests.unit.vendors.time import Time

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ISO = "2026-11-23T09:00:00.000Z"
CORRELATION = "0a8bc336-00eb-4a05-8899-b7560bbe078f"


def made(time: Time, fields: Fields | None = None, version: str = "2026-03") -> HubSpotConnector:
    return hubspot(
        client(), Fixed(SecretStr("pat-secret")), fields or Fields(), now=lambda: AT, clock=time.monotonic, sleep=time.sleep, version=version,
        limits=RetryLimits(attempts=2, total_s=20),
    )  # fmt: skip


# --- what went wrong ---


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"category": "MISSING_SCOPES", "message": "no", "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]},
         "MISSING_SCOPES, crm.objects.deals.read"),
        ({"category": "VALIDATION_ERROR", "errors": [{"code": "REQUIRED", "context": {"propertyName": ["closedate"]}}], "correlationId": CORRELATION},
         f"VALIDATION_ERROR, REQUIRED, closedate, correlation id {CORRELATION}"),
        ({"category": "RATE_LIMITS", "policyName": "DAILY"}, "RATE_LIMITS, DAILY"),
        ({"category": "julia@brandt.example", "message": "Julia's secret", "correlationId": "<b>", "errors": ["x", {"context": "Julia"}]}, ""),
        ({"errors": [{"context": {"propertyName": ["Ask Julia about it"], "requiredGranularScopes": 7}}]}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_an_error_says_its_codes_and_never_what_people_wrote(body: dict[str, Any], said: str) -> None:
    assert dialect.why(body) == said


def allowance(time: Time) -> Allowance:
    return Allowance("hubspot", dialect.START, clock=time.monotonic, sleep=time.sleep)


async def test_headers_say_how_much_there_is_and_when_the_day_is_over() -> None:
    time = Time()
    asked = allowance(time)
    dialect.learn(
        asked, {"x-hubspot-ratelimit-max": "190", "x-hubspot-ratelimit-remaining": "60", "x-hubspot-ratelimit-interval-milliseconds": "10000"}
    )
    for _ in range(3):
        await asked.take()
    assert sum(time.slept) == pytest.approx(0), "60 are left, of which 57 are kept free for other apps"
    await asked.take()
    assert sum(time.slept) == pytest.approx(10 / (190 * 0.7))
    dialect.learn(asked, {"x-hubspot-ratelimit-daily-remaining": "0"})
    with pytest.raises(Busy):
        await asked.take()
    dialect.learn(asked, {"x-hubspot-ratelimit-max": "many"})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "3"}, 3), ({"retry-after": "0.25"}, 0.25), ({}, 10), ({"retry-after": "soon"}, 10),
     ({"x-hubspot-ratelimit-daily-remaining": "0"}, 900)],
)  # fmt: skip
def test_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert dialect.OF_ALL.wait_s(headers) == seconds
    assert dialect.OF_SEARCHES.wait_s(headers) == (1 if seconds == 10 else seconds)


async def test_a_search_counts_twice_and_its_limit_stops_everybody() -> None:
    time = Time()
    whole = allowance(time)
    searches = dialect.Searches(whole, "hubspot", dialect.SEARCHES, clock=time.monotonic, sleep=time.sleep)
    for _ in range(4):
        await searches.take()
    assert time.slept == [pytest.approx((4 - 3.5) / 3.5)]
    searches.close(60)
    with pytest.raises(Busy):
        await whole.take()


async def test_locked_for_a_moment_is_a_wait_and_no_refusal(httpx2_mock: respx.Router) -> None:
    locked, gone = httpx.Response(423, json={"message": "locked"}), httpx.Response(404, json={})
    httpx2_mock.get(host="api.hubapi.com").mock(side_effect=[locked, gone])
    time = Time()
    assert (await made(time).one("deals", "7")).gone == {"hubspot-deal-7": None}
    assert time.now == 2
    httpx2_mock.get(host="api.hubapi.com").mock(httpx.Response(477, json={}))
    with pytest.raises(Busy, match="300 s"):
        await made(time).one("deals", "7")


# --- answers ---


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        ({"id": "7"}, Unsure, "not of the form"), ([], Unsure, "not of the form"), ({"id": "x", "properties": {}}, Unsure, "not of the form"),
        ({"status": "error", "category": "VALIDATION_ERROR"}, Rejected, "VALIDATION_ERROR inside an answer"), ("null", Unsure, "not of the form"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_one_says_nothing(httpx2_mock: respx.Router, answer: Any, kind: Any, why: str) -> None:
    httpx2_mock.get(host="api.hubapi.com").mock(httpx.Response(200, json=answer))
    with pytest.raises(kind, match=why):
        await made(Time()).one("deals", "7")


async def test_part_of_a_batch_that_failed_otherwise_than_by_being_gone_is_told(httpx2_mock: respx.Router) -> None:
    httpx2_mock.get(f"{ADDRESS}/crm/objects/2026-03/companies/1/associations/deals").mock(
        httpx.Response(200, json={"results": [{"toObjectId": 7, "associationTypes": []}]})
    )
    body = {"status": "COMPLETE", "results": [], "errors": [{"category": "MISSING_SCOPES"}]}
    httpx2_mock.post(f"{ADDRESS}/crm/objects/2026-03/deals/batch/read").mock(httpx.Response(207, json=body))
    with pytest.raises(Rejected, match="MISSING_SCOPES inside"):
        await made(Time()).of_account("deals", "1")


async def test_what_is_asked_of_which_version(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.get(f"{ADDRESS}/crm/objects/2026-09/companies/7").mock(httpx.Response(404, json={"category": "OBJECT_NOT_FOUND"}))
    assert (await made(Time(), version="2026-09").one("accounts", "7")).gone == {"hubspot-account-7": None, "hubspot-contract-7": None}
    request = route.calls.last.request
    assert request.headers["authorization"] == "Bearer pat-secret"
    assert {"name", "hs_parent_company_id", "nextplay_tier"} <= {*request.url.params["properties"].split(",")}
    with pytest.raises(ValueError, match="use 2026-03 or 2026-09"):
        made(Time(), version="v3")


@pytest.mark.parametrize(
    ("key", "external"),
    [
        ("touches", "notes-7"),
        ("touches", "7"),
        ("deals", "abc"),
        ("deals", "../owners"),
        ("deals", "9" * 30),
        ("deals", "²"),
        ("people", "x y"),
        ("deals", ""),
    ],
)
async def test_what_cannot_be_an_id_is_nobodys_and_is_not_asked_for(key: Any, external: str) -> None:
    read = await made(Time()).one(key, external)
    assert (read.told, read.faults, [*read.gone]) == ((), (), [own_id("hubspot", key, external)])


async def test_what_hubspot_does_not_keep_is_not_asked_for() -> None:
    with pytest.raises(ValueError, match="HubSpot has no articles"):
        await made(Time()).one("articles", "7")


# --- texts and values ---


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>A&nbsp;&amp; B</p><p>C<br>D</p>", "A & B\n\nC\nD"), ("<style>p{}</style><script>x('<b>')</script>Hi", "Hi"),
        ("2 < 3 and 4 > 1", "2 < 3 and 4 > 1"),
        ("<div>Bob &lt;b@b.example&gt;</div>", "Bob <b@b.example>"), ("  plain  ", "plain"), ("<p>unclosed", "unclosed"), ("", ""),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"), ("<img src=x onerror=alert(1)>", ""),
    ],
)  # fmt: skip
def test_text_without_its_html(html: str, text: str) -> None:
    assert plain(html) == text


def test_what_we_write_is_text_and_reads_as_it_was() -> None:
    said = ['Ask <script>why</script> & "how"', "one\ntwo"]
    assert "<script>" not in rich(said)
    assert plain(rich(said)) == 'Ask <script>why</script> & "how"\n\none\ntwo'


@pytest.mark.parametrize(
    ("said", "name"),
    [("europe_slash_berlin", "Europe/Berlin"), ("America/New_York", "America/New_York"), ("america_slash_new_york", "America/New_York"),
     ("CET+1", None)],
)  # fmt: skip
def test_time_zones(said: str, name: str | None) -> None:
    assert zone(said) == name


@pytest.mark.parametrize("said", ["2026-11-23T09:00:00.000Z", "2026-11-23T10:00:00+01:00", "1795424400000"])
def test_moments(said: str) -> None:
    assert moment(said) == AT


@pytest.mark.parametrize("said", ["", "soon", "12", "9" * 30])
def test_what_is_no_moment(said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever the library says
        moment(said)


def thing(**properties: str | None) -> Thing:
    return Thing(id="7", properties=properties, updatedAt=AT, createdAt=AT)


def around(*companies: Link, owners: dict[str, Owner] | None = None) -> Around:
    return Around(owners or {}, "EUR", {"companies": companies})


def test_of_several_subscriptions_the_strictest_counts_and_silence_is_no_consent() -> None:
    words = Words(Fields(subscriptions={1: "marketing", 2: "marketing", 3: "service"}))

    def purposes(*statuses: tuple[int, str]) -> dict[str, Any]:
        given = [Status(subscriptionId=number, status=status, legalBasis="CONSENT", timestamp=AT) for number, status in statuses]
        return {one.fields["purpose"]: one.fields["status"] for one in words.consents(thing(), given).told}

    assert purposes((1, "SUBSCRIBED"), (2, "UNSUBSCRIBED")) == {"marketing": "withdrawn", "service": "pending"}
    assert purposes((1, "SUBSCRIBED"), (2, "NOT_SPECIFIED"), (3, "SUBSCRIBED")) == {"marketing": "granted", "service": "granted"}
    assert purposes((9, "SUBSCRIBED"), (3, "ODD")) == {"marketing": "pending", "service": "pending"}


def test_roles_come_from_the_list_else_the_team_else_the_default() -> None:
    words = Words(Fields(people={"a@b.example": ("csm",)}, team_roles={"Support": ("support_agent",), "Leads": ("support_lead",)}))

    def roles(email: str, *teams: str) -> Any:
        owner = Owner(id="1", email=email, firstName="A", lastName=None, updatedAt=AT, teams=[{"name": name} for name in teams])
        return words.person(owner).told[0].fields["roles"]

    assert (roles("A@b.example", "Support"), roles("x@b.example", "Support", "Leads"), roles("x@b.example")) == (
        ["csm"], ["support_agent", "support_lead"], ["sales_rep"],
    )  # fmt: skip
    assert "no e-mail address" in words.person(Owner(id="1", updatedAt=AT, archived=True)).faults[0].why


def test_a_fault_says_all_that_is_wrong_at_once_and_the_rest_is_kept() -> None:
    read = Words(Fields()).account(
        thing(name="A", nextplay_health="ill", nextplay_tier="gold", nextplay_dispute="maybe", hs_country_code="de"), around()
    )
    (fault,) = read.faults
    assert [
        word in fault.why for word in ("account 7: ", "nextplay_tier has the value 'gold'", "nextplay_health is not a number", "neither true nor")
    ] == [True] * 4
    assert read.told[0].fields == {"name": "A", "country": "DE", "currency": "EUR"}


def test_a_value_out_of_range_is_left_out_and_said() -> None:
    read = Words(Fields()).account(thing(name="A", nextplay_health="140"), around())
    assert ("health" in read.told[0].fields, "health is not as it has to be" in read.faults[0].why) == (False, True)


@pytest.mark.parametrize(
    "said",
    [{"stages": {"default": {"a": "nearly"}}}, {"tiers": {"Gold": "gold"}}, {"company": {"tier": "Not A Name"}}, {"subscriptions": {"1": "spam"}},
     {"people": {"a@b.example": ["boss"]}}, {"companies": {}}],
)  # fmt: skip
def test_a_configuration_that_means_nothing_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Fields.model_validate(said)


def test_ids_that_look_like_numbers_are_ids() -> None:
    assert Fields.model_validate({"stages": {76543: {9001: "won"}}}).stage("76543", "9001") == "won"


def test_a_property_that_is_not_there_is_not_asked_for() -> None:
    asked = Fields.model_validate({"company": {"tier": "segment", "health": None}}).properties("companies")
    assert ("segment" in asked, "nextplay_tier" in asked, "nextplay_health" in asked, "nextplay_health_as_of" in asked) == (True, False, False, True)


@pytest.mark.parametrize(
    ("own", "external"),
    [("hubspot-deal-7", ("deal", "7")), ("hubspot-contract-7", ("contract", "7")), ("zendesk-ticket-7", None),
     ("hubspot-deal-7/../8", None), ("", None),
     ("hubspot-touches-7", None)],
)  # fmt: skip
async def test_ids_of_ours_that_say_whose_they_are(own: str, external: Any) -> None:
    assert await by_own_id(own) == external


def test_a_title_is_as_long_as_hubspot_takes_it() -> None:
    assert len(written("crm_task", {"title": "x" * 900}, "np-1", None, AT).properties["hs_task_subject"]) == 250


def test_the_portal_says_its_currency() -> None:
    with pytest.raises(ValidationError):
        Account.model_validate({"portalId": 1, "accountType": "STANDARD", "companyCurrency": "", "timeZone": "UTC"})
