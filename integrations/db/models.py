"""Learned models: kept for ever under the name that their lessons give them, and which of them was in force when. There are two lines of them: those
that score, and those that tell what a ticket is about.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from agent.ports import AuditEntry, Line, ModelVersion, Reign, Training
from integrations.db import instructive
from integrations.db.learned_rows import MODEL_REIGNS, MODEL_TRAININGS, MODELS, TRIAGE_MODELS, TRIAGE_REIGNS, TRIAGE_TRAININGS
from integrations.db.part import StorePart, values_of
from integrations.db.statements import insert_new


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a line of models is kept, and what the audit log calls one."""

    models: Table
    reigns: Table
    trainings: Table
    name: str


_LINES: dict[Line, _Kept] = {
    "score": _Kept(MODELS, MODEL_REIGNS, MODEL_TRAININGS, "model"),
    "triage": _Kept(TRIAGE_MODELS, TRIAGE_REIGNS, TRIAGE_TRAININGS, "triage_model"),
}


class Models(StorePart):
    """Keeps models, and puts them in force."""

    async def models(self, line: Line = "score") -> list[ModelVersion]:
        """Every model that was made, newest first."""
        kept = _LINES[line].models
        query = select(*_columns(kept, ModelVersion)).order_by(kept.c.made_at.desc(), kept.c.version)
        return await self._read(lambda c: [ModelVersion(**row) for row in c.execute(query).mappings()])

    async def model_parameters(self, version: str, line: Line = "score") -> str | None:
        """The parameters of a model, as text that nobody has looked at; None when there is no such model."""
        kept = _LINES[line].models
        return await self._read(lambda c: c.execute(select(kept.c.parameters).where(kept.c.version == version)).scalar())

    async def reigns(self, line: Line = "score") -> list[Reign]:
        """Which models were in force, newest first."""
        kept = _LINES[line].reigns
        query = select(*_columns(kept, Reign)).order_by(kept.c.id.desc())
        return await self._read(lambda c: [Reign(**row) for row in c.execute(query).mappings()])

    async def training_due(self, day: date) -> bool:
        """Whether the day's training has not been done, and something has come since the last one, or was waited for then, that may teach."""
        return await self._read(lambda c: _due(c, day))

    async def last_training(self, line: Line) -> Training | None:
        """The newest training of the clock's."""
        kept = _LINES[line].trainings
        query = select(*_columns(kept, Training)).order_by(kept.c.day.desc()).limit(1)
        row = await self._read(lambda c: c.execute(query).mappings().first())
        return Training(**row) if row else None

    async def note_training(self, training: Training, line: Line) -> None:
        """Note that a day's training was tried, unless the day's is noted."""
        await self._write(lambda c: _note(c, _LINES[line], training))

    async def keep_training(
        self, made: ModelVersion, parameters: str, *, day: date | None, waiting: int, why: str | None, line: Line = "score", seen: int | None = None
    ) -> bool:  # fmt: skip
        """Keep a model unless it is kept already, and note the day's training; put a new one in force unless a pinned one is."""

        def work(connection: Connection) -> bool:
            if day is not None:
                many = _seen(connection) if seen is None else seen
                _note(connection, _LINES[line], Training(day, made.made_at, many, waiting, made.version))
            return self._keep(connection, _LINES[line], made, parameters, why)

        return await self._write(work)

    async def put_model_in_force(self, version: str, *, by: str, why: str, at: datetime, pinned: bool, line: Line = "score") -> bool:
        """End the reign of the model in force and begin that of another. False when it is in force so already."""
        return await self._write(lambda c: self._crown(c, _LINES[line], Reign(version, at, None, by, why, pinned)))

    def _keep(self, connection: Connection, line: _Kept, made: ModelVersion, parameters: str, why: str | None) -> bool:
        new = insert_new(connection, line.models, {**values_of(made, line.models), "parameters": parameters})
        if not new:
            return False
        data = {"cases": made.cases, "labels": made.labels, "sha256": hashlib.sha256(parameters.encode()).hexdigest()}
        self.chain.append(connection, [AuditEntry(f"{line.name}.trained", made.made_by, made.version, data)], made.made_at)
        now = _now(connection, line)
        if why is not None and not (now and now.pinned):
            self._crown(connection, line, Reign(made.version, made.made_at, None, made.made_by, why, pinned=False))
        return True

    def _crown(self, connection: Connection, line: _Kept, reign: Reign) -> bool:
        now = _now(connection, line)
        if now is not None and (now.version, now.pinned) == (reign.version, reign.pinned):
            return False
        connection.execute(update(line.reigns).where(line.reigns.c.until.is_(None)).values(until=reign.since))
        connection.execute(insert(line.reigns), values_of(reign, line.reigns))
        data: dict[str, Any] = {"before": now.version if now else None, "why": reign.why, "pinned": reign.pinned}
        self.chain.append(connection, [AuditEntry(f"{line.name}.in_force", reign.by, reign.version, data)], reign.since)
        return True


def _columns(table: Table, item: type) -> list[Any]:
    return [table.c[name] for name in item.__dataclass_fields__]  # type: ignore[attr-defined]  # called with dataclasses


def _now(connection: Connection, line: _Kept) -> Reign | None:
    row = connection.execute(select(*_columns(line.reigns, Reign)).where(line.reigns.c.until.is_(None))).mappings().first()
    return Reign(**row) if row else None


def _note(connection: Connection, line: _Kept, training: Training) -> None:
    insert_new(connection, line.trainings, values_of(training, line.trainings))


def _due(connection: Connection, day: date) -> bool:
    last = connection.execute(select(MODEL_TRAININGS).order_by(MODEL_TRAININGS.c.day.desc()).limit(1)).mappings().first()
    if last is None:
        return _seen(connection) > 0
    return bool(last["day"] < day and (last["waiting"] > 0 or last["seen"] != _seen(connection)))


def _seen(connection: Connection) -> int:
    """How much there is that may teach."""
    return int(connection.execute(instructive.COUNT).scalar_one())
