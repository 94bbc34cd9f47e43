"""What surrounds every route: health, headers, request ids, the access log, and the real server on a real socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from integrations.app import server
from integrations.middleware import SAFE_HEADERS
from tests.integration import signing
from tests.integration.test_doors import BODIES, post
from tests.integration.world import World, settings

MAKE = Callable[..., World]


def check(result: bool | Exception) -> Callable[[], Any]:
    async def run() -> bool:
        if isinstance(result, Exception):
            raise result
        return result

    return run


class TestHealth:
    async def test_alive_means_no_more_than_that_it_answers(self, make_world: MAKE) -> None:
        world = make_world(checks={"database": check(OSError("down"))})
        response = await world.http.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    async def test_ready_when_everything_works(self, world: World) -> None:
        response = await world.http.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"database": True, "engine": True})

    @pytest.mark.parametrize("failure", [False, OSError("postgresql://u:hush@db"), TimeoutError(), RuntimeError()])
    async def test_not_ready_when_anything_does_not(self, make_world: MAKE, failure: bool | Exception) -> None:
        world = make_world(checks={"database": check(failure), "engine": check(True)})
        response = await world.http.get("/readyz")
        assert (response.status_code, response.json()) == (503, {"database": False, "engine": True})

    async def test_a_check_that_hangs_is_not_waited_for(self, make_world: MAKE, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hangs() -> bool:
            await asyncio.Event().wait()
            return True

        monkeypatch.setattr("integrations.app.CHECKED_WITHIN_S", 0.0)
        response = await make_world(checks={"database": hangs}).http.get("/readyz")
        assert (response.status_code, response.json()) == (503, {"database": False})


class TestHeaders:
    @pytest.mark.parametrize("path", ["/healthz", "/api/v1/decisions", "/nowhere", "/api/v1/openapi.json"])
    async def test_every_answer_has_safe_headers(self, world: World, path: str) -> None:
        response = await world.http.get(path)
        assert {name: response.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in response.headers

    async def test_a_crash_and_a_refusal_have_them_too(self, world: World) -> None:
        world.service.fails_with = RuntimeError()
        for response in (
            await post(world, "generic", BODIES["generic"]),
            await post(world, "generic", b"", signing.JSON),
        ):
            assert response.headers["X-Content-Type-Options"] == "nosniff"

    async def test_https_is_insisted_on_where_it_is_public(self, make_world: MAKE) -> None:
        world = make_world(settings(public_url="https://nextplay.example.com"))
        assert "max-age=" in (await world.http.get("/healthz")).headers["Strict-Transport-Security"]

    async def test_a_request_id_is_kept_if_it_is_one(self, world: World) -> None:
        async def answered(given: str) -> str:
            response = await world.http.get("/healthz", headers={"X-Request-ID": given})
            return response.headers["X-Request-ID"]

        assert await answered("abc-123") == "abc-123"
        assert [await answered(given) for given in ("", "x" * 65, "a b", "<script>")] == [
            "req_1",
            "req_2",
            "req_3",
            "req_4",
        ]


class TestLog:
    async def test_one_line_a_request_without_bodies_queries_and_headers(self, world: World) -> None:
        body = json.dumps({"hush": "hush"}).encode()
        headers = {**await world.token("ingest"), "Content-Type": "application/json"}
        await world.http.post("/api/v1/events?hush=hush", content=body, headers=headers)
        [line] = world.logged
        assert {name: line[name] for name in ("event", "method", "path", "status")} == {
            "event": "request",
            "method": "POST",
            "path": "/api/v1/events",
            "status": 422,
        }
        assert line["ms"] >= 0
        assert "hush" not in str(world.logged)
        assert headers["Authorization"] not in str(world.logged)

    async def test_why_a_webhook_was_refused_is_known_here_only(self, world: World) -> None:
        await post(world, "generic", BODIES["generic"], signing.generic(b"other"))
        refusal = world.logged[0]
        assert (refusal["event"], refusal["door"], refusal["why"]) == (
            "webhook refused",
            "generic",
            "signature not valid",
        )

    async def test_a_crash_is_logged_with_its_trace(self, world: World) -> None:
        world.service.fails_with = RuntimeError("a bug")
        await post(world, "generic", BODIES["generic"])
        [crash] = [line for line in world.logged if line["event"] == "request failed"]
        assert (crash["exc_info"], crash["path"]) == (True, "/webhooks/generic")


async def test_the_engine_runs_exactly_while_the_server_does(make_world: MAKE) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        seen.append("started")
        yield
        seen.append("stopped")

    world = make_world(running=running)
    assert seen == []
    async with world.app.router.lifespan_context(world.app):
        assert seen == ["started"]
    assert seen == ["started", "stopped"]


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """Serve the world's application on a free port. The socket listens before the server runs: nobody has to wait."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = server(world.app, settings())
        task = asyncio.create_task(running.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.should_exit = True
            await task


class TestOverTheWire:
    async def test_signed_requests_and_large_ones(self, world: World) -> None:
        async with served(world) as url, httpx2.AsyncClient(base_url=url) as http:
            address = f"{url}/webhooks/hubspot"
            body = BODIES["hubspot"]
            stored = await http.post(address, content=body, headers=signing.hubspot(body, url=address))
            big = b" " * (2 << 20)
            large = await http.post(address, content=big, headers=signing.hubspot(big, url=address))
            unsigned = await http.post(address, content=big[: 1 << 19], headers=signing.JSON)
            after = await http.post(address, content=body, headers=signing.hubspot(body, url=address))
        assert [r.status_code for r in (stored, large, unsigned, after)] == [202, 413, 401, 200]
        assert "server" not in stored.headers

    async def test_a_body_that_never_ends_is_given_up(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("integrations.webhooks.reading.READ_WITHIN_S", 0.05)
        async with served(world) as url:
            host, port = url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                b"POST /webhooks/generic HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                b"Content-Type: application/json\r\nwebhook-signature: v1,x\r\n\r\n{"
            )
            status = await asyncio.wait_for(reader.readline(), 10)
            writer.close()
        assert status.split()[1] == b"408"
