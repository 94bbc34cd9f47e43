"""The queue: what waits for whom, the most urgent first, and answers to many asks that are alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from agent.cases import AnswerResult
from agent.deployment import Ports
from agent.domain.decision import Decision
from agent.domain.records import Approval
from agent.errors import InvalidInput, NextplayError, Refused
from agent.listing import Alike, Asked, AskPage, Likeness, Queued
from agent.standing import answerable_by
from tools.ports import SourceError

PAGE = 10
"""So many asks are shown at once: each is a whole story, and reading one from the store takes as long as finding all of them."""
SOON = timedelta(hours=1)
"""What ends within this time stands before what is worth more."""

AT_ONCE = 50
"""So many asks are answered together at most: who answers can still read them."""

TOGETHER = ("approve", "reject")
"""Answers that may be given to many at once."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of one of many answers: `done` where it counted, `says` in a sentence."""

    ask: str
    decision: str
    done: bool
    says: str


class Answers(Protocol):
    """How one answer is given."""

    async def __call__(self, decision_id: str, answer: str, *, who: str, reason: str | None = None, note: str | None = None) -> AnswerResult: ...


class Queueing:
    """The part of the service that shows what waits."""

    _ports: Ports

    async def queue(self, queued: Queued, *, after: str | None = None, before: str | None = None) -> AskPage:
        """A page of the asks that wait, the most urgent first: what a rule requires; what ends within the hour, the first to end first; then
        the most valuable, the oldest first. From the first, or from an ask on, which need not wait any more.
        """
        at = self._ports.clock()
        among = await self.open_to(queued.mine) if queued.mine else None
        return await self._ports.store.queue(queued, at=at, soon=at + SOON, after=after, before=before, at_most=PAGE, among=among)

    async def open_to(self, who: str) -> list[str]:
        """The ids of the asks for which an answer of this person would count now, by today's directory; none while that is silent."""
        at = self._ports.clock()
        try:
            people = tuple(await self._ports.sources.directory.people(at))
        except SourceError:
            return []
        if not any(person.active and person.email == who for person in people):
            return []
        return answerable_by(who, await self._ports.store.standing(at), people, self._ports.playbook())

    async def asked(self, ask_ids: Sequence[str]) -> list[Asked]:
        """Asks, each with its decision and every ask of that, in this order; without those that there are not."""
        return await self._ports.store.asked(ask_ids)

    async def alike(self, who: str) -> list[Alike]:
        """Asks that a person may answer, and may answer together, by what they have in common; the largest group first."""
        return await self._ports.store.alike(await self.open_to(who), plays=self._harmless())

    async def asks_alike(self, likeness: Likeness, who: str) -> list[str]:
        """The ids of the asks of a group, those that end first before the others, at most `AT_ONCE`."""
        return await self._ports.store.asks_alike(likeness, await self.open_to(who), plays=self._harmless(), at_most=AT_ONCE)

    def _harmless(self) -> list[str]:
        return [play.id for play in self._ports.playbook().plays.values() if play.risk == "low"]

    async def _answered_together(
        self, give: Answers, ask_ids: Sequence[str], answer: str, *, who: str, reason: str | None, note: str | None
    ) -> list[Said]:  # fmt: skip
        _check(ask_ids, answer)
        asked = await self.asked(ask_ids)
        await self._check_alike([one.ask for one in asked], {one.ask.id: one.decision for one in asked}, who)
        return [await _say(give, one.ask, answer, who, reason, note) for one in asked]

    async def _check_alike(self, asks: Sequence[Approval], decisions: dict[str, Decision], who: str) -> None:
        """Raise Refused where they have not in common what they must: who looked at the list of one group answers that group."""
        groups = {likeness_of(decisions[ask.id]) for ask in asks}
        if len(groups) != 1:
            raise Refused("These asks are not alike, so they are not answered together.", "Answer each by itself.")
        open_ = {ask.id for ask in asks if ask.state in ("open", "snoozed")}
        among = sorted(open_.intersection(await self.open_to(who)))
        alike = set(await self._ports.store.asks_alike(groups.pop(), among, plays=self._harmless()))
        if odd := sorted(open_ - alike):
            raise Refused(f"{odd[0]} is none that may be answered together with others.", "Answer it by itself.")


def likeness_of(decision: Decision) -> Likeness:
    """What a decision has in common with those like it."""
    chosen = decision.chosen
    return Likeness(chosen.play if chosen else "", decision.surface, chosen.verdict if chosen else "")


def _check(ask_ids: Sequence[str], answer: str) -> None:
    if answer not in TOGETHER:
        raise InvalidInput(f"'{answer}' is no answer to several asks at once.", "Approve or reject them.")
    if not ask_ids:
        raise InvalidInput("No ask was chosen.", "Choose at least one.")
    if len(set(ask_ids)) > AT_ONCE:
        raise InvalidInput(f"These are {len(set(ask_ids))} asks; at most {AT_ONCE} are answered together.", "Choose fewer.")


async def _say(give: Answers, ask: Approval, answer: str, who: str, reason: str | None, note: str | None) -> Said:
    """One of the answers, by the way that every answer takes. That it is refused does not keep the others from being given."""
    try:
        result = await give(ask.id, answer, who=who, reason=reason, note=note)
    except NextplayError as error:
        return Said(ask.id, ask.decision_id, False, f"{error.message} {error.next_step}".strip())
    return Said(ask.id, ask.decision_id, result.won, result.says)
