"""Takes secrets and personal data out of what is logged: by the name of a field, and by the shape of a value.

The audit log and the decision records keep who did what; operational logs need not.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.domain.claims.personal_data import PLAIN_SECRETS, without

MAX_TEXT = 8_192
MAX_DEPTH = 8
HIDDEN = "[redacted]"

_SECRET_NAME = re.compile(
    r"secret|passw|token|authori[sz]ation|cookie|signature|credential|api[-_]?key|private[-_]?key|\bdsn\b",
    re.IGNORECASE,
)

# Every repetition is bounded or free of overlap, so that a hostile text cannot make the search slow.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?"), HIDDEN),
    (re.compile(r"\b(bearer|basic)\s{1,4}[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(?<=://)[^\s/@:]{0,256}:[^\s/@]{1,256}(?=@)"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*"), HIDDEN),
    (re.compile(r"\bwhsec_[\w+/=-]{6,}"), HIDDEN),
    (re.compile(r"\b(?:np_|xox[a-z]-|xapp-|xwfp-|sk-|pat-|ghp_|gho_|AKIA)[\w-]{10,}"), HIDDEN),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[email]"),
)

_SPACED_DIGITS = re.compile(r"(?<![\w.+-])(?:\+|\(\+?)?\d(?:[ ()/.-]{0,3}\d){7,18}(?![\w-]|\.\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _phone(match: re.Match[str]) -> str:
    """Hide what reads like a telephone number; leave dates, times, addresses, versions and plain ids alone."""
    text = match.group()
    digits = sum(c.isdigit() for c in text)
    international = text.lstrip("(").startswith(("+", "00"))
    grouped = digits >= 9 and any(c in " ()/-" for c in text) and not _DATE.match(text)
    return "[phone]" if digits <= 15 and (international or grouped) else text


def redact_text(text: str) -> str:
    """Replace secrets, account and card numbers, e-mail addresses and telephone numbers in a text, and cut it at MAX_TEXT characters."""
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}… ({len(text)} characters)"
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    text = without(text, PLAIN_SECRETS)
    return _SPACED_DIGITS.sub(_phone, text)


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
