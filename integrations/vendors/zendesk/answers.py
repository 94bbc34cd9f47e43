"""What is read of Zendesk's answers; the rest of them is passed over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from integrations.vendors.connector import Fault, Key, own_id
from integrations.vendors.errors import Unsure
from integrations.vendors.zendesk.dialect import VENDOR

Id = Annotated[str, BeforeValidator(lambda given: str(given) if isinstance(given, int) and not isinstance(given, bool) else given)]
"""Zendesk counts; for us an id is text."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CustomField(_Answer):
    id: int
    value: Any = None


class Rating(_Answer):
    score: str = "unoffered"


class PolicyMetric(_Answer):
    metric: str = ""
    stage: str = ""
    breach_at: AwareDatetime | None = None


class Slas(_Answer):
    policy_metrics: tuple[PolicyMetric, ...] = ()


class Origin(_Answer):
    channel: str | None = None
    source: dict[str, Any] = {}


class Ticket(_Answer):
    id: Id
    subject: str | None = None
    description: str | None = None
    type: str | None = None
    priority: str | None = None
    status: str
    custom_status_id: int | None = None
    requester_id: Id | None = None
    assignee_id: Id | None = None
    group_id: Id | None = None
    organization_id: Id | None = None
    tags: tuple[str, ...] = ()
    via: Origin = Origin()
    created_at: AwareDatetime
    updated_at: AwareDatetime
    custom_fields: tuple[CustomField, ...] = ()
    satisfaction_rating: Rating | None = None
    slas: Slas = Slas()
    comment_count: int | None = None


class Metadata(_Answer):
    custom: dict[str, Any] | None = None

    def marker(self, name: str) -> str | None:
        """What stands under a name of ours."""
        found = (self.custom or {}).get(name)
        return found if isinstance(found, str) else None


class Comment(_Answer):
    id: Id
    author_id: Id | None = None
    body: str = ""
    html_body: str | None = None
    public: bool
    created_at: AwareDatetime
    metadata: Metadata = Metadata()


class AuditEvent(_Answer):
    type: str
    field_name: str | None = None
    public: bool | None = None


class Audit(_Answer):
    id: Id
    author_id: Id | None = None
    created_at: AwareDatetime
    via: Origin = Origin()
    metadata: Metadata = Metadata()
    events: tuple[AuditEvent, ...] = ()


class User(_Answer):
    id: Id
    name: str = ""
    email: str | None = None
    role: str = "end-user"
    organization_id: Id | None = None
    active: bool = True
    suspended: bool = False
    locale: str | None = None
    time_zone: str | None = None
    iana_time_zone: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def works_here(self) -> bool:
        """An agent or an administrator, and no customer."""
        return self.role != "end-user"


class Organization(_Answer):
    id: Id
    name: str = ""
    external_id: Id | None = None
    domain_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    organization_fields: dict[str, Any] = {}
    deleted_at: AwareDatetime | None = None
    updated_at: AwareDatetime


class Group(_Answer):
    id: Id
    name: str
    deleted: bool = False
    updated_at: AwareDatetime


class Interval(_Answer):
    start_time: Annotated[int, Field(ge=0, le=10_080)]
    end_time: Annotated[int, Field(ge=0, le=10_080)]


class Schedule(_Answer):
    id: Id
    name: str = ""
    time_zone: str
    intervals: tuple[Interval, ...] = ()
    updated_at: AwareDatetime


class Holiday(_Answer):
    name: str | None = None
    start_date: str
    end_date: str


class Translation(_Answer):
    locale: str
    title: str
    body: str | None = None
    draft: bool = False
    hidden: bool = False
    html_url: str | None = None
    updated_at: AwareDatetime


class Article(_Answer):
    id: Id
    draft: bool = False
    section_id: int | None = None
    user_segment_id: int | None = None
    user_segment_ids: tuple[int, ...] = ()
    label_names: tuple[str, ...] = ()
    updated_at: AwareDatetime
    translations: tuple[Translation, ...]

    @property
    def user_segments(self) -> frozenset[int]:
        """Whoever is in one of them may read it; where there is none, everybody."""
        return frozenset([*self.user_segment_ids, *([self.user_segment_id] if self.user_segment_id is not None else [])])


class Segment(_Answer):
    id: Id
    user_type: str
    tags: tuple[str, ...] = ()
    or_tags: tuple[str, ...] = ()
    organization_ids: tuple[int, ...] = ()
    group_ids: tuple[int, ...] = ()
    added_user_ids: tuple[int, ...] = ()


class Satisfaction(_Answer):
    id: Id
    ticket_id: Id
    score: str
    updated_at: datetime


A = TypeVar("A", bound=BaseModel)


def under(answer: Any, name: str, kind: type) -> Any:
    """What stands under a name. Raises Unsure where it does not: an error in an answer that calls itself a success, or something else altogether."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, kind):
        raise Unsure(VENDOR, f"its answer holds no {name}, although it says that all is well; ask again later")
    return found


def parsed(model: type[A], answer: Any, name: str) -> A:
    """The one object of an answer. Raises Unsure."""
    try:
        return model.model_validate(under(answer, name, dict))
    except ValidationError as error:
        raise Unsure(VENDOR, f"its {name} is not what it says it is: {_first(error)}") from None


def listed(model: type[A], answer: Any, name: str, key: Key) -> tuple[list[A], list[Fault]]:
    """The objects of an answer, and a fault for each that cannot be read. Raises Unsure where there is no list."""
    return sorted_out(model, under(answer, name, list), key)


def sorted_out(model: type[A], objects: Iterable[Any], key: Key) -> tuple[list[A], list[Fault]]:
    """Those that can be read, and a fault for each that cannot."""
    good: list[A] = []
    faults: list[Fault] = []
    for one in objects:
        try:
            good.append(model.model_validate(one))
        except ValidationError as error:
            said = one if isinstance(one, dict) else {}
            company = said.get("organization_id")
            why = f"it cannot be read ({_first(error)}). Zendesk tells it in a shape that is not known; report it"
            faults.append(Fault(key, str(said.get("id", "?")), why, own_id(VENDOR, "accounts", str(company)) if company else None))
    return good, faults


def beside(model: type[A], answer: Any, name: str) -> Sequence[A]:
    """Objects that were asked for beside others; those that cannot be read are passed over, as if they had not come."""
    found = answer.get(name) if isinstance(answer, dict) else None
    return sorted_out(model, found if isinstance(found, list) else (), "tickets")[0]


def _first(error: ValidationError) -> str:
    said = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, said['loc']))}: {said['msg']}"
