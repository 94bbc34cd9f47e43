"""A case: a world, what happens in it, and what may, must and must not come of it. One YAML file each, in the folder of its suite.

The expectations come from the policy as people wrote it down, never from what the machine answers.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agent.domain.decision import REASONS, Route
from evals.findings import DANGERS
from evals.moments import MOMENT, moved
from integrations.sandbox.model import Behaviour

START = datetime(2026, 11, 10, 10, tzinfo=UTC)
"""When a case begins that does not say: a Tuesday, 11:00 in Berlin and 05:00 in New York."""

UNDO = "+2m"
"""How long after the last answer the end is looked at, unless the case says what happens instead: the time for undoing has passed."""


class Part(BaseModel):
    """A part of a case. Unknown keys are refused, so that an expectation cannot be lost in a typing mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return value
    moved(START, value) if isinstance(value, str) else None
    return value


def _known_reasons(codes: list[str]) -> list[str]:
    if unknown := [code for code in codes if code not in REASONS]:
        raise ValueError(f"there is no reason code '{unknown[0]}'")
    return codes


Words = Annotated[list[str], BeforeValidator(_listed)]
When = Annotated[str, BeforeValidator(_moment)]
Records = dict[str, Any]
Danger = Literal["policy_violation", "unapproved_sensitive", "wrong_recipient", "public_instead_of_internal", "invented_fact", "stale_fact"]
assert set(DANGERS) == set(get_args(Danger))  # noqa: S101  the two lists must not drift apart


class AnswerStep(Part):
    """What a person says to a proposal. `refused`: the machine must not take it. `to` counts decisions from the latest, 0."""

    said: Literal["approve", "edit", "reject", "snooze", "undo"]
    who: str = Field(alias="as")
    reason: str | None = None
    note: str | None = None
    content: dict[str, str] | None = None
    set_: dict[str, str] | None = Field(None, alias="set")
    of: str | None = None
    refused: bool = False


class BlockStep(Part):
    """An operator's stop."""

    target: Literal["surface", "play", "account", "contact"]
    id: str
    who: str = Field(alias="as")
    why: str = "it is being looked into"


class Edit(Part):
    """Words of the playbook that are replaced; `file` may be a pattern, and `old` must stand in one of its files. No `old`: a new file."""

    file: str
    old: str | None = None
    new: str = ""


Verb = Literal["event", "change", "answer", "approve", "wait", "tick", "block", "unblock", "release", "playbook"]
VERBS: tuple[Verb, ...] = get_args(Verb)


class Step(Part):
    """One thing that happens; `at` is a time, or `+2m` after the step before.

    `wait` lets the engine do what is due; `tick` lets the clock come by too.
    """

    at: When | None = None
    event: Annotated[list[Records] | None, BeforeValidator(_listed)] = None
    change: Records | None = None
    answer: AnswerStep | None = None
    approve: Literal["everybody"] | None = None
    wait: Literal[True] | None = None
    tick: Literal[True] | None = None
    block: BlockStep | None = None
    unblock: BlockStep | None = None
    release: str | None = None
    playbook: list[Edit] | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if len(given := [verb for verb in VERBS if getattr(self, verb) is not None]) != 1:
            raise ValueError(f"a step does one thing ({', '.join(VERBS)}), and this one does {' and '.join(given) or 'nothing'}")
        return self

    @property
    def verb(self) -> Verb:
        """What it does."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)


class Told(Part):
    """A message to colleagues."""

    kind: str
    to: Words = []
    says: str | None = None


NO_ARTICLE = ["nothing"]


class Expected(Part):
    """What must hold of one decision: of the latest, unless `of` names another by its event's id.

    `allowed` and `forbidden` hold patterns of candidate ids (`play/recipient/material`), or `nothing`; the first allowed one is the best.
    `relevant` are the articles that answer, or `nothing`: then none may be offered. `ask` is exactly who is asked first, nobody if empty.
    """

    of: str | None = None
    decided: bool = True
    surface: str | None = None
    route: Annotated[list[Route] | None, BeforeValidator(_listed)] = None
    allowed: Words = []
    forbidden: Words = []
    ask: Annotated[list[str] | None, BeforeValidator(_listed)] = None
    roles: Annotated[list[str] | None, BeforeValidator(_listed)] = None
    rules: Words = []
    reasons: Annotated[list[str], BeforeValidator(_listed), AfterValidator(_known_reasons)] = []
    not_reasons: Annotated[list[str], BeforeValidator(_listed), AfterValidator(_known_reasons)] = []
    relevant: Words = []
    sensitive: bool | None = None
    until: When | None = None
    stale: Words = []
    missing: Words = []
    composed_by: Literal["template", "llm", "person"] | None = None


class End(Part):
    """How the sandbox must stand in the end.

    `effects` holds patterns of effects as `evals.effects` writes them (`send_content siv art_1`), one for each that must be there; nothing else
    may be, but for what `besides` allows. `never` may not be there at all. `duty`: that one is missing is a danger, not only a nuisance.
    `danger` names what an effect too many is, where that is not plain.
    """

    effects: Annotated[list[str] | None, BeforeValidator(_listed)] = None
    besides: Words = []
    never: Words = []
    says: Words = []
    never_says: Words = []
    duty: bool = False
    danger: Danger | None = None
    told: list[Told] = []
    not_told: list[str] = []
    prompts: int | None = None
    prompts_say: Words = []
    prompts_never_say: Words = []
    asks: int | None = None
    decisions: int | None = None


class Case(Part):
    """One case. `lifts` names standards (`evals.standards`) that do not hold in it, each for a reason that `purpose` gives."""

    purpose: str = Field(min_length=10)
    twin: str | None = None
    world: str = "seed"
    at: When = START.isoformat()
    given: Records = {}
    playbook: list[Edit] = []
    settings: dict[Literal["bulk_per_minute", "debounce_s", "undo_s", "gather_deadline_s"], float] = {}
    model: Annotated[list[Behaviour] | None, BeforeValidator(_listed)] = None
    lifts: Words = []
    event: Annotated[list[Records] | None, BeforeValidator(_listed)] = None
    steps: list[Step] = []
    expect: list[Expected] = []
    end: End = End()

    @model_validator(mode="before")
    @classmethod
    def _one_expectation(cls, given: Any) -> Any:
        return {**given, "expect": _listed(given["expect"])} if isinstance(given, dict) and "expect" in given else given

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.event is None) == (not self.steps):
            raise ValueError("give either `event`, after which everybody who is asked approves, or `steps`")
        if not self.expect and self.end == End():
            raise ValueError("it expects nothing, so it could not fail")
        return self

    @property
    def story(self) -> list[Step]:
        """What happens, step by step. An event alone is followed by everybody's approval, so that what was proposed shows in the end."""
        if self.event is None:
            return self.steps
        return [Step(event=self.event), Step(approve="everybody"), Step(wait=True, at=UNDO)]
