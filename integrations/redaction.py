"""Takes secrets and personal data out of what is logged: by the name of a field, and by the shape of a value.

The audit log and the decision records keep who did what; operational logs need not.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.domain.claims.personal_data import PLAIN_SECRETS, PersonalKind, without

MAX_TEXT = 8_192
MAX_DEPTH = 8
HIDDEN = "[redacted]"

_SECRET_NAME = re.compile(
    r"secret|passw|token|authori[sz]ation|cookie|signature|credential|api[-_]?key|private[-_]?key|\bdsn\b",
    re.IGNORECASE,
)

_LOGGED_WITHOUT: frozenset[PersonalKind] = PLAIN_SECRETS | {"e-mail", "phone"}
"""What looks drawn at random stays: a log is full of ids that look the same."""


def redact_text(text: str) -> str:
    """Replace secrets, account and card numbers, e-mail addresses and telephone numbers in a text, and cut it at MAX_TEXT characters."""
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}… ({len(text)} characters)"
    return without(text, _LOGGED_WITHOUT)


def redact(value: Any, depth: int = 0) -> Any:
    """Return a copy without secrets and personal data. Numbers and flags stay; other objects become redacted text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {redact_text(str(name)): redact_field(str(name), part, depth + 1) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(part, depth + 1) for part in value]
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    return redact_text(str(value))


def redact_field(name: str, value: Any, depth: int = 0) -> Any:
    """Redact a named value. Numbers under a secret's name are counts (`input_tokens`), not secrets."""
    if _SECRET_NAME.search(name) and not isinstance(value, bool | int | float | None):
        return HIDDEN
    return redact(value, depth)
