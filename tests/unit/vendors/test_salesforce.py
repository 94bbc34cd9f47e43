"""Salesforce without a network: questions that stay questions, what its errors mean, where it may be asked, and text without markup."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import jwt
import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from integrations.http import RetryLimits, http_client
from integrations.sandbox.models import ENTRIES
from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Caller
from integrations.vendors.credentials import Fixed
from integrations.vendors.errors import Busy, Conflict, Denied, Gone, NotSignedIn, Rejected, Unsure, VendorError
from integrations.vendors.salesforce import soql
from integrations.vendors.salesforce.asking import Asking
from integrations.vendors.salesforce.dialect import DIALECT, error_within, learn
from integrations.vendors.salesforce.endpoints import BASE, CREATE_TASK, DESCRIBE, ENDPOINTS, QUERY
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.ids import whole_id
from integrations.vendors.salesforce.mapping import Beside, read
from integrations.vendors.salesforce.signing_in import Session, address_of, assertion, audience_of, client_credentials
from integrations.vendors.salesforce.text import plain
from tests.unit.vendors.time import Time

ADDRESS = "https://acme.my.salesforce.com"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


# --- questions -----------------------------------------------------------------------------------------------------------


def test_a_question_is_put_together() -> None:
    text = soql.select(("Id", "Name"), "Account", soql.equals("Name", "O'Neil \\ \"Sons\"\n"), soql.differs("ParentId", None),
                       soql.not_before("SystemModstamp", AT), order=("SystemModstamp", "Id"), falling=True, at_most=5)  # fmt: skip
    assert text == (
        r"SELECT Id, Name FROM Account WHERE Name = 'O\'Neil \\ \"Sons\"\n' AND ParentId != null AND SystemModstamp >= 2026-11-23T09:00:00.000Z"
        " ORDER BY SystemModstamp DESC, Id DESC LIMIT 5"
    )
    east = timezone(timedelta(hours=9))
    assert soql.after((AT.astimezone(east), "001")) == (
        "(SystemModstamp > 2026-11-23T09:00:00.000Z OR (SystemModstamp = 2026-11-23T09:00:00.000Z AND Id > '001'))"
    )
    assert soql.count("Task", soql.among("Status", ("a", "b")), soql.equals("IsClosed", True)) == (
        "SELECT COUNT() FROM Task WHERE Status IN ('a', 'b') AND IsClosed = true"
    )


@given(st.text(st.characters(codec=None)))
def test_a_value_stays_one_value_whatever_is_in_it(value: str) -> None:
    written = soql.written(value)
    assert re.fullmatch(r"'(?:[^'\\\n\r]|\\['\"\\nrtbf])*'", written)


@pytest.mark.parametrize("name", ["", "Id FROM User", "Name = 'x' OR Id", "1st", "Näme", "a" * 81, "Owner.Name", "COUNT()"])
def test_what_is_no_name_gets_into_no_question(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a field"):
        soql.select((name,), "Account")
    with pytest.raises(ValueError, match="no name of a field"):
        soql.select(("Id",), name)
    with pytest.raises(ValueError, match="no name of a field"):
        soql.equals(name, 1)
    with pytest.raises(ValidationError):
        Fields(tier=name)


def test_among_nothing_is_no_question() -> None:
    with pytest.raises(ValueError, match="among nothing"):
        soql.among("Id", ())


def test_nothing_that_goes_together_writes() -> None:
    assert {endpoint.name for endpoint in ENDPOINTS if endpoint.repeats != "read"} == {"upsert task", "create task"}
    assert all(endpoint.why for endpoint in ENDPOINTS)


# --- what errors mean ----------------------------------------------------------------------------------------------------


def caller(time: Time) -> Caller:
    return Caller(
        DIALECT, http_client(hosts=["acme.my.salesforce.com"]), ADDRESS, Fixed(SecretStr("s")),
        Allowance("salesforce", Limit(1000, 1), clock=time.monotonic, sleep=time.sleep), limits=RetryLimits(attempts=2, total_s=20), sleep=time.sleep,
    )  # fmt: skip


def error(code: str, message: str = "hush-hush", *fields: str) -> list[dict[str, Any]]:
    return [{"errorCode": code, "message": message, "fields": list(fields)}]


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), Busy, "900 s"),
        (403, error("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), Busy, "5 s"),
        (400, error("UNABLE_TO_LOCK_ROW"), Busy, "1 s"),
        (403, error("INSUFFICIENT_ACCESS"), Denied, "INSUFFICIENT_ACCESS. It needs api"),
        (401, error("INVALID_SESSION_ID"), NotSignedIn, "INVALID_SESSION_ID"),
        (400, error("REQUIRED_FIELD_MISSING", "hush-hush", "Subject", "Status"), Rejected, r"REQUIRED_FIELD_MISSING \(Subject, Status\)"),
        (400, error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Say when it is due"), Rejected, "EXCEPTION: Say when it is due"),
        (400, error("INVALID_FIELD"), Rejected, "INVALID_FIELD"),
        (404, error("NOT_FOUND"), Gone, "NOT_FOUND"),
        (412, error("PRECONDITION_FAILED"), Conflict, "PRECONDITION"),
        (300, ["/services/data/a", "/services/data/b"], Rejected, "status 300"),
        (500, error("UNKNOWN_EXCEPTION"), Unsure, "may have been done"),
        (403, {"error": "odd"}, Denied, "status 403"),
        (400, "", Rejected, "status 400"),
        (400, [], Rejected, "status 400"),
    ],
)
async def test_each_error_has_its_meaning(httpx2_mock: respx.Router, status: int, body: Any, kind: type[VendorError], says: str) -> None:
    httpx2_mock.post(f"{ADDRESS}{BASE}/sobjects/Task").mock(httpx.Response(status, json=body))
    with pytest.raises(kind, match=says) as told:
        await caller(Time()).ask(CREATE_TASK, json={})
    assert type(told.value) is kind
    assert "hush-hush" not in str(told.value), "messages repeat what was sent"


@pytest.mark.parametrize("waits", [("REQUEST_LIMIT_EXCEEDED", 403), ("UNABLE_TO_LOCK_ROW", 400)])
async def test_what_was_surely_not_done_is_tried_again(httpx2_mock: respx.Router, waits: tuple[str, int]) -> None:
    refused = httpx.Response(waits[1], json=error(waits[0], "Concurrent"))
    route = httpx2_mock.post(f"{ADDRESS}{BASE}/sobjects/Task").mock(side_effect=[refused, httpx.Response(201, json={"id": "00T"})])
    assert await caller(Time()).ask(CREATE_TASK, json={}) == {"id": "00T"}
    assert route.call_count == 2


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("INVALID_FIELD"), Rejected), (403, error("REQUEST_LIMIT_EXCEEDED"), Busy), (403, error("NO"), Denied), (404, error("NO"), Gone),
        (500, None, Unsure), (401, error("NO"), Denied), (400, {"odd": 1}, Rejected),
    ],
)  # fmt: skip
def test_an_error_inside_a_200_has_its_meaning_too(status: int, body: Any, kind: type[VendorError]) -> None:
    assert type(error_within("composite", status, body)) is kind


@pytest.mark.parametrize(
    ("header", "left"),
    [
        ("api-usage=14990/15000", False), ("api-usage=18/15000", True), ("per-app-api-usage=249/250(appName=x), api-usage=18/15000", True),
        ("per-app-api-usage=250/250(appName=x)", True), ("", True), ("api-usage=1/0", True), ("nonsense", True),
    ],
)  # fmt: skip
async def test_the_days_limit_is_learned_from_every_answer(header: str, left: bool) -> None:
    time = Time()
    allowance = Allowance("salesforce", Limit(15_000, 86_400), clock=time.monotonic, sleep=time.sleep)
    learn(allowance, {"sforce-limit-info": header})
    if left:
        await allowance.take()
    else:
        with pytest.raises(Busy):
            await allowance.take()


@pytest.mark.parametrize(
    "said",
    [
        [], {}, {"records": None, "done": True}, {"records": [1], "done": True}, {"records": []}, {"records": [], "done": False},
        {"records": [], "done": False, "nextRecordsUrl": "https://evil.example/"},
    ],
)  # fmt: skip
async def test_an_answer_that_is_none_is_unsure(httpx2_mock: respx.Router, said: Any) -> None:
    httpx2_mock.get(f"{ADDRESS}{QUERY.path}").mock(httpx.Response(200, json=said))
    with pytest.raises(Unsure):
        await Asking(caller(Time()), lambda: AT).rows("SELECT Id FROM Account")


async def test_the_rest_of_an_answer_is_asked_for_where_we_ask_and_nowhere_else(httpx2_mock: respx.Router) -> None:
    part = {"records": [{"Id": "1"}], "done": False, "nextRecordsUrl": "https://evil.example/services/data/v67.0/query/01g-2000"}
    httpx2_mock.get(f"{ADDRESS}{QUERY.path}").mock(httpx.Response(200, json=part))
    more = httpx2_mock.get(f"{ADDRESS}{BASE}/query/01g-2000").mock(httpx.Response(200, json={"records": [{"Id": "2"}], "done": True}))
    assert [row["Id"] for row in await Asking(caller(Time()), lambda: AT).rows("SELECT Id FROM Account")] == ["1", "2"]
    assert more.call_count == 1


async def test_an_object_is_looked_at_once_an_hour(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.get(f"{ADDRESS}{DESCRIBE.at(object='Task')}").mock(httpx.Response(200, json={"fields": [{"name": "Id"}]}))
    now = [AT]
    asking = Asking(caller(Time()), lambda: now[0])
    for hours, calls in ((0, 1), (0.9, 1), (1, 2)):
        now[0] = AT + timedelta(hours=hours)
        assert list(await asking.looks("Task")) == ["Id"]
        assert route.call_count == calls


# --- where it is asked, and as whom ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com"), (" https://ACME.my.salesforce.com/ ", "https://acme.my.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("https://login.salesforce.com", "https://login.salesforce.com"), ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ("http://localhost:8090/", "http://localhost:8090"),
    ],
)  # fmt: skip
def test_an_org_is_at_one_of_salesforces_addresses_or_here(text: str, address: str) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "acme", "http://acme.my.salesforce.com", "https://salesforce.com.evil.example", "https://evilsalesforce.com", "https://salesforce.com",
        "https://acme.my.salesforce.com@evil.example", "https://me:pw@acme.my.salesforce.com", "https://acme.my.salesforce.com/services",
        "https://acme.my.salesforce.com?x=1", "ftp://localhost", "https://evil.example/.salesforce.com", "http://10.0.0.1",
    ],
)  # fmt: skip
def test_it_is_nowhere_else(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        address_of(text)


async def granted(router: respx.Router, **said: Any) -> str:
    router.post(f"{ADDRESS}/services/oauth2/token").mock(httpx.Response(200, json={"access_token": "00D!token", **said}))
    form = client_credentials("key", SecretStr("secret"))
    return await Session(http_client(hosts=["acme.my.salesforce.com"]), ADDRESS, form, clock=lambda: 0.0).token()


@pytest.mark.parametrize("instance", [ADDRESS, f"{ADDRESS}/", None])
async def test_a_session_of_the_org_is_good(httpx2_mock: respx.Router, instance: str | None) -> None:
    assert await granted(httpx2_mock, **({"instance_url": instance} if instance else {})) == "00D!token"
    (call,) = httpx2_mock.calls
    assert call.request.content == b"grant_type=client_credentials&client_id=key&client_secret=secret"


@pytest.mark.parametrize(("instance", "says"), [("https://other.my.salesforce.com", "Set the address"), ("https://evil.example", "not Salesforce's")])
async def test_a_session_of_another_org_is_refused(httpx2_mock: respx.Router, instance: str, says: str) -> None:
    with pytest.raises(Denied, match=says) as told:
        await granted(httpx2_mock, instance_url=instance)
    assert "00D!token" not in str(told.value)


def test_an_assertion_is_signed_anew_and_is_good_for_less_than_three_minutes() -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    now = [AT]
    form = assertion("key", "me@example.com", SecretStr(pem), audience="https://login.salesforce.com", now=lambda: now[0])
    for _ in range(2):
        said = form()
        assert said["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            said["assertion"], key.public_key(), algorithms=["RS256"], audience="https://login.salesforce.com", options={"verify_exp": False}
        )  # fmt: skip
        assert claims == {"iss": "key", "sub": "me@example.com", "aud": "https://login.salesforce.com", "exp": int(now[0].timestamp()) + 120}
        assert json.loads(base64.urlsafe_b64decode(said["assertion"].split(".")[0] + "=="))["alg"] == "RS256"
        now[0] += timedelta(hours=1)


@pytest.mark.parametrize("pem", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_said_at_once_and_not_repeated(pem: str) -> None:
    with pytest.raises(ValueError, match="RSA private key in PEM") as told:
        assertion("key", "me", SecretStr(pem), audience="x", now=lambda: AT)
    assert told.value.__cause__ is None


def test_sandboxes_are_signed_in_to_elsewhere() -> None:
    assert audience_of("https://acme--dev.sandbox.my.salesforce.com") == "https://test.salesforce.com"
    assert audience_of(ADDRESS) == "https://login.salesforce.com"


# --- ids and text ----------------------------------------------------------------------------------------------------------


def test_an_id_is_the_same_in_both_its_lengths() -> None:
    assert whole_id("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert whole_id("001D000000IqhSLIAZ") == "001D000000IqhSLIAZ"
    for text in ("", "001", "001D000000IqhSLI", "001D000000Iqh'L", None, 5, "001D000000IqhSLIAZ1", "001D000000Iqhé1"):
        assert whole_id(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain & simple", "plain & simple"), ("1 < 2 > 0", "1 < 2 > 0"), ("<p>a</p><p>b &lt;i&gt;</p>", "a\nb <i>"), ("a<br/>b", "a\nb"),
        ('<img src=x onerror="alert(1)">x', "x"), ("<script>alert(1)", ""), ("<!-- hidden -->x<b>!</b>", "x!"), ("  a \n\n\n  b  ", "a\nb"),
        ("&nbsp;", "&nbsp;"), ("<div>&nbsp;a&nbsp;b</div>", "a b"), ("x\x00\x07\u202ey", "xy"), ("<Acme>", "<Acme>"),
    ],
)  # fmt: skip
def test_rich_text_becomes_plain(text: str, said: str) -> None:
    assert plain(text) == said


@given(st.text())
def test_any_text_is_made_plain_quickly(text: str) -> None:
    assert len(plain(text * 3)) <= 10_000


# --- rows ------------------------------------------------------------------------------------------------------------------

ACCOUNT = {"Id": "001D000000IqhSLIAZ", "SystemModstamp": "2026-11-23T08:59:58.000+0000", "IsDeleted": False, "Name": "Acme"}
JUNK = st.none() | st.booleans() | st.integers(-10, 200) | st.text(max_size=8)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.acme.example/about", "acme.example"), ("acme.example", "acme.example"), ("www.acme.example", "acme.example"),
        ("HTTP://Acme.Example", "acme.example"), ("n/a", None), ("", None), (None, None), ("http://[", None), ("none", None),
    ],
)  # fmt: skip
def test_a_website_names_a_domain_or_nothing(website: str | None, domain: str | None) -> None:
    (told,) = read("accounts", {**ACCOUNT, "Website": website}, Fields()).told
    assert told.fields.get("domain") == domain


def test_a_colleague_has_a_zone_roles_and_an_address() -> None:
    row = {**ACCOUNT, "Email": "a@b.example", "IsActive": True}
    assert read("people", {**row, "TimeZoneSidKey": "Europe/Berlin"}, Fields()).told[0].fields["timezone"] == "Europe/Berlin"
    assert "timezone" not in read("people", {**row, "TimeZoneSidKey": "Mars/Olympus"}, Fields()).told[0].fields
    roles = Fields(title_roles={"VP Sales": ("sales_manager",)}, people={"a@b.example": ("exec_sponsor",)})
    named = [read("people", {**row, "Email": email, "Title": "VP Sales"}, roles).told[0].fields["roles"] for email in ("A@b.example", "c@b.example")]
    assert (named, read("people", row, roles.model_copy(update={"people": {}})).told[0].fields["roles"]) == (
        [["exec_sponsor"], ["sales_manager"]], ["sales_rep"]
    )  # fmt: skip
    assert "no e-mail address" in read("people", {**row, "Email": None}, Fields()).faults[0].why


@given(
    st.dictionaries(st.sampled_from(["Website", "Industry", "Type", "BillingCountryCode", "Tier__c", "Health_Score__c", "ARR__c", "OwnerId"]), JUNK)
)
@example({"BillingCountryCode": "Aº"})
def test_whatever_an_account_says_is_a_record_that_fits_or_a_fault(change: dict[str, Any]) -> None:
    found = read("accounts", {**ACCOUNT, "CurrencyIsoCode": "EUR", **change}, Fields())
    (told,) = found.told
    assert ENTRIES["accounts"].model_validate({"id": told.id, **told.fields}, context={"at": told.as_of})


@given(st.dictionaries(st.sampled_from(["Name", "Type", "StageName", "IsClosed", "IsWon", "Interest__c", "OwnerId"]), JUNK))
def test_whatever_a_deal_says_is_a_record_that_fits_or_a_fault(change: dict[str, Any]) -> None:
    row = {**ACCOUNT, "AccountId": ACCOUNT["Id"], "StageName": "Prospecting", **change}
    found = read("deals", row, Fields(), Beside(roles={"other": [{"ContactId": "003"}]}))
    assert len(found.told) + len(found.faults) >= 1
    for told in found.told:
        assert ENTRIES["deals"].model_validate({"id": told.id, **told.fields}, context={"at": told.as_of})
