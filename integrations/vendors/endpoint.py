"""What a vendor is ever asked: each request as data, from which the tables in the documentation are made."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

Repeats = Literal["read", "same", "marked"]
"""read: it changes nothing · same: done twice it is done once · marked: it carries our marker, and is looked up before it is ever repeated."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One request. `path` is relative to the vendor's address and names its variable parts in braces; `scopes` are what the credentials must hold."""

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    scopes: tuple[str, ...] = ()
    repeats: Repeats = "read"
    why: str = ""

    def at(self, **parts: str) -> str:
        """The path with its parts in place: each stays one part, whatever is in it. Raises ValueError for one that would lead elsewhere."""
        for name, part in parts.items():
            if not part or set(part) <= {"."}:
                raise ValueError(f"{self.name}: {name} cannot be {part!r}")
        return self.path.format(**{name: quote(part, safe="") for name, part in parts.items()})
