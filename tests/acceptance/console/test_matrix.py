"""Nobody gets in: every route of the console, for everybody, with every kind of form, over HTTP; and the headers of every answer."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from integrations.console.door import routers
from integrations.console.guard import GuardedPage
from integrations.sessions import CONSOLE_ROLES
from tests.acceptance.console.matrix import Way, entry, expected, ways
from tests.acceptance.console.visiting import Visit, let_in, shown, stranger
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import alone

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

WAYS = ways()
GETS, POSTS = [way for way in WAYS if way.method == "GET"], [way for way in WAYS if way.method == "POST"]
FOREIGN = ("https://evil.example", "null", "")
PUBLIC = "https://nextplay.example.com"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_to_all(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One server for the whole matrix, under an https address."""
    folder = tmp_path_factory.mktemp("matrix")
    with alone(folder):
        async with serving(folder, quiet_world, public_url=PUBLIC) as served:
            yield served


def verdict(response: httpx2.Response) -> str:
    """What the guard said: `in`, or why not. Pages answer with the same statuses, in other words. None breaks: 503 is the worst that one may say."""
    assert response.status_code < 500 or response.status_code == 503, (f"{response.url}", response.text)
    if response.status_code == 303 and response.headers["location"].startswith("/console/sign-in?to="):
        return "sign in"
    words = shown(response) if response.status_code in (401, 403, 409, 421) else ""
    refusals = {
        "sign in": "You are not signed in.", "role": "This needs the role", "foreign": "was not sent by a page of this console",
        "stale": "This form was of an earlier session", "host": "does not answer under this name",
    }  # fmt: skip
    return next((name for name, says in refusals.items() if says in words), "in")


async def test_every_route_is_in_the_list_that_was_reviewed_as_it_is_declared() -> None:
    assert {way.name: entry(way) for way in WAYS} == expected(), "review the change, then: python -m tests.acceptance.console.matrix"


async def test_nothing_is_served_that_the_guard_does_not_stand_before() -> None:
    """But where the server's own address leads, and its icon."""
    unguarded = [getattr(route, "path", "?") for router in routers() for route in router.routes if not isinstance(route, GuardedPage)]
    assert unguarded == ["/", "/favicon.ico"]
    assert {way.method for way in WAYS} == {"GET", "POST"}


@pytest.mark.parametrize("role", CONSOLE_ROLES)
async def test_a_role_gets_where_it_may_and_nowhere_else(open_to_all: Served, role: str) -> None:
    list_ = expected()
    inside = Visit(open_to_all, await let_in(open_to_all.workspace, f"{role}@tessera.example", role))  # type: ignore[arg-type]
    found, wanted = {}, {}
    for way in GETS:
        found[way.name] = verdict(await inside.get(way.at()))
    for way in POSTS:  # each in a session of its own, for some end it
        inside = Visit(open_to_all, await let_in(open_to_all.workspace, f"{role}@tessera.example", role))  # type: ignore[arg-type]
        found[way.name] = verdict(await inside.post(way.at()))
    for name, may in list_.items():
        wanted[name] = "in" if "anybody" in may or role in may else "role"
    assert found == wanted


@pytest.mark.parametrize("role", CONSOLE_ROLES)
@pytest.mark.parametrize("origin", FOREIGN)
async def test_no_form_of_another_origin_is_taken_from_anybody(open_to_all: Served, role: str, origin: str) -> None:
    inside = Visit(open_to_all, await let_in(open_to_all.workspace, f"{role}@tessera.example", role))  # type: ignore[arg-type]
    assert {way.name: verdict(await inside.post(way.at(), origin=origin)) for way in POSTS} == dict.fromkeys((way.name for way in POSTS), "foreign")


@pytest.mark.parametrize("role", CONSOLE_ROLES)
@pytest.mark.parametrize("token", ["", "A" * 43])
async def test_no_form_without_the_sessions_token_is_taken_from_anybody(open_to_all: Served, role: str, token: str) -> None:
    inside = Visit(open_to_all, await let_in(open_to_all.workspace, f"{role}@tessera.example", role))  # type: ignore[arg-type]
    list_ = expected()
    found = {way.name: verdict(await inside.post(way.at(), token=token)) for way in POSTS if way.roles is not None}
    assert found == {way.name: "stale" if role in list_[way.name] else "role" for way in POSTS if way.roles is not None}


async def test_who_is_not_signed_in_gets_nowhere_but_where_one_signs_in(open_to_all: Served) -> None:
    outside, list_ = stranger(open_to_all), expected()
    found = {way.name: verdict(await (outside.get(way.at()) if way.method == "GET" else outside.post(way.at()))) for way in WAYS}
    assert found == {name: "in" if may == ["anybody"] else "sign in" for name, may in list_.items()}
    assert [name for name, may in list_.items() if may == ["anybody"]] == [
        "GET /console/enter", "POST /console/enter", "GET /console/oidc", "GET /console/oidc/back", "GET /console/sign-in",
        "GET /console/static/{name}",
    ]  # fmt: skip
    for origin in FOREIGN:
        assert {verdict(await outside.post(way.at(), origin=origin)) for way in POSTS} == {"foreign"}


async def test_nothing_is_answered_under_a_name_that_is_not_ours(open_to_all: Served) -> None:
    inside = Visit(open_to_all, await let_in(open_to_all.workspace, "admin@tessera.example", "admin"))
    assert {verdict(await inside.get(way.at(), Host="evil.example")) for way in GETS} == {"host"}
    assert verdict(await inside.get("/console/looks", Host="nextplay.example.com")) == "in"


@pytest.mark.parametrize("way", GETS, ids=lambda way: way.path)
async def test_every_answer_comes_with_the_headers_that_guard_it(open_to_all: Served, way: Way) -> None:
    inside = Visit(open_to_all, await let_in(open_to_all.workspace, "admin@tessera.example", "admin"))
    for response in (await inside.get(way.at(name="console.js")), await stranger(open_to_all).get(way.at(name="console.js"))):
        policy = dict(part.strip().partition(" ")[::2] for part in response.headers["content-security-policy"].split(";"))
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert "unsafe" not in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert response.headers["strict-transport-security"].startswith("max-age=31536000")
        assert response.headers["cross-origin-opener-policy"] == "same-origin"
        if response.headers.get("content-type", "").startswith("text/html"):
            assert policy["default-src"] == "'none'"
            assert policy["script-src"] == policy["style-src"] == "'self'"
            assert response.headers["referrer-policy"] == "same-origin"
            assert not [part for part in (" onclick=", " style=", " onload=", " onsubmit=", "<script>", "<style") if part in response.text]
        if "static" not in way.path:
            assert response.headers["cache-control"] == "no-store"
