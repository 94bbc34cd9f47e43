"""Takes a person's identifiers out of whatever a column may hold: text, JSON, compressed records, bytes as they came."""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic_core import from_json, to_json

ERASED = "[erased]"
_SEPARATORS = r"[\s().\-/]*"


@dataclass(frozen=True)
class Scrub:
    """`ids` name one person and become their stand-ins; `values` do too, and leave a mark; `names` are shared with others, and go only where one of
    the others stood.
    """

    ids: Mapping[str, str]
    values: tuple[str, ...]
    names: tuple[str, ...] = field(default=())

    def finds(self, value: Any) -> bool:
        """Whether the person is named in it."""
        if isinstance(value, str):
            return bool(self._strong.search(value))
        if isinstance(value, bytes):
            document = _document(value)
            return self.finds(document if document is not None else value.decode("utf-8", "replace"))
        if isinstance(value, Mapping):
            return any(self.finds(part) for pair in value.items() for part in pair)
        return isinstance(value, list | tuple) and any(map(self.finds, value))

    def clean(self, value: Any) -> Any:
        """The same without them. Bytes that came from outside are emptied: nobody knows what else is in them."""
        if isinstance(value, str):
            return self._strong.sub(self._instead, value) if self._weak is None else self._weak.sub(ERASED, self._strong.sub(self._instead, value))
        if isinstance(value, bytes):
            return self._packed(value)
        if isinstance(value, Mapping):
            return {self.clean(name): self.clean(part) for name, part in value.items()}
        return [self.clean(part) for part in value] if isinstance(value, list | tuple) else value

    def _packed(self, value: bytes) -> bytes:
        document = _unpacked(value)
        return b"" if document is None else zlib.compress(to_json(self.clean(document)), 1)

    def _instead(self, found: re.Match[str]) -> str:
        return self._by_id.get(found.group().casefold(), ERASED)

    @cached_property
    def _by_id(self) -> dict[str, str]:
        return {name.casefold(): stand_in for name, stand_in in self.ids.items()}

    @cached_property
    def _strong(self) -> re.Pattern[str]:
        return _any([*self.ids, *self.values])

    @cached_property
    def _weak(self) -> re.Pattern[str] | None:
        return _any(self.names) if self.names else None


def _any(values: Iterable[str]) -> re.Pattern[str]:
    """Any of them as whole words; numbers of telephones however they are grouped."""
    longest_first = sorted({value for value in values if value.strip()}, key=len, reverse=True)
    spelled = "|".join(map(_spelled, longest_first)) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE)


def _spelled(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 7 and re.fullmatch(r"[+\d\s().\-/]+", value):
        return r"\+?" + _SEPARATORS.join(digits)
    return r"\s+".join(map(re.escape, value.split()))


def _unpacked(value: bytes) -> Any:
    """What a compressed record holds; None where it is none."""
    try:
        return from_json(zlib.decompress(value))
    except (zlib.error, ValueError):
        return None


def _document(value: bytes) -> Any:
    packed = _unpacked(value)
    if packed is not None:
        return packed
    try:
        return from_json(value)
    except ValueError:
        return None
