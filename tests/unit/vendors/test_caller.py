"""One request: what is repeated, what is not, and what becomes of every answer."""

from typing import Any

import httpx
import httpx2
import pytest
import respx
from pydantic import SecretStr

from integrations.http import RetryLimits, http_client
from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Caller, Dialect
from integrations.vendors.credentials import Fixed
from integrations.vendors.endpoint import Endpoint
from integrations.vendors.errors import Busy, Conflict, Denied, Gone, NotSignedIn, Rejected, Unsure, VendorError
from tests.unit.vendors.time import Time

ADDRESS = "https://api.vendor.example"
READ = Endpoint("deal", "GET", "/deals/{id}", ("deals.read",))
WRITE = Endpoint("task", "POST", "/tasks", ("tasks.write",), "marked")
SAME = Endpoint("tags", "PUT", "/tags", (), "same")


def crowded(status: int, body: Any) -> float | None:
    return 3.0 if (status, body["message"]) == (403, "CROWDED") else None


def caller(time: Time, credentials: Any = None) -> Caller:
    return Caller(
        Dialect("vendor", lambda body: str(body["message"]), too_much=crowded), http_client(hosts=["api.vendor.example"]), ADDRESS,
        credentials or Fixed(SecretStr("secret")), Allowance("vendor", Limit(100, 1), clock=time.monotonic, sleep=time.sleep, patience_s=0.5),
        limits=RetryLimits(attempts=3, total_s=20, first_wait_s=1), sleep=time.sleep,
    )  # fmt: skip


async def test_it_asks_in_our_name_and_gives_the_json(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.get(f"{ADDRESS}/deals/7", params={"properties": "amount"}).mock(httpx.Response(200, json={"id": "7"}))
    assert await caller(Time()).ask(READ, {"id": "7"}, query={"properties": "amount"}) == {"id": "7"}
    assert route.calls.last.request.headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize("name", ["", ".."])
async def test_what_can_be_no_id_is_not_there(name: str) -> None:
    with pytest.raises(Gone, match="deal: id cannot be"):
        await caller(Time()).ask(READ, {"id": name})


async def test_an_answer_without_a_body_is_nothing(httpx2_mock: respx.Router) -> None:
    httpx2_mock.put(f"{ADDRESS}/tags").mock(httpx.Response(204))
    assert await caller(Time()).ask(SAME, json={"tags": []}) is None


@pytest.mark.parametrize("endpoint", [READ, SAME])
@pytest.mark.parametrize("failure", [httpx.Response(500), httpx.Response(503), httpx2.ReadTimeout("late"), httpx2.ReadError("reset")])
async def test_what_may_happen_twice_is_repeated(httpx2_mock: respx.Router, endpoint: Endpoint, failure: Any) -> None:
    route = httpx2_mock.route(host="api.vendor.example").mock(side_effect=[failure, failure, httpx.Response(200, json={})])
    time = Time()
    assert await caller(time).ask(endpoint, {"id": "7"} if endpoint is READ else None) == {}
    assert (route.call_count, time.slept) == (3, [1, 2])


@pytest.mark.parametrize(
    "failure", [httpx.Response(500), httpx.Response(502), httpx.Response(503), httpx2.ReadTimeout("late"), httpx2.ReadError("reset")]
)
async def test_what_may_have_been_done_is_never_repeated(httpx2_mock: respx.Router, failure: Any) -> None:
    route = httpx2_mock.post(f"{ADDRESS}/tasks").mock(side_effect=[failure])
    with pytest.raises(Unsure, match=r"task: .*it may have been done"):
        await caller(Time()).ask(WRITE, json={})
    assert route.call_count == 1


@pytest.mark.parametrize("failure", [httpx2.ConnectError("no"), httpx2.ConnectTimeout("late"), httpx.Response(429, headers={"Retry-After": "3"})])
async def test_what_was_surely_not_done_is_tried_again(httpx2_mock: respx.Router, failure: Any) -> None:
    route = httpx2_mock.post(f"{ADDRESS}/tasks").mock(side_effect=[failure, httpx.Response(201, json={"id": "1"})])
    time = Time()
    assert await caller(time).ask(WRITE, json={}) == {"id": "1"}
    assert (route.call_count, time.now) == (2, 3 if isinstance(failure, httpx.Response) else 1)


async def test_a_wait_that_is_too_long_is_told_and_kept_by_everybody(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.get(f"{ADDRESS}/deals/7").mock(httpx.Response(429, headers={"Retry-After": "60"}))
    time = Time()
    asking = caller(time)
    for _ in range(2):
        with pytest.raises(Busy) as told:
            await asking.ask(READ, {"id": "7"})
        assert told.value.seconds == 60
    assert route.call_count == 1, "the second was not even asked"


async def test_a_vendor_may_say_too_much_in_another_way(httpx2_mock: respx.Router) -> None:
    crowd = httpx.Response(403, json={"message": "CROWDED"})
    route = httpx2_mock.post(f"{ADDRESS}/tasks").mock(side_effect=[crowd, httpx.Response(201, json={}), crowd, crowd, crowd])
    time = Time()
    assert await caller(time).ask(WRITE, json={}) == {}
    assert (route.call_count, time.now) == (2, 3)
    with pytest.raises(Busy) as told:
        await caller(time).ask(WRITE, json={})
    assert told.value.seconds == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (401, NotSignedIn), (403, Denied), (404, Gone), (409, Conflict), (410, Gone), (412, Conflict), (422, Rejected)],
)
async def test_each_answer_has_its_meaning(httpx2_mock: respx.Router, status: int, kind: type[VendorError]) -> None:
    httpx2_mock.post(f"{ADDRESS}/tasks").mock(httpx.Response(status, json={"message": "CLOSED"}))
    with pytest.raises(kind) as told:
        await caller(Time()).ask(WRITE, json={})
    assert type(told.value) is kind
    assert f"status {status}, CLOSED" in str(told.value)
    assert ("tasks.write" in str(told.value)) is (kind is Denied), "a token that is not good needs no other scope"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 1}', b'{"message'])
async def test_an_error_that_says_nothing_we_know_still_has_a_sentence(httpx2_mock: respx.Router, body: bytes) -> None:
    httpx2_mock.get(f"{ADDRESS}/deals/7").mock(httpx.Response(404, content=body))
    with pytest.raises(Gone, match="vendor: deal: status 404"):
        await caller(Time()).ask(READ, {"id": "7"})


async def test_an_answer_that_was_cut_off_says_nothing(httpx2_mock: respx.Router) -> None:
    httpx2_mock.post(f"{ADDRESS}/tasks").mock(httpx.Response(200, content=b'{"id": "1'))
    with pytest.raises(Unsure, match="cut off"):
        await caller(Time()).ask(WRITE, json={})


async def test_a_redirect_is_not_followed_and_is_no_answer(httpx2_mock: respx.Router) -> None:
    httpx2_mock.get(f"{ADDRESS}/deals/7").mock(httpx.Response(302, headers={"Location": "https://evil.example/"}))
    with pytest.raises(Rejected, match="status 302"):
        await caller(Time()).ask(READ, {"id": "7"})


class Renewed:
    """A token that is refused, and another."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    async def token(self) -> str:
        return self.tokens[0]

    async def refused(self, token: str) -> bool:
        self.tokens.remove(token)
        return bool(self.tokens)


async def test_a_token_that_is_refused_is_renewed_once(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.post(f"{ADDRESS}/tasks").mock(side_effect=[httpx.Response(401), httpx.Response(201, json={})])
    assert await caller(Time(), Renewed("old", "new")).ask(WRITE, json={}) == {}
    assert [call.request.headers["authorization"] for call in route.calls] == ["Bearer old", "Bearer new"]


async def test_a_fixed_token_that_is_refused_is_for_a_person_to_mend(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.post(f"{ADDRESS}/tasks").mock(httpx.Response(401))
    with pytest.raises(Denied, match=r"task: status 401"):
        await caller(Time()).ask(WRITE, json={})
    assert route.call_count == 1
