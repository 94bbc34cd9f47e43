"""The page of people: who may use the console, sessions, one-time links and tokens; and a proxy that signs people in."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
import pytest_asyncio

from integrations.console.entry import COOKIE
from integrations.sessions import form_token
from integrations.tokens import fingerprint
from tests.acceptance.console.visiting import Visit, let_in, shown, stranger, visit
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import alone

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

ANA, BEN, CLEO = "ana@tessera.example", "ben@tessera.example", "cleo@tessera.example"
HEADER = "X-Forwarded-Email"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("people")
    with alone(folder):
        async with serving(folder, quiet_world) as served:
            yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A console behind a proxy on this machine, which signs people in."""
    folder = tmp_path_factory.mktemp("behind")
    with alone(folder):
        async with serving(folder, quiet_world, console_proxy_header=HEADER, console_proxy_from="127.0.0.1", console_admins=ANA) as served:
            yield served


@pytest_asyncio.fixture(loop_scope="module")
async def ana(world: Served) -> AsyncIterator[Visit]:
    """An admin, and nobody else is on the console."""
    store = world.workspace.store
    for one in await store.members():
        await store.take_off(one.email, by="the tests", at=one.added_at)
    yield await visit(world, ANA, "admin")


async def test_letting_in_changing_and_taking_off(world: Served, ana: Visit) -> None:
    let = await ana.post("/console/people/let-in", {"email": f" {BEN.upper()} ", "role": "viewer"})
    assert let.headers["location"] == "/console/people"
    page = shown(await ana.get("/console/people"))
    assert f"{BEN} may use the console as viewer." in page
    assert f"by {ANA}" in page
    inside = Visit(world, await _session_of(world, BEN))
    assert (await inside.get("/console/people")).status_code == 403
    await ana.post("/console/people/let-in", {"email": BEN, "role": "admin"})
    assert (await inside.get("/console/people")).status_code == 200  # at once, in the same session
    await ana.post("/console/people/take-off", {"email": BEN})
    assert f"{BEN} may not use the console any more." in shown(await ana.get("/console/people"))
    assert (await inside.get("/console/queue")).status_code == 303
    entries = [(entry["kind"], entry["who"], entry["ref"]) for entry in await _audit(world) if entry["kind"].startswith("console.")]
    assert entries[-1] == ("console.taken_off", ANA, BEN)


async def _session_of(served: Served, email: str) -> str:
    member = await served.workspace.store.member(email)
    assert member
    return await let_in(served.workspace, email, member.role)


async def _audit(served: Served) -> list[dict[str, str]]:
    query = "SELECT kind, who, ref FROM audit ORDER BY seq"
    rows = await served.workspace.database.read_core(lambda c: [dict(row) for row in c.exec_driver_sql(query).mappings()])
    return [{name: str(value) for name, value in row.items()} for row in rows]


@pytest.mark.parametrize(("path", "fields"), [("take-off", {"email": ANA}), ("let-in", {"email": ANA, "role": "viewer"})])
async def test_the_last_admin_stays_one(world: Served, ana: Visit, path: str, fields: dict[str, str]) -> None:
    refused = await ana.post(f"/console/people/{path}", fields)
    assert refused.status_code == 409
    assert "Then nobody would be an admin, so nothing was changed. Make somebody else an admin first." in shown(refused)
    assert (await ana.get("/console/people")).status_code == 200
    await ana.post("/console/people/let-in", {"email": BEN, "role": "admin"})
    assert (await ana.post(f"/console/people/{path}", fields)).status_code == 303


@pytest.mark.parametrize(
    ("path", "fields", "status", "says"),
    [
        ("let-in", {"email": "nobody", "role": "viewer"}, 422, "'nobody' is not an e-mail address."),
        ("let-in", {"email": BEN, "role": "owner"}, 422, "'owner' is not a role."),
        ("let-in", {"email": BEN}, 422, "The role is missing."),
        ("let-in", {"email": "<script>alert(1)</script>@x", "role": "viewer"}, 422, "is not an e-mail address."),
        ("take-off", {"email": BEN}, 404, f"{BEN} is not on the console."),
        ("link", {"email": BEN}, 404, f"{BEN} may not use the console."),
        ("end", {"session": "0" * 64}, 404, "This session has ended already."),
        ("token", {"email": BEN, "role": "agent", "days": "90"}, 422, "'agent' is not a role."),
        ("token", {"email": BEN, "role": "viewer", "days": "367"}, 422, "A token is valid for 1 to 366 days."),
        ("token", {"email": BEN, "role": "viewer", "days": "²"}, 422, "A token is valid for 1 to 366 days."),
        ("revoke", {"token": "tok_none"}, 404, "There is no such token, or it was revoked before."),
    ],
)
async def test_what_is_wrong_is_said(world: Served, ana: Visit, path: str, fields: dict[str, str], status: int, says: str) -> None:
    answer = await ana.post(f"/console/people/{path}", fields)
    assert answer.status_code == status
    assert says in shown(answer)
    assert "<script>alert" not in answer.text


async def test_a_link_is_shown_once_and_lets_in_once(world: Served, ana: Visit) -> None:
    await ana.post("/console/people/let-in", {"email": BEN, "role": "agent"})
    made = await ana.post("/console/people/link", {"email": BEN})
    assert made.headers["cache-control"] == "no-store"
    link = _value(made.text, "The one-time link")
    assert link not in (await ana.get("/console/people")).text
    secret = link.partition("link=")[2]
    entered = await stranger(world).post("/console/enter", {"link": secret})
    assert entered.headers["location"] == "/console"
    assert secret not in str(await world.workspace.database.read_core(lambda c: c.exec_driver_sql("SELECT * FROM console_links").all()))


def _value(page: str, label: str) -> str:
    found = re.search(rf'aria-label="{label}" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


async def test_a_session_of_another_can_be_ended_and_ones_own_is_named(world: Served, ana: Visit) -> None:
    await ana.post("/console/people/let-in", {"email": BEN, "role": "operator"})
    inside = Visit(world, await _session_of(world, BEN))
    page = await ana.get("/console/people")
    assert "this one" in shown(page)
    ids = re.findall(rf"End this session of {re.escape(BEN)}.*?name=\"session\" value=\"([0-9a-f]{{64}})\"", page.text, re.DOTALL)
    assert len(ids) == 1
    assert (await ana.post("/console/people/end", {"session": ids[0]})).status_code == 303
    assert (await inside.get("/console/queue")).status_code == 303
    assert ("console.session_ended", ANA, BEN) in [(entry["kind"], entry["who"], entry["ref"]) for entry in await _audit(world)]


async def test_a_token_is_shown_once_works_and_is_revoked(world: Served, ana: Visit) -> None:
    made = await ana.post("/console/people/token", {"email": BEN, "role": "viewer", "days": "30"})
    text = _value(made.text, "The token")
    asked = {"Authorization": f"Bearer {text}"}
    assert (await world.http.get("/api/v1/decisions", headers=asked)).status_code == 200
    page = await ana.get("/console/people")
    assert text not in page.text
    row = await world.workspace.store.token(fingerprint(text))
    assert row
    assert row.id in page.text
    assert "in 30 d" in shown(page) or "30 days" in shown(page) or "29 d" in shown(page)
    assert ("token.added", ANA, row.id) in [(entry["kind"], entry["who"], entry["ref"]) for entry in await _audit(world)]
    await ana.post("/console/people/revoke", {"token": row.id})
    assert (await world.http.get("/api/v1/decisions", headers=asked)).status_code in (401, 403)
    assert f"Revoke {row.id}" not in (await ana.get("/console/people")).text


async def test_many_people_come_page_by_page(world: Served, ana: Visit) -> None:
    for number in range(120):
        await let_in(world.workspace, f"person{number:03}@tessera.example", "viewer")
    pages = [shown(await ana.get(f"/console/people?skip={skip}")) for skip in (0, 50, 100)]
    assert "1 to 50 of 121" in pages[0]
    assert "101 to 121 of 121" in pages[2]
    assert [page.count("Change the role") for page in pages] == [0, 0, 0]  # labels are no text
    assert "The last 100 are shown." in pages[0]
    for skip in (-5, 10**9):
        assert (await ana.get(f"/console/people?skip={skip}")).status_code == 200
    assert (await ana.get("/console/people?skip=x")).status_code == 404


# --- the proxy -------------------------------------------------------------------------------------------------------


async def test_who_the_proxy_names_is_in_with_a_session_like_any_other(behind: Served) -> None:
    await let_in(behind.workspace, BEN, "viewer")
    first = await stranger(behind).get("/console/looks", **{HEADER: BEN})
    assert first.status_code == 200
    assert BEN in shown(first)
    cookie = first.headers["set-cookie"]
    assert all(part in cookie for part in (f"{COOKIE}=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    inside = Visit(behind, cookie.partition("=")[2].partition(";")[0])
    second = await inside.get("/console/looks", **{HEADER: BEN})
    assert second.status_code == 200
    assert "set-cookie" not in second.headers
    assert (await stranger(behind).get("/console/people", **{HEADER: ANA})).status_code == 200  # by the settings


async def test_a_session_of_the_proxy_is_nobody_elses_and_needs_it(behind: Served) -> None:
    await let_in(behind.workspace, BEN, "viewer")
    await let_in(behind.workspace, CLEO, "viewer")
    first = await stranger(behind).get("/console/looks", **{HEADER: BEN})
    secret = first.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert (await Visit(behind, secret).get("/console/looks")).headers["location"].startswith("/console/sign-in")
    other = await Visit(behind, secret).get("/console/looks", **{HEADER: CLEO})
    assert CLEO in shown(other)
    assert BEN not in shown(other)
    assert other.headers["set-cookie"].startswith(f"{COOKIE}=")
    again = await Visit(behind, secret).get("/console/looks", **{HEADER: BEN})
    assert "set-cookie" in again.headers  # the former session had ended with the other's


async def test_who_the_proxy_names_and_is_not_on_the_console_is_told_whom_to_ask(behind: Served) -> None:
    outside = stranger(behind)
    refused = await outside.get("/console/queue", **{HEADER: "someone@evil.example"})
    assert refused.headers["location"].startswith("/console/sign-in")
    page = await outside.get("/console/sign-in", **{HEADER: "someone@evil.example"})
    assert "The proxy says that you are someone@evil.example, who may not use this console. Ask one of its admins" in shown(page)
    assert "set-cookie" not in page.headers


async def test_a_form_that_comes_first_is_not_sent_unseen(behind: Served) -> None:
    """Whoever is named by a proxy has no token yet: the form comes back with one, and nothing was done."""
    sent = await behind.http.post(
        "/console/people/let-in", data={"email": CLEO, "role": "admin"}, headers={HEADER: ANA, "Origin": f"{behind.http.base_url}".rstrip("/")}
    )
    assert sent.status_code == 409
    secret = sent.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert form_token(secret) in sent.text


async def test_the_header_of_a_proxy_counts_for_nothing_where_none_is_set_up(world: Served) -> None:
    assert (await stranger(world).get("/console/looks", **{HEADER: ANA})).status_code == 303


async def test_the_header_from_elsewhere_is_refused_loudly(quiet_world: Path, tmp_path: Path) -> None:
    with alone(tmp_path):
        async with serving(tmp_path, quiet_world, console_proxy_header=HEADER, console_proxy_from="10.0.0.4", console_admins=ANA) as served:
            inside = await visit(served, ANA, "admin")
            for visitor in (inside, stranger(served)):
                for path in ("/console/looks", "/console/sign-in", "/console/static/icon.svg"):
                    refused = await visitor.get(path, **{HEADER: ANA, "X-Forwarded-For": "10.0.0.4"})
                    assert refused.status_code == 403
                    assert f"says by {HEADER} who is signed in, and did not come from the proxy" in shown(refused)
            assert (await inside.get("/console/looks")).status_code == 200
