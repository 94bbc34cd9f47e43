"""The modes that surfaces are held at: put in force by friction or by an unproven raise, lifted by a person or a passed launch check."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from agent.domain.modes import Friction
from agent.domain.records import Cap, CapKind
from agent.ports import AuditEntry
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.prepared import Prepared
from integrations.db.tables import CAPS, OUTCOMES, WATCHES

_IN_FORCE = Prepared(select(CAPS).where(CAPS.c.lifted_at.is_(None)).order_by(CAPS.c.since, CAPS.c.id))
_KINDS = {"guardrail": "mode.demoted", "unproven": "mode.held"}


class Caps(StorePart):
    """Holds surfaces at a mode, and lets them go."""

    async def caps(self) -> list[Cap]:
        """Those in force, oldest first."""
        return await self._glance(caps_in_force)

    async def cap(self, cap: Cap) -> bool:
        """Put it in force, in the place of an earlier one of its kind on the surface; False when just that one stands there."""
        return await self._write(lambda c: self._cap(c, cap))

    async def lift_cap(self, surface: str, kind: CapKind, *, by: str, why: str, at: datetime) -> bool:
        """End what holds the surface; False when nothing of that kind does."""
        return await self._write(lambda c: self._lift(c, surface, kind, by, why, at))

    async def launch_passed(self, surface: str, playbook_version: str, *, at: datetime, by: str = OURSELVES) -> bool:
        """A launch check of the surface passed under this playbook, the one in force: a raise to `auto` is no longer unproven.

        Whether anything was held back for want of it.
        """
        why = f"the launch check passed under playbook {playbook_version}"
        return await self.lift_cap(surface, "unproven", by=by, why=why, at=at)

    async def friction(self, surface: str, guardrail: str, *, since: datetime, until: datetime) -> Friction:
        """What was delivered from `since` to `until`, and how much of it met with the guardrail. Since the last lifting or demotion at most."""
        return await self._read(lambda c: _friction(c, surface, guardrail, since, until))

    def _cap(self, connection: Connection, cap: Cap) -> bool:
        same = (CAPS.c.surface == cap.surface) & (CAPS.c.kind == cap.kind) & CAPS.c.lifted_at.is_(None)
        before = connection.execute(select(CAPS.c.mode).where(same)).scalar()
        if before == cap.mode:
            return False
        ended = {"lifted_at": cap.since, "lifted_by": OURSELVES, "lifted_why": f"replaced: held at {cap.mode}"}
        connection.execute(update(CAPS).where(same).values(ended))
        connection.execute(insert(CAPS), values_of(cap, CAPS))
        data = {"mode": cap.mode, "why": cap.why, "guardrail": cap.guardrail, "playbook": cap.playbook_version}
        self.chain.append(connection, [AuditEntry(_KINDS[cap.kind], OURSELVES, f"surface:{cap.surface}", data)], cap.since)
        return True

    def _lift(self, connection: Connection, surface: str, kind: str, by: str, why: str, at: datetime) -> bool:
        same = (CAPS.c.surface == surface) & (CAPS.c.kind == kind) & CAPS.c.lifted_at.is_(None)
        lifted = connection.execute(update(CAPS).where(same).values(lifted_at=at, lifted_by=by, lifted_why=why)).rowcount
        if lifted:
            self.chain.append(connection, [AuditEntry("mode.lifted", by, f"surface:{surface}", {"kind": kind, "why": why})], at)
        return bool(lifted)


def caps_in_force(connection: Connection) -> list[Cap]:
    """The caps that nobody has lifted, oldest first."""
    return [Cap(**row) for row in _IN_FORCE.rows(connection)]


def _friction(connection: Connection, surface: str, guardrail: str, since: datetime, until: datetime) -> Friction:
    changes = select(func.max(CAPS.c.since), func.max(CAPS.c.lifted_at)).where(CAPS.c.surface == surface, CAPS.c.kind == "guardrail")
    start = max(moment for moment in (since, *connection.execute(changes).one()) if moment is not None)
    query = (
        select(OUTCOMES.c.guardrails)
        .select_from(WATCHES)
        .outerjoin(OUTCOMES, OUTCOMES.c.decision_id == WATCHES.c.decision)
        .where(WATCHES.c.surface == surface, WATCHES.c.opened_at > start, WATCHES.c.opened_at <= until)
        .where(func.coalesce(OUTCOMES.c.exposure, "delivered") == "delivered")
    )
    found: Sequence[list[str] | None] = connection.execute(query).scalars().all()
    return Friction(len(found), sum(guardrail in (one or ()) for one in found))
