"""The sandbox as the target of effects: it changes its records as a vendor would, and logs what was done to it."""

from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select

from integrations.db.sandbox_rows import EFFECTS
from integrations.db.statements import insert_new
from integrations.sandbox import records
from integrations.sandbox.acts import act
from integrations.sandbox.source import Clock, Pause, Store, fault, thirty_seconds
from tools.ports import Command, EffectUnknown, Receipt

_DONE = select(EFFECTS.c.seq, EFFECTS.c.at).where(EFFECTS.c.marker == bindparam("marker"))


class SandboxEffects:
    """Implements the `Effects` port. A marker acts once, however often it comes."""

    def __init__(self, store: Store, clock: Clock, *, pause: Pause = thirty_seconds) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause

    async def execute(self, command: Command) -> Receipt:
        """Do it and log it in one transaction.

        Raises EffectRefused when the target does not take it. While `effects` is set to `down` nothing happens, while
        it is `unknowable` the effect happens and its answer is lost: both raise EffectUnknown, as a time-out would.
        """
        mode = await self._store.glance(lambda connection: fault(connection, "effects"))
        if mode == "down":
            raise EffectUnknown("the sandbox has effects set to down: there was no answer")
        if mode == "slow":
            await self._pause()
        receipt = await self._store.write_core(lambda connection: self._once(connection, command))
        if mode == "unknowable":
            raise EffectUnknown("the sandbox has effects set to unknowable: the answer was lost")
        return receipt

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find an effect by its marker."""

        def work(connection: Connection) -> Receipt | Literal["absent", "unknowable"]:
            if fault(connection, "effects") == "unknowable":
                return "unknowable"
            return _receipt(connection, command.marker) or "absent"

        return await self._store.read_core(work)

    async def log(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Everything that was done, in order; `after`: the `seq` of the last entry that is known already."""
        query = select(EFFECTS).where(EFFECTS.c.seq > after).order_by(EFFECTS.c.seq)

        def work(connection: Connection) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(query).mappings()]

        return await self._store.read_core(work)

    def _once(self, connection: Connection, command: Command) -> Receipt:
        done = _receipt(connection, command.marker)
        if done is not None:
            return done
        at = self._clock()
        _require_premise(connection, command)
        records.put(connection, act(connection, command, at))
        row = {
            "at": at,
            "kind": command.kind,
            "target": command.target,
            "payload": command.payload,
            "marker": command.marker,
        }
        insert_new(connection, EFFECTS, row)
        return _receipt(connection, command.marker) or Receipt(command.marker, at)


def _require_premise(connection: Connection, command: Command) -> None:
    """Raises EffectOvertaken where the deal has left the stage that it was judged on."""
    deal = records.living(connection, "deals", command.premise.deal) if command.premise else None
    if command.premise and deal:
        command.premise.require(deal.data["stage"])


def _receipt(connection: Connection, marker: str) -> Receipt | None:
    row = connection.execute(_DONE, {"marker": marker}).one_or_none()
    return None if row is None else Receipt(f"sandbox-{row.seq}", row.at)
