"""The HTTP server: the doors on one application, with health, readiness, safe headers and an access log."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.responses import JSONResponse

from integrations import api, problems
from integrations.doors import Check, Doors
from integrations.inlet import Inlet
from integrations.middleware import AT_ONCE, RequestFrame
from integrations.settings import Settings
from integrations.webhooks import routes as webhooks

log = structlog.get_logger("nextplay.http")

CHECKED_WITHIN_S = 2.0


def create_app(doors: Doors) -> FastAPI:
    """Build the application. It starts nothing before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with doors.running():
            yield

    # No docs pages: they load scripts from another host, which the content policy forbids.
    app = FastAPI(
        title="Nextplay",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.doors, app.state.inlet = doors, Inlet(doors.service, doors.waiting, doors.settings)
    tls = (doors.settings.public_url or "").startswith("https://")
    app.add_middleware(RequestFrame, new_id=doors.new_id, tls=tls)
    problems.install(app)
    _add_health(app, doors)
    app.include_router(api.router)
    app.include_router(webhooks.router(doors, app.state.inlet))
    for router in doors.routers:
        app.include_router(router)
    doors.opening(app)
    return app


class Server(uvicorn.Server):
    """Ends at a signal, and has dealt with it then: uvicorn would raise it once more, and cancel whatever closes in order around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen for signals meanwhile."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """Build the server that `nextplay serve` runs. Logging is configured elsewhere, and access lines are our own."""
    return Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # whom a proxy speaks for is believed only where the settings name that proxy: integrations/console/proxy.py
            ws="none",
            limit_concurrency=4 * AT_ONCE,  # of connections; the frame sends away before, and says when to come again
            timeout_graceful_shutdown=10,
        )
    )


def _add_health(app: FastAPI, doors: Doors) -> None:
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready() -> JSONResponse:
        names = list(doors.checks)
        found = await asyncio.gather(*(_works(name, doors.checks[name]) for name in names))
        return JSONResponse(dict(zip(names, found, strict=True)), 200 if all(found) else 503)

    app.add_api_route("/healthz", alive, methods=["GET"], include_in_schema=False)
    app.add_api_route("/readyz", ready, methods=["GET"], include_in_schema=False)


async def _works(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECKED_WITHIN_S):
            return await check()
    except Exception as error:  # noqa: BLE001  whatever goes wrong in a check, the answer is "not ready"
        log.warning("not ready", check=name, error=type(error).__name__)
        return False
