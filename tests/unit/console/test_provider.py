from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from agent.errors import Unavailable
from integrations.console.provider import KNOWN_FOR, Described, Errand, Provider
from integrations.settings import Settings

FIXED = datetime(2026, 11, 27, 9, tzinfo=UTC)
ISSUER = "https://accounts.example.com"
SAID = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": "https://tokens.example.com/token",
    "jwks_uri": "https://keys.example.com/keys",
}  # fmt: skip


@pytest.mark.parametrize(
    "cookie", ["", "x", "a.b.c", "A" * 43 + ".1.", "A" * 43 + ".9999999999.", "A" * 43 + ".1795770000.@@", "A" * 43 + ".1795770000._w"]
)
def test_an_errand_that_nobody_began_is_none(cookie: str) -> None:
    assert Errand.read(cookie, FIXED) is None


def test_an_errand_is_read_as_it_was_written_until_its_time_is_over() -> None:
    errand = Errand.begun(FIXED, "/console/decisions?q=ü", bytes)
    assert Errand.read(errand.cookie, FIXED + timedelta(minutes=9, seconds=59)) == errand
    assert Errand.read(errand.cookie, FIXED + timedelta(minutes=10)) is None
    assert Errand.read(errand.cookie, FIXED - timedelta(seconds=1)) is None
    assert len({errand.part(name) for name in ("state", "nonce", "verifier")} | {errand.secret}) == 4
    other = Errand.begun(FIXED, "/console", bytes)
    assert other.part("state") != errand.part("state")


def provider(
    answer: Callable[[httpx2.Request], httpx2.Response],
) -> Provider:
    return Provider(ISSUER, "client", "secret", "https://nextplay.example.com", lambda: Answering(answer))


class Answering(httpx2.AsyncBaseTransport):
    """A network on which everything is answered by one function."""

    def __init__(self, answer: Callable[[httpx2.Request], httpx2.Response]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._answer(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(answer.content))


@pytest.mark.parametrize(
    "said",
    [
        {**SAID, "issuer": "https://evil.example"}, {**SAID, "issuer": f"{ISSUER}/"}, {**SAID, "token_endpoint": "http://tokens.example.com/token"},
        {**SAID, "jwks_uri": "https://user@keys.example.com/keys"}, {**SAID, "authorization_endpoint": "javascript:alert(1)"}, {}, [],
    ],
)  # fmt: skip
async def test_a_provider_that_describes_itself_as_it_cannot_be_is_not_used(said: Any) -> None:
    with pytest.raises(Unavailable, match="does not answer as it should"):
        await provider(lambda _: httpx2.Response(200, json=said)).described(FIXED)


@pytest.mark.parametrize(
    "answer", [httpx2.Response(500), httpx2.Response(302, headers={"Location": "https://evil.example"}), httpx2.Response(200, text="<html>")]
)
async def test_a_provider_that_does_not_describe_itself_is_not_used(answer: httpx2.Response) -> None:
    with pytest.raises(Unavailable, match="does not answer as it should"):
        await provider(lambda _: answer).described(FIXED)


async def test_what_it_says_of_itself_is_known_for_an_hour() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.url}")
        return httpx2.Response(200, json=SAID)

    one = provider(answer)
    for later in (timedelta(), KNOWN_FOR - timedelta(seconds=1), KNOWN_FOR):
        await one.described(FIXED + later)
    assert asked == [f"{ISSUER}/.well-known/openid-configuration"] * 2


def test_who_sent_somebody_back_must_be_the_provider_if_it_says_who_it_is() -> None:
    silent, named = Described(**SAID), Described(**SAID, authorization_response_iss_parameter_supported=True)
    one = provider(lambda _: httpx2.Response(200))
    assert (one.came_back(silent, None), one.came_back(silent, ISSUER), one.came_back(named, ISSUER)) == (True, True, True)
    assert (one.came_back(named, None), one.came_back(silent, "https://evil.example"), one.came_back(named, "")) == (False, False, False)


@pytest.mark.parametrize(("methods", "used"), [(None, "client_secret_basic"), (["client_secret_post"], "client_secret_post")])
def test_our_secret_is_sent_as_the_provider_wants_it(methods: list[str] | None, used: str) -> None:
    more = {} if methods is None else {"token_endpoint_auth_methods_supported": methods}
    assert Described(**SAID, **more).method == used


@pytest.mark.parametrize(
    ("issuer", "name"),
    [("https://slack.com", "Slack"), ("https://accounts.google.com", "Google"), ("https://id.acme.example/realm", "id.acme.example")],
)
def test_the_button_names_it(issuer: str, name: str) -> None:
    given: dict[str, Any] = {"oidc_issuer": issuer, "oidc_client_id": "c", "oidc_client_secret": "s3cr3t-of-the-app-51c8", "_env_file": None}
    assert Provider.of(Settings(**given)) is None  # nobody could come back
    found = Provider.of(Settings(**given, public_url="https://nextplay.example.com/"))
    assert found is not None
    assert (found.name, found.back) == (name, "https://nextplay.example.com/console/oidc/back")
