"""Effects go to the vendor whose record they change."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from agent.domain.plays import StepKind
from integrations.vendors.connector import Connector
from tools.ports import Command, EffectRefused, Effects, Receipt


class VendorEffects:
    """Implements the `Effects` port over the connected vendors."""

    def __init__(self, connectors: Sequence[Connector]) -> None:
        self._connectors = connectors

    async def execute(self, command: Command) -> Receipt:
        """Carry it out once. Raises EffectRefused, EffectUnknown, and SourceError where it surely was not done and may be tried later."""
        return _handed(command, await self._to(command).execute(command))

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find an effect by its marker. Raises SourceError where the vendor does not say now."""
        found = await self._to(command).look_up(command)
        return _handed(command, found) if isinstance(found, Receipt) else found

    def _to(self, command: Command) -> Effects:
        for connector in self._connectors:
            if command.target.startswith(f"{connector.vendor}-"):
                return connector.effects
        connected = ", ".join(one.vendor for one in self._connectors) or "nothing"
        raise EffectRefused(f"'{command.target}' belongs to no connected system (connected: {connected})")


def _handed(command: Command, receipt: Receipt) -> Receipt:
    """What is to be sent is a task with the draft for its owner: the customer has it when they have done that."""
    return replace(receipt, in_hand=command.kind == StepKind.SEND)
