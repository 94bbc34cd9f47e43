"""What this process has counted and timed since it began: one registry, with labels that are words of the program or the playbook, never ids.

What is stored is not counted here but read at each scrape (`integrations/db/pulse.py`), so that all processes of a deployment say the same.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

COUNTED = CollectorRegistry()
ProcessCollector(registry=COUNTED)
GCCollector(registry=COUNTED)

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PATIENT = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)

DELIVERIES = Counter(
    "nextplay_deliveries",
    "Events by webhook or API; refused, invalid, busy: requests",
    ("source", "result"),
    registry=COUNTED,
)
DELIVERY_SECONDS = Histogram("nextplay_delivery_seconds", "From a verified delivery to its answer", ("source",), buckets=_QUICK, registry=COUNTED)
DECISIONS = Counter("nextplay_decisions", "Decisions recorded", ("surface", "route", "kind"), registry=COUNTED)
WORDINGS = Counter("nextplay_wordings", "Proposals by who worded them; template beside a configured model is its fallback", ("by",), registry=COUNTED)
EFFECTS = Counter("nextplay_effects", "Effects that came into a state", ("kind", "state"), registry=COUNTED)
STEP_SECONDS = Histogram("nextplay_step_seconds", "Drives and the graph's nodes", ("step",), buckets=_PATIENT, registry=COUNTED)
CALLS = Counter("nextplay_vendor_calls", "Requests to vendors by what came of them", ("vendor", "result"), registry=COUNTED)
CALL_SECONDS = Histogram("nextplay_vendor_call_seconds", "How long vendors took to answer", ("vendor",), buckets=_PATIENT, registry=COUNTED)
MODEL_CALLS = Counter("nextplay_model_calls", "Questions to the model by what came of them", ("result",), registry=COUNTED)
MODEL_SECONDS = Histogram("nextplay_model_call_seconds", "How long the model took, tries included", buckets=_PATIENT, registry=COUNTED)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Note how long it took, whatever came of it."""
    began = time.perf_counter()
    try:
        yield
    finally:
        histogram.observe(time.perf_counter() - began)
