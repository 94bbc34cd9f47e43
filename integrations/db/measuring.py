"""What acting caused is measured from: the trials of a holdout."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from agent.domain.lift import Trial
from integrations.db.part import StorePart
from integrations.db.tables import WATCHES


class Measuring(StorePart):
    """Reads what is compared with what was held back."""

    async def trials(self, surface: str, *, since: datetime, until: datetime) -> list[Trial]:
        """The surface's decisions that the holdout could have held back, and whose window had ended by `until`, from the decision on."""
        return await self._read(lambda c: list(_trials(c, surface, since, until)))


def _trials(connection: Connection, surface: str, since: datetime, until: datetime) -> Iterator[Trial]:
    in_trial = WATCHES.c.in_trial & WATCHES.c.event.is_not(None) & WATCHES.c.family.is_not(None) & (WATCHES.c.arm != "shadow")
    made = (WATCHES.c.surface == surface) & (WATCHES.c.decided_at >= since) & (WATCHES.c.decided_at < until)
    columns = (WATCHES.c.family, WATCHES.c.arm, WATCHES.c.decided_at, WATCHES.c.met_at, WATCHES.c.window_s)
    for family, arm, decided_at, met_at, window_s in connection.execute(select(*columns).where(in_trial, made)):
        ends = decided_at + timedelta(seconds=window_s)
        if ends <= until:
            yield Trial(family, arm == "held_out", met_at is not None and met_at <= ends)
