"""Request bodies: read under a size limit, and parsed as strict JSON in which nothing can hurt what comes after.

What a database or a JSON column would refuse or change (NUL, lone surrogates, NaN, integers beyond 64 bits) is
replaced, and each replacement is noted. What is ambiguous or malicious (duplicate keys, deep nesting) is refused.
"""

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_NOTES = 20
READ_WITHIN_S = 10.0

_JSON_TYPE = re.compile(r'application/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?', re.IGNORECASE)
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Every body that `_clean` could change holds one of these; most do not, and are spared the walk.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|NaN|Infinity|[0-9]{19}|[eE]\+?[0-9]{3}")
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Note:
    """Something in a body that was replaced, and where."""

    path: tuple[str | int, ...]
    what: str

    def __str__(self) -> str:
        return f"{'.'.join(str(step) for step in self.path) or 'body'}: {self.what}"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed body: plain JSON that every database stores unchanged, and notes on what had to be replaced."""

    value: Any
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unstorable:
    """A number that cannot be kept, until `_clean` knows where it stood."""

    becomes: str | None
    what: str


async def read_body(request: Request) -> bytes:
    """Read the raw body. Raises HTTPException 413 for one above MAX_BYTES, 408 for one that takes too long."""
    check_length(request.headers)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise HTTPException(408, f"The body did not arrive within {READ_WITHIN_S:.0f} seconds. Send it again.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The connection ended before the body did.") from None
    return bytes(body)


def said_once(headers: Headers) -> Mapping[str, str]:
    """The headers by their names in lower case. One that comes twice is left out: nobody can know which of the two its sender signed."""
    times = Counter(name.lower() for name in headers.keys())  # noqa: SIM118  a header that comes twice is among the keys twice
    return {name.lower(): value for name, value in headers.items() if times[name.lower()] == 1}


def check_length(headers: Mapping[str, str]) -> None:
    """Raise HTTPException 413 when the request announces a body above MAX_BYTES."""
    declared = headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,7}", declared) or int(declared) > MAX_BYTES:
        raise _too_large()


def check_type(headers: Mapping[str, str]) -> None:
    """Raise HTTPException 415 unless the body is plain JSON in UTF-8."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, "Compressed bodies are not read. Send the JSON as it is.")
    if not _JSON_TYPE.fullmatch(headers.get("content-type", "").strip()):
        raise HTTPException(415, "The body must be JSON. Send it with Content-Type: application/json.")


def read_json(raw: bytes) -> Document:
    """Parse a body. Raises HTTPException 400 for what is not JSON, nests deeper than MAX_DEPTH or repeats a key."""
    if _depth(raw) > MAX_DEPTH:
        _refuse(f"nests deeper than {MAX_DEPTH} levels")
    try:
        parsed = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        _refuse("is not UTF-8")
    except json.JSONDecodeError as error:
        _refuse(f"is not JSON: {error.msg.removesuffix(' at')} at character {error.pos}")
    if not _SUSPECT.search(raw):
        return Document(parsed)
    notes: list[Note] = []
    return Document(_clean(parsed, (), notes), tuple(notes[:MAX_NOTES]))


def canonical(value: Any) -> bytes:
    """Write JSON in the one form that equal values share, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _refuse(why: str) -> NoReturn:
    raise HTTPException(400, f"The body {why}.")


def _too_large() -> HTTPException:
    return HTTPException(413, f"The body is larger than {MAX_BYTES} bytes. Send fewer events at a time.")


def _depth(raw: bytes) -> int:
    """Find how deep brackets nest outside strings, without recursion; stops counting beyond the limit."""
    level = deepest = 0
    for bracket in _STRINGS.sub(b"", raw).translate(None, _NOT_BRACKETS):
        level = level + 1 if bracket in b"[{" else max(level - 1, 0)
        deepest = max(deepest, level)
        if deepest > MAX_DEPTH:
            break
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({_UNSTORABLE.sub("\ufffd", key) for key, _ in pairs}) < len(pairs):
        counts = Counter(_UNSTORABLE.sub("\ufffd", key) for key, _ in pairs)
        _refuse(f"holds the key {counts.most_common(1)[0][0][:50]!a} twice")
    return dict(pairs)


def _integer(digits: str) -> int | _Unstorable:
    """Length first: turning thousands of digits into a number is refused by Python and slow elsewhere."""
    if len(digits) <= 20 and int(digits) in _INT64:
        return int(digits)
    return _Unstorable(digits, "an integer beyond 64 bits became text")


def _number(text: str) -> float | _Unstorable:
    number = float(text)
    return number if math.isfinite(number) else _Unstorable(None, "a number out of range became null")


def _constant(name: str) -> _Unstorable:
    return _Unstorable(None, f"{name} became null")


def _clean(value: Any, path: tuple[str | int, ...], notes: list[Note]) -> Any:
    """Replace what cannot be stored. Recursion is bounded: the depth has been checked."""
    match value:
        case _Unstorable():
            notes.append(Note(path, value.what))
            return value.becomes
        case str():
            return _clean_text(value, path, notes)
        case dict():
            kept = {key: _clean_text(key, path, notes) for key in value}
            return {name: _clean(value[key], (*path, name), notes) for key, name in kept.items()}
        case list():
            return [_clean(part, (*path, index), notes) for index, part in enumerate(value)]
    return value


def _clean_text(text: str, path: tuple[str | int, ...], notes: list[Note]) -> str:
    kept = _UNSTORABLE.sub("\ufffd", text)
    if kept != text:
        notes.append(Note(path, "characters that cannot be stored were replaced"))
    return kept
