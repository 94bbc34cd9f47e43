"""A port of its own for whoever watches a worker, which has no other door: /metrics, and /healthz."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI
from starlette.responses import JSONResponse

from integrations import scraping
from integrations.bootstrap import Workspace
from integrations.settings import Settings


class _Beside(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the worker's."""
        yield


@asynccontextmanager
async def watched(workspace: Workspace, settings: Settings, listener: socket.socket) -> AsyncIterator[None]:
    """Answer on an open socket while the context is open."""

    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/healthz", alive, methods=["GET"])
    app.include_router(scraping.router(settings.now, lambda: workspace.store.pulse(workspace.clock()), lambda: True))
    server = _Beside(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, proxy_headers=False, lifespan="off", ws="none", timeout_graceful_shutdown=2
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving})
