"""The catalogue as data: surfaces (where recommendations are made) and plays (what may be recommended)."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)  # fmt: skip

from agent.domain.spans import Span

Mode = Literal["off", "shadow", "suggest", "auto"]
MODES: tuple[Mode, ...] = ("off", "shadow", "suggest", "auto")
Reach = Literal["internal", "customer"]
Purpose = Literal["marketing", "service", "contractual"]
Risk = Literal["low", "medium", "high"]
RISKS: tuple[Risk, ...] = ("low", "medium", "high")
Channel = Literal["email", "ticket", "internal"]


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Expression = Annotated[str, BeforeValidator(_text)]
"""A CEL expression over facts that gives a number."""

DO_NOTHING = "do-nothing"
DIRECT = "direct"
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,30}")


class Part(BaseModel):
    """A frozen piece of a playbook that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Trigger(Part):
    """The event types that start a run on the surface."""

    types: tuple[str, ...]


class Review(Part):
    """Who answers asks of the surface, and the clock of an ask, in the approver's working time.

    `channel` is where an ask goes that no person can be given: the id of a Slack channel; `direct` for nowhere.
    """

    approver: str
    fallback: str
    remind_after: Span
    delegate_after: Span
    expire_after: Span
    channel: str = DIRECT

    @field_validator("channel")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        if value != DIRECT and not CHANNEL_ID.fullmatch(value):
            raise ValueError(f"'{value}' is no channel: write {DIRECT}, or the channel's id (C…), which Slack shows at the end of its details")
        return value


class Attention(Part):
    """How much of a person's attention the surface may take: open asks at once, asks a day, quiet hours `HH:MM-HH:MM`."""

    open: int = 10
    per_day: int = 25
    quiet: str = "19:00-07:30"


class Confidence(Part):
    """Below `act_at_least` (0 to 1) the surface asks."""

    act_at_least: float = Field(ge=0, le=1)


class Holdout(Part):
    """Share of account families (0 to 0.5) that are decided but shown to nobody, so that the effect can be measured."""

    share: float = Field(default=0, ge=0, le=0.5)


class Explore(Part):
    """Share of decisions (0 to 0.2) in which the choice is drawn among what is worth doing, so that something is learned of the others too."""

    epsilon: float = Field(default=0, ge=0, le=0.2)


class Guardrail(Part):
    """Friction that a surface watches. With a limit, the surface is demoted by one mode when the share of what it delivered within `days` that
    met with this friction is above `at_most`, and at least `min_n` were delivered. A name alone only counts.
    """

    name: str
    at_most: float | None = Field(default=None, ge=0, lt=1)
    min_n: int = Field(default=20, ge=1)
    days: int = Field(default=28, ge=1, le=365)


def _as_written(guardrail: Guardrail) -> Any:
    """A guardrail without a limit as its name alone, as earlier releases wrote and read it."""
    return guardrail.name if guardrail.at_most is None else guardrail.model_dump()


def _guardrail(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Goal(Part):
    """The one outcome metric of a surface and the guardrails kept beside it, each a name, or a name with its limit."""

    metric: str
    guardrails: tuple[Annotated[Guardrail, BeforeValidator(_guardrail), PlainSerializer(_as_written)], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The guardrails' names."""
        return tuple(guardrail.name for guardrail in self.guardrails)


Share = Annotated[float, Field(ge=0, le=1)]


class LaunchLimits(Part):
    """What a surface must reach before it may act by itself. What is left out follows the playbook's `launch`, and that these defaults.

    Limits that end on `at_least` ask for more the higher they are, those on `at_most` for less. `why` is for whoever asks for less.
    """

    decisions_at_least: int = Field(default=30, ge=1)
    """Fewer decisions tell nothing of how complete the data is."""
    unknown_at_most: Share = 0.1
    """Share of decisions that a missing or stale fact may decide."""
    answers_at_least: int = Field(default=30, ge=1)
    """Fewer answers and labels tell nothing of what reviewers think."""
    endorsed_at_least: Share = 0.6
    """The lower end of the 95 % interval of what reviewers approved as it stood."""
    calibration_error_at_most: Share = 0.1
    """Expected calibration error, out of fold, of each kind of play that would act."""
    acts_at_least: Share = 0.1
    """Share of proposals that `auto` would act on: below it, `auto` changes nothing but the risk."""
    expired_at_most: Share = 0.2
    """Share of asked decisions that nobody answered in time."""
    why: str = ""

    @model_serializer(mode="wrap")
    def _as_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Only what was written: what was left out goes on following the others when it is read again."""
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}

    def says_nothing(self) -> bool:
        """Every limit is left to the others."""
        return not self.model_fields_set

    def over(self, others: "LaunchLimits") -> "LaunchLimits":
        """These limits, and the others' where these say nothing."""
        return others.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})

    def below(self, others: "LaunchLimits") -> dict[str, tuple[float, float]]:
        """The limits that ask for less than the others', each with the value here and there."""
        pairs = {name: (getattr(self, name), getattr(others, name)) for name in LIMITS}
        return {name: (own, other) for name, (own, other) in pairs.items() if (own > other if name.endswith("_at_most") else own < other)}


LIMITS = tuple(name for name in LaunchLimits.model_fields if name != "why")


class Surface(Part):
    """One trigger family, one candidate set, one outcome metric, one owner, one mode."""

    id: str
    area: Literal["revenue", "support"]
    owner: str
    why: str
    mode: Mode
    trigger: Trigger
    subject: Literal["deal", "contract", "account", "ticket"]
    plays: tuple[str, ...]
    outcome: Goal
    review: Review
    answers_customer: bool = False
    attention: Attention = Attention()
    confidence: Confidence
    max_risk: Risk = "medium"
    holdout: Holdout = Holdout()
    explore: Explore = Explore()
    launch: LaunchLimits = Field(default=LaunchLimits(), exclude_if=LaunchLimits.says_nothing)


class ParamSpec(Part):
    """One typed parameter of a play. `from_fact` names the fact that fills it; otherwise `default` does."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    type: Literal["number", "text", "flag"]
    default: float | str | bool
    min: float | None = None
    max: float | None = None
    from_fact: str | None = Field(default=None, alias="from")
    editable: bool = True
    about: str = ""


class StepKind(StrEnum):
    """What a step does on an outside system."""

    SEND = "send_content"
    TASK = "crm_task"
    NOTE = "crm_note"
    COMMENT = "ticket_comment"
    GROUP = "assign_group"
    PRIORITY = "set_priority"
    TAGS = "add_tags"


STEP_TITLES: dict[str, str] = {
    "send_content": "the message to the customer",
    "crm_task": "the task in the CRM",
    "crm_note": "the note in the CRM",
    "ticket_comment": "the comment on the ticket",
    "assign_group": "the assignment of the group",
    "set_priority": "the change of the priority",
    "add_tags": "the tags on the ticket",
    "data_task": "the task to mend the facts",
}
"""What people call each kind of step."""

STEPS_DONE: dict[str, str] = {
    "send_content": "sent the message",
    "crm_task": "opened a task in the CRM",
    "crm_note": "added a note in the CRM",
    "ticket_comment": "added a comment",
    "assign_group": "assigned the group",
    "set_priority": "set the priority",
    "add_tags": "tagged the ticket",
    "data_task": "opened a task to mend the facts",
}
"""What people say when it was done."""


class Step(Part):
    """One effect of a play. `public` must be said for ticket comments: a public one is mailed to the customer.

    `by`: who sends a message. The owner gets it as a task with the draft, unless it is to be mailed in their name.
    """

    do: StepKind
    public: bool | None = None
    by: Literal["owner", "mail"] = Field(default="owner", exclude_if=lambda by: by == "owner")
    title: str = ""
    assignee: str = ""
    due: Span | None = None
    priority: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()

    @property
    def customer_visible(self) -> bool:
        """The customer sees this step."""
        return self.do is StepKind.SEND or (self.do is StepKind.COMMENT and bool(self.public))


class Recipient(Part):
    """Contact roles that may receive the play, best first; empty means the person who asked (the ticket's requester).

    `at_most` counts those who may be written to.
    """

    roles: tuple[str, ...] = ()
    at_most: int = Field(default=3, ge=1, le=10)


class Material(Part):
    """The content a play needs: where to look, which kinds, and how many of the best to consider."""

    source: Literal["assets", "articles"]
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    visibility: Literal["public", "internal"] | None = None
    at_most: int = Field(default=3, ge=1, le=10)


class Prior(Part):
    """Chance of the outcome with the play and without it, as numbers or expressions; used until there is enough history."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    with_play: Expression = Field(alias="with")
    without: Expression


class Fit(Part):
    """A declared reason why a play suits the situation more (positive weight) or less (negative weight)."""

    id: str
    cel: str
    weight: float = Field(ge=-1, le=1)
    says: str


class Outcome(Part):
    """The event that means success, how long to wait for it, and what silence means."""

    event: str
    window: Span
    on_silence: Literal["ignored", "assumed", "lost"] = "ignored"


class Content(Part):
    """Templates by language (Jinja): `en` is required, others are used when the recipient speaks them."""

    subject: dict[str, str]
    body: dict[str, str]


class Play(Part):
    """A catalogue entry that a surface may recommend.

    `answers` names the events with which a person asks for just this. When it then cannot be valued, a person decides.
    """

    id: str
    kind: str
    title: str
    owner: str
    why: str
    reach: Reach
    purpose: Purpose
    protective: bool = False
    channels: tuple[Channel, ...]
    recipient: Recipient | None = None
    material: Material | None = None
    target: Literal["group"] | None = None
    target_areas: tuple[str, ...] = ()
    params: dict[str, ParamSpec] = {}
    answers: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    value: Expression
    cost_always: Expression = "0"
    cost_if_taken: Expression = "0"
    unit: Literal["money", "minutes"] = "money"
    prior: Prior
    fits: tuple[Fit, ...] = ()
    max_mode: Mode = "auto"
    exclusive_group: str | None = None
    approver: str | None = None
    risk: Risk = "low"
    window: Span
    outcome: Outcome | None = None
    holdout: bool = True
    disclosure: bool = False
    content: Content | None = None
    prompt: str | None = None

    @property
    def customer_visible(self) -> bool:
        """At least one step is seen by the customer."""
        return any(step.customer_visible for step in self.steps)

    @property
    def mailed(self) -> bool:
        """At least one step is mailed to the customer, with nobody between."""
        return any(step.by == "mail" for step in self.steps)

    @property
    def commercial(self) -> bool:
        """It sells: reaches the customer and is not service."""
        return self.reach == "customer" and self.purpose != "service"


def channel_for(surface: Surface, *, sensitive: bool) -> str | None:
    """Where an ask may go that no person can be given; nowhere when the case is sensitive."""
    return None if sensitive or surface.review.channel == DIRECT else surface.review.channel


def lower_mode(a: Mode, b: Mode) -> Mode:
    """The more careful of two modes."""
    return min(a, b, key=MODES.index)
