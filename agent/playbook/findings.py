"""What the lint has to say: one finding per thing that is wrong or doubtful, with where it stands and what to do."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from agent.playbook.expressions import Expression, Kind, Path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.playbook.loader import Place

Severity = Literal["error", "warning"]
Of = Literal["playbook", "surface", "play", "rule"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `clause` names a part of the item; `file` and `line` are empty when there is no folder."""

    severity: Severity
    kind: Of
    id: str
    message: str
    clause: str = ""
    path: Path = ()
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        what = f"{self.kind} '{self.id}'" if self.id else self.kind
        clause = f", '{self.clause}'" if self.clause else ""
        return f"{where}{self.severity}: {what}{clause}: {self.message}"

    def placed(self, places: "Mapping[tuple[Kind, str], Place]") -> "Finding":
        """The same finding with file and line, where they are known."""
        place = None if self.kind == "playbook" else places.get((self.kind, self.id))
        return self if place is None else replace(self, file=place.file, line=place.line(self.path))


def error(kind: Of, id_: str, message: str, *, clause: str = "", path: Path = ()) -> Finding:
    """Something that is wrong: the playbook must not go live with it."""
    return Finding("error", kind, id_, message, clause, path)


def warning(kind: Of, id_: str, message: str, *, clause: str = "", path: Path = ()) -> Finding:
    """Something doubtful that a person should look at."""
    return Finding("warning", kind, id_, message, clause, path)


def about(expression: Expression, severity: Severity, message: str) -> Finding:
    """A finding about one expression."""
    return Finding(severity, expression.kind, expression.owner, message, expression.name, expression.path)
