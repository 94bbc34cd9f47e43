"""Looking facts up in a result."""

from collections.abc import Iterable
from typing import Any

from agent.domain.facts import Fact, Status
from tools.result import ToolResult


def fact(result: ToolResult | Iterable[Fact], name: str, of: str | None = None) -> Fact:
    """The one fact of a name; fails when there is none, or more than one."""
    facts = result.facts if isinstance(result, ToolResult) else tuple(result)
    found = [one for one in facts if one.name == name and one.of == of]
    assert len(found) == 1, f"{name} of {of}: {found}"
    return found[0]


def value(result: ToolResult | Iterable[Fact], name: str, of: str | None = None) -> Any:
    """The value of a fact that is fresh; fails when it is not."""
    one = fact(result, name, of)
    assert one.status is Status.FRESH, one
    return one.value


def is_missing(result: ToolResult | Iterable[Fact], *names: str, of: str | None = None) -> bool:
    """Whether all of these facts are missing, without any value."""
    facts = [fact(result, name, of) for name in names]
    return all(one.status is Status.MISSING and one.value is None for one in facts)
