"""Effects go to the vendor whose record they change; messages that are to be mailed go to the mail."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from agent.domain.plays import StepKind
from integrations.vendors.connector import Connector
from tools.ports import Command, EffectRefused, Effects, Receipt


class VendorEffects:
    """Implements the `Effects` port over the connected vendors. `mail`: what mails messages that are to be mailed, where anything does."""

    def __init__(self, connectors: Sequence[Connector], mail: Effects | None = None) -> None:
        self._connectors, self._mail = connectors, mail

    async def execute(self, command: Command) -> Receipt:
        """Carry it out once. Raises EffectRefused, EffectUnknown, and SourceError where it surely was not done and may be tried later."""
        return _handed(command, await self._to(command).execute(command))

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find an effect by its marker. Raises SourceError where the vendor does not say now."""
        found = await self._to(command).look_up(command)
        return _handed(command, found) if isinstance(found, Receipt) else found

    def _to(self, command: Command) -> Effects:
        if _is_mailed(command):
            if self._mail is None:
                raise EffectRefused("it is to be mailed, and no mail server is set: set NEXTPLAY_MAIL_HOST (docs/mail.md), or take `by: mail` away")
            return self._mail
        for connector in self._connectors:
            if command.target.startswith(f"{connector.vendor}-"):
                return connector.effects
        connected = ", ".join(one.vendor for one in self._connectors) or "nothing"
        raise EffectRefused(f"'{command.target}' belongs to no connected system (connected: {connected})")


def _handed(command: Command, receipt: Receipt) -> Receipt:
    """What is to be sent by its owner is a task with the draft: the customer has it when they have done that. A mail they have."""
    return replace(receipt, in_hand=command.kind == StepKind.SEND and not _is_mailed(command))


def _is_mailed(command: Command) -> bool:
    return command.payload.get("by") == "mail"
