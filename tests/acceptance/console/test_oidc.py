"""Signing in with a provider: only who it vouches for, only in the browser that went there, only once, and only who is on the console."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio

from integrations.console.entry import COOKIE
from integrations.console.oidc import COOKIE as ERRAND
from integrations.sandbox.doubles.double import served as serve
from integrations.sandbox.doubles.openid.server import LIES, Lie, OpenIdDouble
from integrations.sessions import Member
from tests.acceptance.console.visiting import Visit, address_of, let_in, shown
from tests.acceptance.serving import HERE, Served, serving
from tests.acceptance.workspaces import alone

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

MIA, STRANGER, BOSS = "mia.brandt@tessera.example", "someone@evil.example", "boss@tessera.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Served, OpenIdDouble]]:
    """The console, and the provider that it asks."""
    folder, double = tmp_path_factory.mktemp("oidc"), OpenIdDouble(lambda: datetime.now(UTC))
    with alone(folder):
        async with (
            serve(double.protocol) as double.issuer,
            serving(
                folder, quiet_world, public_url=HERE, oidc_issuer=double.issuer, oidc_client_id=double.client_id,
                oidc_client_secret=double.client_secret, console_admins=BOSS.upper(), console_proxy_from="127.0.0.1",
            ) as served,
        ):  # fmt: skip
            double.backs = (f"{address_of(served)}/console/oidc/back",)
            await served.workspace.store.let_in(Member(MIA, "operator", "the tests", datetime.now(UTC)))
            yield served, double


@pytest.fixture
def honest(both: tuple[Served, OpenIdDouble]) -> OpenIdDouble:
    """The provider, which lies no more."""
    both[1].lie = None
    both[1].asked.clear()
    return both[1]


class Browser:
    """Follows links by hand, and keeps cookies as a browser does. Each comes from an address of its own."""

    _numbers = count(1)

    def __init__(self, served: Served) -> None:
        self.http, self.home, self.cookies = served.http, address_of(served), dict[str, str]()
        self.address = f"10.0.0.{next(self._numbers)}"

    async def get(self, url: str, **query: str) -> httpx2.Response:
        """One request, with the cookies of the console if it goes there. Redirects are not followed."""
        ours = urlsplit(url).netloc in ("", urlsplit(self.home).netloc)
        headers = {"X-Forwarded-For": self.address}
        if ours and self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = await self.http.get(f"{url}{'?' + urlencode(query) if query else ''}", headers=headers, follow_redirects=False)
        for line in response.headers.get_list("set-cookie") if ours else []:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return response

    async def go(self, who: str, to: str = "/console/queue") -> str:
        """To the provider, where somebody says who they are; where it sends them back to."""
        there = (await self.get("/console/oidc", to=to)).headers["location"]
        chosen = await self.get(f"{there}&{urlencode({'as': who})}")
        return chosen.headers["location"]


async def test_who_the_provider_vouches_for_is_in_and_where_they_wanted_to_go(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    browser = Browser(both[0])
    page = await browser.get("/console/sign-in", to="/console/looks")
    assert "Sign in with 127.0.0.1" in shown(page)
    assert 'href="/console/oidc?to=/console/looks"' in page.text
    entered = await browser.get(await browser.go(MIA, "/console/looks"))
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/looks")
    assert ERRAND not in browser.cookies
    cookie = next(line for line in entered.headers.get_list("set-cookie") if line.startswith(f"{COOKIE}="))
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    inside = await browser.get("/console/looks")
    assert inside.status_code == 200
    assert MIA in shown(inside)


async def test_what_is_asked_of_the_provider(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    browser = Browser(both[0])
    await browser.get(await browser.go(MIA))
    first, token = honest.asked[0], honest.asked[-1]
    assert first["redirect_uri"] == f"{address_of(both[0])}/console/oidc/back"
    assert first["response_type"] == "code"
    assert first["scope"].split() == ["openid", "profile", "email"]
    assert first["code_challenge_method"] == "S256"
    assert len({first["state"], first["nonce"], first["code_challenge"]}) == 3
    assert token["grant_type"] == "authorization_code"
    assert "client_secret" not in token  # it is in the header


async def test_an_admin_of_the_settings_needs_no_entry(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    browser = Browser(both[0])
    await browser.get(await browser.go(BOSS))
    assert (await browser.get("/console/people")).status_code == 200


async def test_who_is_not_on_the_console_is_told_whom_to_ask(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    browser = Browser(both[0])
    refused = await browser.get(await browser.go(STRANGER))
    assert refused.status_code == 403
    assert f"you are {STRANGER}, who may not use this console. Ask one of its admins" in shown(refused)
    assert browser.cookies == {}


@pytest.mark.parametrize("lie", LIES)
async def test_a_provider_that_lies_lets_nobody_in(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble, lie: Lie) -> None:
    browser, honest.lie = Browser(both[0]), lie
    refused = await browser.get(await browser.go(MIA))
    assert COOKIE not in browser.cookies
    says = {
        "fails": "does not answer as it should",
        "huge": "does not answer as it should",
        "unverified": "has not made sure that the e-mail address",
    }
    assert refused.status_code == (503 if lie in ("fails", "huge") else 403)
    assert says.get(lie.removesuffix("_as_text"), "does not prove who you are") in shown(refused)
    assert "alert" not in refused.text


async def test_a_code_counts_only_in_the_browser_that_went_for_it(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    """Whoever lures somebody to the end of their own sign-in signs nobody in."""
    attacker, victim = Browser(both[0]), Browser(both[0])
    back = await attacker.go(MIA)
    await victim.get("/console/oidc")
    for browser in (victim, Browser(both[0])):
        refused = await browser.get(back)
        assert refused.status_code == 403
        assert "not begun in this browser" in shown(refused)
        assert COOKIE not in browser.cookies


async def test_a_code_counts_once(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    browser = Browser(both[0])
    back = await browser.go(MIA)
    errand = browser.cookies[ERRAND]
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get(back)).status_code == 403  # its cookie has served
    again = Browser(both[0])
    again.cookies[ERRAND] = errand
    refused = await again.get(back)
    assert refused.status_code == 403
    assert "does not prove who you are" in shown(refused)


@pytest.mark.parametrize("change", ["state", "no state", "code", "no code", "iss", "no iss", "error"])
async def test_what_comes_back_changed_signs_nobody_in(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble, change: str) -> None:
    browser = Browser(both[0])
    back = urlsplit(await browser.go(MIA))
    said = {name: values[0] for name, values in parse_qs(back.query).items()}
    name = change.removeprefix("no ")
    if change.startswith("no "):
        del said[name]
    elif name == "error":
        said = {"error": "access_denied", "error_description": "<script>alert(1)</script>", "state": said["state"], "iss": said["iss"]}
    else:
        said[name] = "https://evil.example" if name == "iss" else "A" * 43
    refused = await browser.get(f"{back.path}?{urlencode(said)}")
    assert refused.status_code == 403
    assert COOKIE not in browser.cookies
    assert "alert" not in refused.text


async def test_the_browsers_former_session_ends(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    """A cookie that somebody was given beforehand is worth nothing after they signed in."""
    served, given = both[0], await let_in(both[0].workspace, "planted@tessera.example", "viewer")
    browser = Browser(served)
    browser.cookies[COOKIE] = given
    await browser.get(await browser.go(MIA))
    assert browser.cookies[COOKIE] != given
    assert (await Visit(served, given).get("/console/looks")).status_code == 303
    assert MIA in shown(await browser.get("/console/looks"))


async def test_too_many_wrong_tries_have_to_wait(both: tuple[Served, OpenIdDouble], honest: OpenIdDouble) -> None:
    browser = Browser(both[0])
    for _ in range(10):
        assert (await browser.get("/console/oidc/back", code="x", state="y")).status_code == 403
    for path in ("/console/oidc/back", "/console/oidc", "/console/enter"):
        waiting = await browser.get(path)
        assert waiting.status_code == 429
        assert 0 < int(waiting.headers["retry-after"]) <= 60
        assert "Too many tries to sign in failed." in shown(waiting)
    elsewhere = Browser(both[0])
    assert (await elsewhere.get(await elsewhere.go(MIA))).status_code == 303


async def test_without_a_provider_there_is_no_way_to_one(quiet_world: Path, tmp_path: Path) -> None:
    with alone(tmp_path):
        async with serving(tmp_path, quiet_world) as served:
            for path in ("/console/oidc", "/console/oidc/back"):
                response = await served.http.get(path)
                assert response.status_code == 404
                assert "Nobody signs in here with a provider." in shown(response)
            assert "nextplay people link" in shown(await served.http.get("/console/sign-in"))
