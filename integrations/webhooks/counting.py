"""Counts what came of deliveries, by door: the sender's own name for itself is no label, for it may be anything."""

from collections import Counter
from collections.abc import Awaitable, Callable

from fastapi import HTTPException, Request, Response

from agent.errors import InvalidInput, Unavailable
from integrations.counters import DELIVERIES, DELIVERY_SECONDS, timed

Receive = Callable[[Request], Awaitable[Response]]


def counted(source: str, receive: Receive) -> Receive:
    """The same, with requests counted that brought nothing in, and all of them timed."""

    async def count(request: Request) -> Response:
        result: str | None = "failed"
        try:
            with timed(DELIVERY_SECONDS.labels(source)):
                response = await receive(request)
            result = "refused" if response.status_code == 401 else None
        except (HTTPException, InvalidInput) as error:
            result = "busy" if getattr(error, "status_code", 400) >= 500 else "invalid"
            raise
        except Unavailable:
            result = "busy"
            raise
        finally:
            if result is not None:
                DELIVERIES.labels(source, result).inc()
        return response

    return count


def count_events(source: str, statuses: Counter[str]) -> None:
    """Events that were stored, or known: new, duplicate, conflict."""
    for status, count in statuses.items():
        DELIVERIES.labels(source, status).inc(count)
