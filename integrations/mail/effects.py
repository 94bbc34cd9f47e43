"""Mails what was decided to be mailed: once, to whom it was approved for, and only as long as that person may be written to.

A mail cannot be looked up. What was handed over without an answer is parked for a person (`nextplay effects list`), and never sent again on a guess.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from agent.domain.plays import StepKind
from integrations.mail.last_look import looked_at
from integrations.mail.letters import Letter, NotALetter, Stationery, letter
from integrations.mail.rests import Rests
from integrations.mail.smtp import Lost, NotTaken, Refused, Server, hand_over
from tools.once import Sources
from tools.ports import Command, EffectPostponed, EffectRefused, EffectUnknown, Receipt, SourceError

MAIL = "mail"


class MailEffects:
    """Implements the `Effects` port for messages that are mailed. `sources` are asked once more right before each."""

    def __init__(
        self, server: Server, stationery: Stationery, sources: Sources, clock: Callable[[], datetime], *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._server, self._stationery, self._sources, self._clock = server, stationery, sources, clock
        self._rests = Rests(monotonic)

    async def execute(self, command: Command) -> Receipt:
        """Mail it once. Raises EffectRefused, EffectOvertaken, EffectUnknown, and EffectPostponed where it surely was not sent and may be
        later.
        """
        if (rest := self._rests.left(command.marker, MAIL)) is not None:
            raise EffectPostponed(MAIL, rest.says, rest.seconds)
        try:
            written = await self._written(command)
        except SourceError as error:
            raise EffectPostponed(error.source, error.what) from error
        return await self._sent(command.marker, written)

    async def _sent(self, marker: str, written: Letter) -> Receipt:
        tried = self._rests.clock()
        try:
            await hand_over(self._server, written)
        except NotTaken as error:
            seconds = self._rests.begin(marker if error.of_letter else MAIL, str(error), tried=tried)
            raise EffectPostponed(MAIL, str(error), seconds) from error
        except Refused as error:
            raise EffectRefused(str(error)) from error
        except Lost as error:
            raise EffectUnknown(f"{error}: it was handed over, and whether it was sent on only the server's log says ({written.id})") from error
        self._rests.end(marker, MAIL)
        return Receipt(written.id, self._clock())

    async def look_up(self, _command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Nobody can be asked whether a mail was sent."""
        return "unknowable"

    async def _written(self, command: Command) -> Letter:
        """The letter as it may be sent this moment. Raises EffectRefused where it may not be, or not any more."""
        payload = command.payload
        if command.kind != StepKind.SEND or payload.get("channel") != "email":
            raise EffectRefused(f"only a message by e-mail is mailed, and no '{command.kind}' by {payload.get('channel') or 'no channel'}")
        owner = await looked_at(command, self._sources, self._clock())
        try:
            return letter(command.marker, payload, owner, self._stationery, self._clock())
        except NotALetter as error:
            raise EffectRefused(f"it was not mailed: {error}") from error
