"""How old what is read may be. A source may hand out again what it read before; whoever needs it newer says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

_NEEDED: ContextVar[datetime | None] = ContextVar("needed", default=None)


@contextmanager
def not_read_before(moment: datetime | None) -> Iterator[None]:
    """What is read inside was read at its source at this moment or later. None: as the caller needs it."""
    outer = _NEEDED.get()
    token = _NEEDED.set(max((one for one in (outer, moment) if one is not None), default=None))
    try:
        yield
    finally:
        _NEEDED.reset(token)


def needed_since() -> datetime | None:
    """From when on a reading is new enough for whoever asks now; None: the age that each fact may have is all that counts."""
    return _NEEDED.get()
