"""The one way out: who may be called, how much may come back, and what is tried again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import httpx2
import pytest
import respx

from integrations.http import (
    EgressRefusedError,
    RetryLimits,
    TooLargeError,
    TransientError,
    fetch,
    http_client,
    retry_after_s,
)

HOST = "api.vendor.example"
URL = f"https://{HOST}/things"


class Waits:
    """Sleeps that are only noted."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(hosts=[HOST], max_bytes=1000) as client:
        yield client


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        f"http://{HOST}/x",
        f"https://{HOST}.evil.example/x",
        f"https://{HOST}@evil.example/x",
        "http://169.254.169.254/latest",
        "http://127.0.0.1/x",
        "https://[::1]/x",
    ],
)
async def test_other_hosts_are_refused_before_anything_is_sent(client: httpx2.AsyncClient, url: str) -> None:
    with respx.mock(using="httpcore2", assert_all_called=False) as router:
        anything = router.route().mock(return_value=httpx.Response(200))
        with pytest.raises(EgressRefusedError):
            await client.get(url)
    assert not anything.called


async def test_a_redirect_is_not_followed(client: httpx2.AsyncClient, httpx2_mock: respx.Router) -> None:
    httpx2_mock.get(URL).mock(return_value=httpx.Response(302, headers={"Location": "https://evil.example/"}))
    response = await client.get(URL)
    assert response.status_code == 302


async def test_every_request_says_who_asks_and_wants_nothing_packed(client: httpx2.AsyncClient, httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.get(URL).mock(return_value=httpx.Response(200, text="hello"))
    response = await client.get(URL, headers={"Accept-Encoding": "gzip"})
    sent = route.calls[0].request.headers
    assert response.text == "hello"
    assert sent["User-Agent"].startswith("nextplay/")
    assert sent["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"x" * 1001),
        httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"x")),
    ],
)
async def test_too_large_or_packed_answers_are_cut_off(client: httpx2.AsyncClient, httpx2_mock: respx.Router, answer: httpx.Response) -> None:
    httpx2_mock.get(URL).mock(return_value=answer)
    with pytest.raises(TooLargeError):
        await client.get(URL)


async def test_an_answer_that_hides_its_size_is_cut_off_while_it_comes() -> None:
    sent = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            sent.append(1)
            yield b"x" * 400

    async def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=endless())

    async with http_client(hosts=[HOST], max_bytes=1000, transport=httpx2.MockTransport(answer)) as client:
        with pytest.raises(TooLargeError):
            await client.get(URL)
    assert len(sent) == 3


async def test_a_transient_status_is_tried_again_with_growing_waits(client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits) -> None:
    httpx2_mock.get(URL).mock(side_effect=[httpx.Response(503), httpx.Response(502), httpx.Response(200, text="ok")])
    response = await fetch(client, "GET", URL, repeatable=True, sleep=waits)
    assert (response.text, waits.seconds) == ("ok", [0.5, 1.0])


async def test_the_service_says_how_long_to_wait(client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits) -> None:
    httpx2_mock.get(URL).mock(side_effect=[httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200)])
    await fetch(client, "GET", URL, repeatable=True, sleep=waits)
    assert waits.seconds == [7.0]


async def test_a_wait_beyond_the_total_ends_the_trying_at_once(client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits) -> None:
    route = httpx2_mock.get(URL).mock(return_value=httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(TransientError, match="status 429"):
        await fetch(client, "GET", URL, repeatable=True, sleep=waits)
    assert (route.call_count, waits.seconds) == (1, [])


async def test_attempts_are_counted(client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits) -> None:
    route = httpx2_mock.get(URL).mock(side_effect=httpx2.ConnectError("refused"))
    with pytest.raises(TransientError, match=rf"GET {HOST}: ConnectError"):
        await fetch(client, "GET", URL, repeatable=True, limits=RetryLimits(attempts=2), sleep=waits)
    assert route.call_count == 2


async def test_being_asked_to_wait_is_no_failed_attempt_and_is_counted_apart(
    client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits
) -> None:
    busy, failed = httpx.Response(429, headers={"Retry-After": "1"}), httpx.Response(500)
    route = httpx2_mock.get(URL).mock(side_effect=[busy, failed, busy, failed, httpx.Response(200)])
    assert (await fetch(client, "GET", URL, repeatable=True, sleep=waits)).status_code == 200
    route.mock(side_effect=[failed, busy, busy, failed, busy])
    with pytest.raises(TransientError, match="status 429"):
        await fetch(client, "GET", URL, repeatable=True, sleep=waits)
    route.mock(side_effect=[failed, busy, failed, busy, failed])
    with pytest.raises(TransientError, match="status 500"):
        await fetch(client, "GET", URL, repeatable=True, sleep=waits)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 409, 422])
async def test_other_answers_are_given_back_as_they_are(client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits, status: int) -> None:
    route = httpx2_mock.post(URL).mock(return_value=httpx.Response(status))
    assert (await fetch(client, "POST", URL, repeatable=False, sleep=waits, json={"a": 1})).status_code == status
    assert route.call_count == 1


async def test_what_must_happen_once_is_repeated_only_if_it_never_arrived(
    client: httpx2.AsyncClient, httpx2_mock: respx.Router, waits: Waits
) -> None:
    route = httpx2_mock.post(URL).mock(side_effect=[httpx2.ConnectError("refused"), httpx.Response(201)])
    assert (await fetch(client, "POST", URL, repeatable=False, sleep=waits)).status_code == 201
    route.mock(side_effect=httpx2.ReadTimeout("late"))
    with pytest.raises(httpx2.ReadTimeout):
        await fetch(client, "POST", URL, repeatable=False, sleep=waits)
    route.mock(side_effect=[httpx.Response(502)])
    assert (await fetch(client, "POST", URL, repeatable=False, sleep=waits)).status_code == 502
    assert route.call_count == 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:30 GMT", "date": "Mon, 23 Nov 2026 09:00:00 GMT"}, 30.0),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:00 GMT", "date": "Mon, 23 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:30 GMT"}, None),
        ({"retry-after": "soon", "date": "never"}, None),
        ({"retry-after-ms": "-5"}, 0.0),
        ({"retry-after": "\u00b2"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


async def test_cancelling_is_not_a_failure_to_retry(waits: Waits) -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with http_client(hosts=[HOST], transport=httpx2.MockTransport(never)) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await fetch(client, "GET", URL, repeatable=True, sleep=waits)
    assert waits.seconds == []
