"""Whether spans are drawn, and where they are sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.errors import InvalidInput
from integrations.telemetry import TELEMETRY

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


@contextmanager
def collecting(endpoint: str | None, headers: str = "") -> Iterator[None]:
    """Send spans to an OTLP endpoint while the context is open; None: draw none. Raises InvalidInput where the extra is not installed."""
    if endpoint is None:
        yield
        return
    with drawing_to(_provider(endpoint, headers)):
        yield


def _provider(endpoint: str, headers: str) -> "TracerProvider":
    try:
        from integrations.spans import provider_to
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        raise InvalidInput("OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed.", "Run: pip install 'nextplay[otel]'") from None
    return provider_to(endpoint, headers)


@contextmanager
def drawing_to(provider: "TracerProvider") -> Iterator[None]:
    """Draw spans to a provider while the context is open; what was not sent by then is sent at the end."""
    from integrations.spans import Drawer

    TELEMETRY.drawing = Drawer(provider.get_tracer("nextplay"))
    try:
        yield
    finally:
        TELEMETRY.drawing = None
        provider.shutdown()
