"""Every route of the console, and who may use it: what is declared beside the pages, against the list that was reviewed.

`python -m tests.acceptance.console.matrix` writes the list anew; what it changes is reviewed like code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from starlette.convertors import StringConvertor
from starlette.routing import compile_path

from integrations.console.door import routers
from integrations.console.guard import GuardedPage
from integrations.sessions import CONSOLE_ROLES, ConsoleRole

FILE = Path(__file__).with_name("matrix.yaml")
ANYBODY = "anybody"
_HEAD = """\
# Who may use which page of the console, as reviewed. An admin may use all of them. `anybody`: also who is not signed in.
# Written by `python -m tests.acceptance.console.matrix`: a page that is not here, or not as here, fails the tests.
"""


@dataclass(frozen=True)
class Way:
    """One route with one method. `roles`: who may; None for everybody, signed in or not."""

    method: str
    path: str
    roles: tuple[ConsoleRole, ...] | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """The names of what stands for something in its path."""
        return [*compile_path(self.path)[2]]

    def at(self, **values: str) -> str:
        """An address of it; what is not given is a value that stands for nothing."""
        _, shape, kinds = compile_path(self.path)
        return shape.format(**{name: values.get(name, "x" if isinstance(kind, StringConvertor) else "1") for name, kind in kinds.items()})

    def lets(self, role: ConsoleRole) -> bool:
        """Whether the role may use it."""
        return self.roles is None or role == "admin" or role in self.roles


def ways() -> list[Way]:
    """Every route that the console has, by path."""
    found = [way for router in routers() for route in router.routes if isinstance(route, GuardedPage) for way in _ways(route)]
    return sorted(found, key=lambda way: (way.path, way.method))


def expected() -> dict[str, list[str]]:
    """The list that was reviewed: by route, who may use it."""
    read: dict[str, list[str]] = yaml.safe_load(FILE.read_text())
    return read


def entry(way: Way) -> list[str]:
    """What the list says of a route."""
    return [ANYBODY] if way.roles is None else [role for role in CONSOLE_ROLES if way.lets(role)]


def _ways(route: GuardedPage) -> Iterator[Way]:
    roles = tuple(role for role in CONSOLE_ROLES if role in route.roles) if route.roles else None
    for method in sorted(route.methods or ()):
        yield Way(method, route.path, roles)


def written() -> str:
    """The list, of what the pages declare."""
    return _HEAD + "".join(f"{way.name}: [{', '.join(entry(way))}]\n" for way in ways())


if __name__ == "__main__":
    FILE.write_text(written())
