"""Opening the case of a decision, with today's directory: who could say something of it, and whether it would count."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.cases import OpenCase
from agent.conversing import Conversing
from agent.domain.evidence import EDITION, Person
from agent.errors import Refused
from agent.graph.storing import evidence_from_json
from agent.listing import Asked
from agent.standing import answerable_by
from tools.ports import SourceError


class Opening(Conversing):
    """The part of the service that opens cases."""

    async def knows(self, who: str) -> bool:
        """Whether this is a colleague in the directory, who alone may answer, label and take back. No while it is silent: not knowing is a no."""
        return _known(await self._people(), who)

    async def answerable(self, who: str, asked: Sequence[Asked]) -> frozenset[str]:
        """Those of the asks for which an answer of this person would count now; none while the directory is silent."""
        people, at = await self._people(), self._ports.clock()
        if not _known(people, who):
            return frozenset()
        waiting = await self._ports.store.standing(at, of=sorted({one.decision.id for one in asked}))
        return frozenset(answerable_by(who, waiting, people, self._ports.playbook())).intersection(one.ask.id for one in asked)

    async def _people(self) -> tuple[Person, ...]:
        try:
            return tuple(await self._ports.sources.directory.people(self._ports.clock()))
        except SourceError:
            return ()

    async def _case(self, decision_id: str) -> OpenCase:
        decision = await self.explain(decision_id)
        store, at = self._ports.store, self._ports.clock()
        stored = await store.evidence(decision.id)
        evidence = evidence_from_json(stored) if stored else None
        if evidence is None:
            only = f"Decision {decision.id} was only recorded ({decision.route}); there is nothing to answer."
            raise Refused(only, f"See why: nextplay decisions show {decision.id}")
        people = tuple(await self._ports.sources.directory.people(at))
        approvals = await store.approvals(decision.id)
        today = replace(evidence, people=people, at=at, edition=EDITION)
        return OpenCase(decision, approvals, today, self._ports.playbook(), at, self._ports.limits.vendor, self._ports.sources.crm)


def _known(people: Iterable[Person], who: str) -> bool:
    return any(person.active and person.email.casefold() == who.casefold() for person in people)
