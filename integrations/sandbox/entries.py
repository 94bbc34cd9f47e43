"""What the records of a fixture are made of: checked kinds of values, references, and the base of all records."""

from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from agent.domain.approvers import ROLES


class Ref:
    """Marks a field that holds ids (one, or a list) of records under another key."""

    def __init__(self, key: str) -> None:
        self.key = key


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is not a time zone: write one like Europe/Berlin") from None


def _role(name: str) -> str:
    if name not in ROLES:
        raise ValueError(f"'{name}' is not a role: use one of {', '.join(sorted(ROLES))}")
    return name


def _clock(value: Any) -> Any:
    """YAML reads an unquoted 10:00 as the whole number 600: sixty times the hours and the minutes, which is what we
    want.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value // 60:02d}:{value % 60:02d}"
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Role = Annotated[str, AfterValidator(_role)]
ClockTime = Annotated[str, BeforeValidator(_clock), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
PersonId = Annotated[str | None, Ref("people")]
AccountId = Annotated[str | None, Ref("accounts")]
ContactId = Annotated[str | None, Ref("contacts")]
CalendarId = Annotated[str | None, Ref("calendars")]
GroupId = Annotated[str | None, Ref("groups")]
Share = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, lt=2**53)]


class Part(BaseModel):
    """A piece of a record."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, allow_inf_nan=False)


class Entry(Part):
    """A record. `id_field` names the field that identifies it; kinds whose id may be left out get one from `own_id`."""

    id_field: ClassVar[str] = "id"
    deleted: bool = False

    def own_id(self) -> str:
        """The id under which the record is kept."""
        return str(getattr(self, self.id_field))


class Money(Part):
    amount: Annotated[float, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def references(entry: Entry) -> list[tuple[str, str, str]]:
    """Every (field, key, id) that a record points at."""
    found: list[tuple[str, str, str]] = []
    for name, info in type(entry).model_fields.items():
        value = getattr(entry, name)
        for ref in (mark for mark in info.metadata if isinstance(mark, Ref)):
            found += [(info.alias or name, ref.key, one) for one in (value if isinstance(value, list) else [value]) if one]
    return found
