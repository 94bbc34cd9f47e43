"""`/metrics`: what Prometheus is told, and who may ask."""

import hmac
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version
from ipaddress import ip_address

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from integrations.counters import COUNTED
from integrations.db.pulse import Pulse
from integrations.settings import LOCAL_HOSTS, Settings

log = structlog.get_logger("nextplay.metrics")

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
PATH = "/metrics"
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def may_scrape(request: Request, settings: Settings) -> bool:
    """Whoever has the token; without one in the settings only this machine, while nobody else can reach the server through a proxy on it."""
    if settings.metrics_token is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        wanted = settings.metrics_token.get_secret_value()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode())
    passed_on = any(name in request.headers for name in _PASSED_ON)
    return settings.is_local and not passed_on and request.url.hostname in LOCAL_HOSTS and _is_here(request)


def _is_here(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def router(settings: Callable[[], Settings], pulse: Callable[[], Awaitable[Pulse]], alive: Callable[[], bool]) -> APIRouter:
    """The one route. `alive`: whether somebody drives."""
    routes = APIRouter(include_in_schema=False)

    async def metrics(request: Request) -> Response:
        now = settings()
        if not may_scrape(request, now):
            closed = now.metrics_token is None
            return Response(status_code=404 if closed else 401, headers=None if closed else {"WWW-Authenticate": "Bearer"})
        return Response(await exposed(pulse, alive=alive()), media_type=FORMAT)

    routes.add_api_route(PATH, metrics, methods=["GET"], response_model=None)
    return routes


async def exposed(pulse: Callable[[], Awaitable[Pulse]], *, alive: bool) -> bytes:
    """Everything as text. While the database does not answer, what this process counted is told all the same."""
    felt: Pulse | None = None
    try:
        felt = await pulse()
    except Exception as error:  # noqa: BLE001  whatever keeps the database from answering, that is the news
        log.warning("the database could not be read", error=type(error).__name__)
    registry = CollectorRegistry()
    registry.register(_Stored(felt, alive=alive))
    return generate_latest(registry) + generate_latest(COUNTED)


class _Stored(Collector):
    """What was read from the database at this scrape."""

    def __init__(self, pulse: Pulse | None, *, alive: bool) -> None:
        self._pulse, self._alive = pulse, alive

    def collect(self) -> Iterator[Metric]:
        """Every gauge."""
        yield InfoMetricFamily("nextplay_build", "What runs here", {"version": version("nextplay")})
        yield GaugeMetricFamily("nextplay_database_up", "1 while the database answers", float(self._pulse is not None))
        yield GaugeMetricFamily("nextplay_engine_up", "1 while an engine or a worker drives", float(self._alive))
        if self._pulse is not None:
            yield from _gauges(self._pulse)


def _gauges(pulse: Pulse) -> Iterator[Metric]:
    runs = GaugeMetricFamily("nextplay_runs", "Runs that have not closed, by state; dead ones are the dead letters", labels=["state"])
    for state, count in pulse.runs.items():
        runs.add_metric([state], count)
    asks = GaugeMetricFamily("nextplay_asks", "Asks that wait for people", labels=["state"])
    for state, count in pulse.asks.items():
        asks.add_metric([state], count)
    yield from (runs, asks)
    for name, about, value in (
        ("inbox_depth", "Events that are stored and not decided", pulse.runs.get("new", 0)),
        ("inbox_oldest_seconds", "How old the oldest of them is", pulse.inbox_oldest_s),
        ("engine_lag_seconds", "How long the run has waited that has been due for longest", pulse.lag_s),
        ("asks_late", "Asks of which more than half of the time has gone", pulse.asks_late),
        ("asks_oldest_seconds", "How long the oldest ask has waited", pulse.asks_oldest_s),
        ("effects_unknown", "Effects of which nobody knows whether they happened", pulse.unknown),
        ("effects_unknown_oldest_seconds", "Since when, for the oldest", pulse.unknown_oldest_s),
        ("dead_letters", "Runs that failed too often", pulse.runs.get("dead", 0)),
        ("quarantine", "Deliveries that were set aside", pulse.quarantined),
        ("messages_undelivered", "Messages to colleagues that wait in the outbox", pulse.undelivered),
        ("messages_oldest_seconds", "How long the oldest of them has waited", pulse.undelivered_oldest_s),
    ):
        yield GaugeMetricFamily(f"nextplay_{name}", about, value)
