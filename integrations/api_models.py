"""Bodies and answers of the API, as OpenAPI shows them."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agent.domain.decision import REJECT_REASONS
from agent.domain.records import Action, Approval
from agent.ports import Accepted, DecisionRow
from integrations.doors import Answer, BlockTarget
from integrations.webhooks.generic import Id

Text = Annotated[str, Field(min_length=1, max_length=4_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AcceptedEvent(BaseModel):
    """What became of an event: new; duplicate (known already); conflict (known with other content, so set aside)."""

    event_id: str
    status: Accepted
    run_id: str | None


class DecisionList(BaseModel):
    """Decisions, newest first."""

    decisions: list[DecisionRow]


class ApprovalList(BaseModel):
    """Asks that wait for an answer."""

    approvals: list[Approval]


class AnswerBody(_Body):
    """An answer to a decision's ask, given in the name of the token's holder."""

    answer: Answer
    reason: Annotated[str | None, Field(max_length=64, json_schema_extra={"examples": list(REJECT_REASONS)})] = None
    note: Text | None = None
    content: dict[str, str] | None = None
    params: dict[str, Any] | None = None


class Answered(BaseModel):
    """Whether this answer is the one that counts, the ask as it is now, and a sentence for the person."""

    won: bool
    says: str
    approval: Approval


class BlockBody(_Body):
    """A stop on a surface, play, account or contact, at once and until a time or until it is lifted."""

    target: BlockTarget
    ref: Id
    why: Text
    until: AwareDatetime | None = None


class Blocked(BaseModel):
    """How many pending asks and unsent effects the block stopped."""

    stopped: int


class EffectList(BaseModel):
    """Effects of which nobody knows whether they happened, the longest first. Each has parked its run."""

    effects: list[Action]


class ResolveBody(_Body):
    """What was found at the target: whether the effect happened, and how that is known."""

    done: bool
    why: Text


class Resolved(BaseModel):
    """The effect as it now is: done, and its run goes on; or failed, and nothing of it is repeated."""

    effect: Action


class Unblocked(BaseModel):
    """The block was lifted."""

    target: BlockTarget
    ref: str
