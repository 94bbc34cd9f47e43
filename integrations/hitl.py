"""Asks and answers in the shapes of LangChain's human-in-the-loop middleware, for tools that know them. An answer counts as any other does."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.domain.decision import Decision
from agent.errors import InvalidInput, Refused

_PARTS = ("subject", "body")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ActionRequest(_Shape):
    """What is to be done: the play, and the exact words of its content."""

    name: str
    args: dict[str, Any]
    description: str = ""


class ReviewConfig(_Shape):
    """How it may be answered."""

    action_name: str
    allowed_decisions: list[Literal["approve", "edit", "reject"]]


class HITLRequest(_Shape):
    """One ask."""

    action_requests: list[ActionRequest]
    review_configs: list[ReviewConfig]


class Approve(_Shape):
    """Exactly as it stands."""

    type: Literal["approve"]


class EditedAction(_Shape):
    """The same action with other words."""

    name: str
    args: dict[str, Any]


class Edit(_Shape):
    """With other words."""

    type: Literal["edit"]
    edited_action: EditedAction


class Reject(_Shape):
    """Not at all, and perhaps why."""

    type: Literal["reject"]
    message: Annotated[str | None, Field(max_length=4_000)] = None


class HITLResponse(_Shape):
    """One decision for each action that was requested: an ask has one."""

    decisions: Annotated[list[Annotated[Approve | Edit | Reject, Field(discriminator="type")]], Field(min_length=1, max_length=1)]


def request_of(decision: Decision) -> HITLRequest:
    """What a decision asks people. Raises Refused where it asks nobody."""
    chosen, proposal = decision.chosen, decision.proposal
    if chosen is None or proposal is None or not any(ask.state in ("open", "snoozed") for ask in decision.approvals):
        raise Refused(f"Decision {decision.id} is not waiting for an answer.")
    action = ActionRequest(name=chosen.play, args=dict(proposal.content), description=chosen.title)
    return HITLRequest(
        action_requests=[action], review_configs=[ReviewConfig(action_name=chosen.play, allowed_decisions=["approve", "edit", "reject"])]
    )


def answer_in(response: HITLResponse, decision: Decision) -> dict[str, Any]:
    """The answer in our words. Raises InvalidInput for an edit of anything but the words: what is done, and to whom, is fixed."""
    said = response.decisions[0]
    match said:
        case Approve():
            return {"answer": "approve"}
        case Reject():
            return {"answer": "reject", "note": said.message}
        case Edit():
            return {"answer": "edit", "content": _words(said.edited_action, decision.chosen.play if decision.chosen else "")}


def _words(edited: EditedAction, play: str) -> dict[str, Any]:
    texts = all(name in _PARTS and isinstance(text, str) for name, text in edited.args.items())
    if edited.name != play or not edited.args or not texts:
        raise InvalidInput(f"Only the words of {play or 'the action'} can be edited here: its subject and body.", "Send these two, as text.")
    return edited.args
