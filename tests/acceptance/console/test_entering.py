"""Into the console and out of it: one-time links, sessions, and everything that the guard refuses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.console.entry import COOKIE
from integrations.sessions import form_token, hash_of
from tests.acceptance.console.visiting import Visit, let_in, link_for, shown, stranger, visit
from tests.acceptance.serving import Served

MIA = "mia.brandt@tessera.example"


async def test_the_address_of_the_server_leads_to_the_console(served: Served) -> None:
    response = await served.http.get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "/console")


async def test_a_link_lets_in_once_and_only_by_its_button(served: Served) -> None:
    link = await link_for(served, MIA, "viewer")
    secret = link.partition("link=")[2]
    someone = stranger(served)
    for _ in range(2):  # looking at it does not use it up
        looked = await someone.get(link)
        assert looked.status_code == 200
        assert f"signing in as {MIA}" in shown(looked)
    entered = await someone.post("/console/enter", {"link": secret})
    assert (entered.status_code, entered.headers["location"]) == (303, "/console")
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
    inside = Visit(served, cookie.partition("=")[2].partition(";")[0])
    assert (await inside.get("/console/looks")).status_code == 200
    again = await someone.post("/console/enter", {"link": secret})
    assert again.status_code == 404
    assert "was used before, or has expired" in shown(again)


@pytest.mark.parametrize("secret", ["", "x", "A" * 43, "A" * 5_000, "../../etc"])
async def test_a_link_that_nobody_made_lets_nobody_in(served: Served, secret: str) -> None:
    assert (await stranger(served).get(f"/console/enter?link={secret}")).status_code == 404
    response = await stranger(served).post("/console/enter", {"link": secret})
    assert response.status_code in (404, 422)
    assert "set-cookie" not in response.headers


async def test_who_is_not_signed_in_is_led_to_where_they_can_and_back(served: Served) -> None:
    response = await stranger(served).get("/console/decisions?surface=renewal&q=a%20b")
    assert response.status_code == 303
    assert response.headers["location"] == "/console/sign-in?to=%2Fconsole%2Fdecisions%3Fsurface%3Drenewal%26q%3Da%2520b"
    back = await (await visit(served, MIA, "viewer")).get(response.headers["location"])
    assert back.headers["location"] == "/console/decisions?surface=renewal&q=a%20b"


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/api/v1", "/consolex"])
async def test_nobody_is_led_away_from_the_console(served: Served, to: str) -> None:
    back = await (await visit(served, MIA, "viewer")).get(f"/console/sign-in?to={to}")
    assert back.headers["location"] == "/console"


async def test_signing_out_ends_the_session_for_whoever_has_its_cookie(served: Served) -> None:
    inside = await visit(served, MIA, "viewer")
    out = await inside.post("/console/sign-out")
    assert out.headers["location"] == "/console/sign-in"
    assert (await inside.get("/console/looks")).headers["location"].startswith("/console/sign-in")


async def test_every_sign_in_has_a_cookie_of_its_own_and_ends_the_one_before(served: Served) -> None:
    """Whoever was given a cookie beforehand, or has seen an old one, has nothing."""
    planted = await let_in(served.workspace, "planted@tessera.example", "viewer")
    cookies = [planted]
    for _ in range(2):
        link = (await link_for(served, MIA, "viewer")).partition("link=")[2]
        entered = await Visit(served, cookies[-1]).post("/console/enter", {"link": link})
        cookies.append(entered.headers["set-cookie"].partition("=")[2].partition(";")[0])
    assert len(set(cookies)) == 3
    assert [(await Visit(served, cookie).get("/console/looks")).status_code for cookie in cookies] == [303, 303, 200]


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 44, "A" * 8_000, "é", "%00", '"', "../..", "a=b", f'"{"A" * 43}"', "null", "true"])
async def test_a_cookie_that_nobody_was_given_is_refused(served: Served, cookie: str) -> None:
    raw = f"{COOKIE}={cookie}".encode()
    response = await served.http.get("/console/looks", headers={b"Cookie": raw}, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/console/sign-in")
    assert "set-cookie" not in response.headers


async def test_a_session_counts_under_its_own_name_alone(served: Served) -> None:
    secret = await let_in(served.workspace, MIA, "viewer")
    for name in ("nextplay", "__Secure-nextplay", COOKIE.upper()):
        assert (await served.http.get("/console/looks", headers={"Cookie": f"{name}={secret}"}, follow_redirects=False)).status_code == 303
    hashed = hash_of(secret)
    assert (await served.http.get("/console/looks", headers={"Cookie": f"{COOKIE}={hashed}"}, follow_redirects=False)).status_code == 303


async def test_who_tries_too_many_links_has_to_wait(served: Served) -> None:
    link = (await link_for(served, MIA, "viewer")).partition("link=")[2]
    for number in range(10):
        assert (await stranger(served).post("/console/enter", {"link": f"{number}" * 43})).status_code == 404
    waiting = await stranger(served).post("/console/enter", {"link": link})
    assert waiting.status_code == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 60
    assert "Too many tries to sign in failed. Wait" in shown(waiting)
    assert (await (await visit(served, MIA, "viewer")).get("/console/looks")).status_code == 200  # who is in stays in


async def test_who_is_taken_off_the_console_is_out_at_once(served: Served) -> None:
    inside = await visit(served, MIA, "operator")
    assert await served.workspace.store.take_off(MIA, by="an admin", at=datetime.now(UTC))
    assert (await inside.get("/console/looks")).status_code == 303


@pytest.mark.parametrize(("made", "seen"), [(timedelta(hours=23), timedelta(hours=4, seconds=1)), (timedelta(hours=24, seconds=1), timedelta())])
async def test_a_session_ends_by_itself(served: Served, made: timedelta, seen: timedelta) -> None:
    secret = await let_in(served.workspace, MIA, "viewer")
    hashed, now = hash_of(secret), datetime.now(UTC)
    assert hashed
    await served.workspace.database.write_core(
        lambda c: c.exec_driver_sql("UPDATE console_sessions SET made_at = ?, seen_at = ?", (_text(now - made), _text(now - seen)))
    )
    assert (await Visit(served, secret).get("/console/looks")).status_code == 303


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


async def test_a_form_of_another_origin_does_nothing(served: Served) -> None:
    inside = await visit(served, MIA, "viewer")
    for origin in ("https://evil.example", "null", ""):
        refused = await inside.post("/console/sign-out", origin=origin)
        assert refused.status_code == 403
        assert "not sent by a page of this console" in shown(refused)
    assert (await inside.get("/console/looks")).status_code == 200


async def test_a_form_that_outlived_its_session_is_not_lost(served: Served) -> None:
    inside = await visit(served, MIA, "viewer")
    stale = await inside.post("/console/sign-out", {"why": "the offer was wrong"}, token="of another session")
    assert stale.status_code == 409
    assert "the offer was wrong" in shown(stale)
    assert 'name="why" value="the offer was wrong"' in stale.text
    assert form_token(inside._secret) in stale.text
    assert (await inside.get("/console/looks")).status_code == 200
    ended = await Visit(served, "B" * 43).post("/console/sign-out", {"why": "the offer was wrong"})
    assert ended.status_code == 401
    assert "Your session has ended" in shown(ended)
    assert 'name="why" value="the offer was wrong"' in ended.text


async def test_a_name_that_is_not_ours_is_not_answered(served: Served) -> None:
    response = await served.http.get("/console/sign-in", headers={"Host": "evil.example"})
    assert response.status_code == 421
    assert "NEXTPLAY_PUBLIC_URL" in shown(response)


async def test_a_page_that_there_is_not_is_said_helpfully(served: Served) -> None:
    response = await (await visit(served, MIA, "viewer")).get("/console/no/such<script>page")
    assert response.status_code == 404
    assert "There is no page /console/no/such<script>page" in shown(response)
    assert "such<script>" not in response.text


async def test_pages_are_served_under_a_strict_policy(served: Served) -> None:
    response = await (await visit(served, MIA, "viewer")).get("/console/looks")
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    assert "<script>" not in response.text
    assert not [part for part in (" onclick=", " style=", " onload=", " onsubmit=") if part in response.text]


async def test_files_are_kept_by_browsers_as_long_as_they_are_the_same(served: Served, folder: Path) -> None:
    for name, kind in (("console.css", "text/css"), ("htmx.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        response = await served.http.get(f"/console/static/{name}?v=1")
        assert response.headers["content-type"].startswith(kind)
        assert "immutable" in response.headers["cache-control"]
    assert (await served.http.get("/console/static/..%2Fguard.py")).status_code in (404, 303)
