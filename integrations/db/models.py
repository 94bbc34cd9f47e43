"""Learned models: kept for ever under the name that their lessons give them, and which of them was in force when."""

import hashlib
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from agent.ports import AuditEntry, ModelVersion, Reign
from integrations.db import instructive
from integrations.db.part import StorePart, values_of
from integrations.db.statements import insert_new
from integrations.db.tables import MODEL_REIGNS, MODEL_TRAININGS, MODELS

_KEPT = [MODELS.c[name] for name in ModelVersion.__dataclass_fields__]
_REIGN = [MODEL_REIGNS.c[name] for name in Reign.__dataclass_fields__]
_NOW = MODEL_REIGNS.c.until.is_(None)


class Models(StorePart):
    """Keeps models, and puts them in force."""

    async def models(self) -> list[ModelVersion]:
        """Every model that was made, newest first."""
        query = select(*_KEPT).order_by(MODELS.c.made_at.desc(), MODELS.c.version)
        return await self._read(lambda c: [ModelVersion(**row) for row in c.execute(query).mappings()])

    async def model_parameters(self, version: str) -> str | None:
        """The parameters of a model, as text that nobody has looked at; None when there is no such model."""
        query = select(MODELS.c.parameters).where(MODELS.c.version == version)
        return await self._read(lambda c: c.execute(query).scalar())

    async def reigns(self) -> list[Reign]:
        """Which models were in force, newest first."""
        query = select(*_REIGN).order_by(MODEL_REIGNS.c.id.desc())
        return await self._read(lambda c: [Reign(**row) for row in c.execute(query).mappings()])

    async def training_due(self, day: date) -> bool:
        """Whether the day's training has not been done, and something has come since the last one, or was waited for then, that may teach."""
        return await self._read(lambda c: _due(c, day))

    async def keep_training(self, made: ModelVersion, parameters: str, *, day: date | None, waiting: int, why: str | None) -> bool:
        """Keep a model unless it is kept already, and note the day's training; put a new one in force unless a pinned one is."""
        return await self._write(lambda c: self._keep(c, made, parameters, day, waiting, why))

    async def put_model_in_force(self, version: str, *, by: str, why: str, at: datetime, pinned: bool) -> bool:
        """End the reign of the model in force and begin that of another. False when it is in force so already."""
        return await self._write(lambda c: self._crown(c, Reign(version, at, None, by, why, pinned)))

    def _keep(self, connection: Connection, made: ModelVersion, parameters: str, day: date | None, waiting: int, why: str | None) -> bool:
        new = insert_new(connection, MODELS, {**values_of(made, MODELS), "parameters": parameters})
        if day is not None:
            done = {"day": day, "at": made.made_at, "seen": _seen(connection), "waiting": waiting, "version": made.version}
            insert_new(connection, MODEL_TRAININGS, done)
        if not new:
            return False
        data = {"cases": made.cases, "labels": made.labels, "sha256": hashlib.sha256(parameters.encode()).hexdigest()}
        self.chain.append(connection, [AuditEntry("model.trained", made.made_by, made.version, data)], made.made_at)
        now = connection.execute(select(*_REIGN).where(_NOW)).mappings().first()
        if why is not None and not (now and now["pinned"]):
            self._crown(connection, Reign(made.version, made.made_at, None, made.made_by, why, pinned=False))
        return True

    def _crown(self, connection: Connection, reign: Reign) -> bool:
        now = connection.execute(select(*_REIGN).where(_NOW)).mappings().first()
        if now is not None and (now["version"], now["pinned"]) == (reign.version, reign.pinned):
            return False
        connection.execute(update(MODEL_REIGNS).where(_NOW).values(until=reign.since))
        connection.execute(insert(MODEL_REIGNS), values_of(reign, MODEL_REIGNS))
        data: dict[str, Any] = {"before": now["version"] if now else None, "why": reign.why, "pinned": reign.pinned}
        self.chain.append(connection, [AuditEntry("model.in_force", reign.by, reign.version, data)], reign.since)
        return True


def _due(connection: Connection, day: date) -> bool:
    last = connection.execute(select(MODEL_TRAININGS).order_by(MODEL_TRAININGS.c.day.desc()).limit(1)).mappings().first()
    if last is None:
        return _seen(connection) > 0
    return bool(last["day"] < day and (last["waiting"] > 0 or last["seen"] != _seen(connection)))


def _seen(connection: Connection) -> int:
    """How much there is that may teach."""
    return int(connection.execute(instructive.COUNT).scalar_one())
