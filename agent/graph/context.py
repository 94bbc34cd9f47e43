"""What nodes work with: ports, clock, policy, and the papers of the run in hand. Handed in at every drive, never stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from agent.composing import Composed
from agent.deployment import Limits
from agent.domain.candidates import Candidate, Verdict
from agent.domain.deciding import Judgement
from agent.domain.decision import Decision, Reason
from agent.domain.evidence import Evidence
from agent.domain.gate import Gate
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.records import Hold, Run
from agent.identity import Standing
from agent.ports import Store
from agent.tracing import Trace, Untraced
from tools.once import Sources
from tools.ports import Effects, SourceBusy, SourceError, Writer


@dataclass(slots=True)
class Desk:
    """The papers of one pass from `gather` to `record`. Nothing here survives the pass, and nothing needs to: a lost pass starts again."""

    evidence: Evidence | None = None
    suppressed: tuple[Reason, ...] = ()
    hold: Hold | None = None
    candidates: list[Candidate] = field(default_factory=list)
    judge: Gate | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    judgement: Judgement | None = None
    draft: Composed | None = None
    content: "Composition | None" = None
    decision: Decision | None = None
    silent: list[SourceError] = field(default_factory=list)
    """Who did not answer when the evidence was gathered."""

    @property
    def busy(self) -> SourceBusy | None:
        """Who would have said more later."""
        return next((error for error in self.silent if isinstance(error, SourceBusy)), None)

    def need_evidence(self) -> Evidence:
        """The evidence that `gather` laid here."""
        assert self.evidence is not None, "gather runs before this node"  # noqa: S101  wrong wiring, not wrong input
        return self.evidence

    def need_judgement(self) -> Judgement:
        """The judgement that `rank` laid here."""
        assert self.judgement is not None, "rank runs before this node"  # noqa: S101  wrong wiring, not wrong input
        return self.judgement


@dataclass(frozen=True, slots=True)
class Composition:
    """The wording of the choice: who wrote it, which facts it shows, and what went wrong on the way."""

    content: dict[str, str]
    composed_by: str
    prompt_hash: str | None
    used: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a node may touch. `began`: when the run was begun with this time."""

    store: Store
    sources: Sources
    effects: Effects
    writer: Writer | None
    clock: Callable[[], datetime]
    playbook: Playbook
    limits: Limits
    run: Run
    standing: Standing
    model: Model = PRIORS
    began: datetime | None = None
    desk: Desk = field(default_factory=Desk)
    trace: Trace = field(default_factory=Untraced)


class Steps(Protocol):
    """What moves a run on; implemented by `agent.graph.machine`."""

    async def step(self, run: Run, context: Context, answer: Mapping[str, Any]) -> None:
        """Until it ends, waits or asks. `answer`: what people said to its current round; empty when nobody was asked."""
        ...
