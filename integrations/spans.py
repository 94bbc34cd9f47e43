"""Spans by OpenTelemetry. Only loaded where somebody collects them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, Status, StatusCode, TraceFlags, Tracer

from integrations.telemetry import ACCEPTED, ids_of

_FIXED: ContextVar[tuple[int, int] | None] = ContextVar("ids of the next span", default=None)


class RunIds(RandomIdGenerator):
    """Ids at random, but for the first span of a run."""

    def generate_trace_id(self) -> int:
        """As the run says, else at random."""
        fixed = _FIXED.get()
        return fixed[0] if fixed else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """As the run says, else at random."""
        fixed = _FIXED.get()
        return fixed[1] if fixed else super().generate_span_id()


class Drawer:
    """Implements `integrations.telemetry.Drawing`: draws to one tracer, whose provider makes ids with `RunIds`."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def accepted(self, run_id: str, began_ns: int) -> None:
        """The first span of a run: its event was stored. Drawn once, by whoever stored it first."""
        token = _FIXED.set(ids_of(run_id))
        try:
            self._tracer.start_span(ACCEPTED, context.Context(), start_time=began_ns, attributes=_names(run_id)).end()
        finally:
            _FIXED.reset(token)

    @contextmanager
    def span(self, name: str, run_id: str | None = None) -> Iterator[Span]:
        """A span that is current while the context is open. Of an error only its kind is told: its text may quote anybody."""
        above = _beneath(run_id) if run_id else None
        with self._tracer.start_as_current_span(
            name, above, attributes=_names(run_id) if run_id else None, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise


def _beneath(run_id: str) -> context.Context:
    trace_id, span_id = ids_of(run_id)
    first = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return trace.set_span_in_context(NonRecordingSpan(first))


def _names(run_id: str) -> Mapping[str, str]:
    return {"nextplay.run": run_id, "nextplay.decision": "dec_" + run_id.removeprefix("run_")}


def provider_of(processor: SpanProcessor) -> TracerProvider:
    """A provider whose spans go to a processor. Nothing is put under OpenTelemetry's own global name."""
    resource = Resource.create({"service.name": "nextplay", "service.version": version("nextplay")})
    provider = TracerProvider(resource=resource, id_generator=RunIds(), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return provider


def provider_to(endpoint: str, headers: str) -> TracerProvider:
    """One that sends to an OTLP endpoint over HTTP. `headers`: name=value, separated by commas."""
    given = dict(part.strip().split("=", 1) for part in headers.split(",") if "=" in part)
    return provider_of(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", headers=given)))
