"""What doors need where people talk with Nextplay: who they are, what they mean, what they said, and what a decision was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.arrivals import run_id_of
from agent.deployment import Ports
from agent.domain.asked_then import Then, asked_then
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.evidence import Block, Material, Person
from agent.domain.playbook import Playbook
from agent.domain.records import Approval, Reviewed
from agent.errors import NotFound, Unauthorised
from agent.graph.storing import evidence_from_json
from agent.ports import AuditEntry
from tools.ports import SourceError

HELPDESKS = ("helpdesk", "zendesk")
"""Sources whose ticket numbers people use."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is kept of a decision, as it is at `now`.

    `raw` are the bytes in which its event came in, `blocks` those in force on what it is about, `playbook` the one that decided, and `names` what
    colleagues are called, by their address. `then` are its asks as they were put, by their id; one of which that cannot be told is not among them.
    """

    decision: Decision
    asks: Sequence[Approval]
    raw: bytes
    labels: Sequence[Reviewed]
    blocks: Sequence[Block]
    playbook: Playbook
    names: Mapping[str, str]
    now: datetime
    then: Mapping[str, Then] = field(default_factory=dict)


class Conversing:
    """The part of the service that conversations use."""

    _ports: Ports

    async def explain(self, decision_id: str) -> Decision:
        """The whole story of a decision, by its id, its run's or one of its asks'. Raises NotFound."""
        wanted = decision_id
        if decision_id.startswith("apr_"):
            ask = await self._ports.store.approval(decision_id)
            wanted = ask.decision_id if ask else decision_id
        decision = await self._ports.store.decision(wanted.replace("run_", "dec_", 1))
        if decision is None:
            raise NotFound(f"There is no decision {decision_id}.", "List them with: nextplay decisions list")
        return decision

    async def story(self, decision_id: str) -> Story:
        """A decision with all that belongs to it, found as `explain` finds it. Raises NotFound."""
        decision, store = await self.explain(decision_id), self._ports.store
        chosen, at = decision.chosen, self._ports.clock()
        about = {
            ("surface", decision.surface), ("account", decision.subject.account),
            ("play", chosen.play if chosen else None), ("contact", chosen.recipient if chosen else None),
        }  # fmt: skip
        blocks = [block for block in await store.blocks(at) if (block.target, block.ref) in about]
        asks, kept = await store.approvals(decision.id), await store.asked_then(decision.id)
        then = {ask.id: found for ask in asks if (found := asked_then(kept, ask, asks)) is not None} if kept else {}
        return Story(
            decision, asks, await store.raw_event(decision.run_id) or b"", await store.reviews_of(decision.id), blocks,
            await self.playbook_of(decision), await self.names(), at, then,
        )  # fmt: skip

    def now(self) -> datetime:
        """The moment by which asks end and facts grow old."""
        return self._ports.clock()

    async def asks(self, decision_id: str) -> list[Approval]:
        """Every ask of a decision, of all rounds."""
        return await self._ports.store.approvals(decision_id)

    async def event_of(self, decision: Decision) -> Event:
        """The event that a decision was made about, as it came in."""
        run = await self._ports.store.run(decision.run_id)
        if run is None:
            raise NotFound(f"The event of decision {decision.id} is not stored any more.")
        return run.event

    async def event(self, source: str, event_id: str) -> Event | None:
        """An event as it came in the first time, if it did."""
        run = await self._ports.store.run(run_id_of(source, event_id))
        return run.event if run else None

    async def materials_of(self, decision: Decision) -> dict[str, Material]:
        """The articles and assets that the search had found, by id."""
        stored = await self._ports.store.evidence(decision.id)
        return {material.id: material for material in evidence_from_json(stored).materials} if stored else {}

    async def colleague(self, email: str) -> Person:
        """The colleague with this address. Raises Unauthorised for anybody else."""
        people = await self._ports.sources.directory.people(self._ports.clock())
        known = next((p for p in people if p.active and p.email.lower() == email.lower()), None)
        if known is None:
            raise Unauthorised(f"{email} is not a colleague in the directory.", "Ask an operator to add you to it.")
        return known

    async def colleagues(self) -> list[Person]:
        """Everybody who works here. Raises SourceError while the directory is silent."""
        return [person for person in await self._ports.sources.directory.people(self._ports.clock()) if person.active]

    async def names(self) -> dict[str, str]:
        """What colleagues are called, by their address and by their id in the directory. Nobody while it is silent: a card need not wait for it."""
        try:
            people = await self._ports.sources.directory.people(self._ports.clock())
        except SourceError:
            return {}
        return {key: person.name for person in people for key in (person.email, person.id)}

    async def ticket(self, said: str) -> str | None:
        """Our id of a ticket that a person named by ours or by the helpdesk's; None when there is none."""
        crm = self._ports.sources.crm
        for source in ("", *HELPDESKS):
            own = (await crm.resolve(source, "ticket", said) if source else said) or ""
            if own and await crm.known("ticket", own) == "here":
                return own
        return None

    async def note(self, decision_id: str, text: str, *, who: str) -> None:
        """Keep what a colleague wrote about a decision. It answers nothing."""
        decision = await self.explain(decision_id)
        await self._ports.store.note(AuditEntry("note", who, decision.id, {"text": text}), self._ports.clock())

    async def not_helpful(self, decision_id: str, *, who: str) -> None:
        """Keep that what was shown did not help the colleague who asked."""
        decision, at = await self.explain(decision_id), self._ports.clock()
        outcome = {"guardrails": ["not_helpful"], "at": at}
        await self._ports.store.observe(decision.id, outcome, AuditEntry("not_helpful", who, decision.id, {}, at))

    async def answered_by(self, email: str, *, at_most: int) -> list[Approval]:
        """The asks that a person answered, the latest first."""
        return await self._ports.store.answered_by(email, at_most=at_most)

    async def playbook_of(self, decision: Decision) -> Playbook:
        """The playbook that decided; the one in force where that is not stored any more."""
        return await self._ports.playbook_of(decision.playbook_version) or self._ports.playbook()
