"""How cases write an effect: one line with what an operator would look at.

| effect | written as |
|---|---|
| content sent | `send_content CONTACT CONTENT` (`-` if there is none) |
| comment on a ticket | `ticket_comment TICKET public` or `… internal` |
| ticket to a group | `assign_group TICKET GROUP` |
| task | `crm_task ON ASSIGNEE` (`-` for nobody) |
| note, priority | `crm_note ON`, `set_priority TICKET PRIORITY` |
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

_DETAIL = {"send_content": "content", "assign_group": "group", "crm_task": "assignee", "set_priority": "priority"}


def written(effect: Mapping[str, Any]) -> str:
    """The line of an effect of the sandbox's log."""
    kind, payload = effect["kind"], effect["payload"]
    said = [kind, effect["target"]]
    if kind == "ticket_comment":
        said.append("public" if payload["public"] else "internal")
    elif kind in _DETAIL:
        said.append(str(payload.get(_DETAIL[kind]) or "-"))
    return " ".join(said)


def fits(line: str, pattern: str) -> bool:
    """Whether the line is what the pattern (`*`, `?`) means; a pattern may leave out what stands at its end."""
    return fnmatchcase(line, pattern) or fnmatchcase(line, f"{pattern} *")


def reaches_customer(effect: Mapping[str, Any]) -> bool:
    """Whether a customer sees it."""
    return effect["kind"] == "send_content" or (effect["kind"] == "ticket_comment" and bool(effect["payload"]["public"]))


def words(effect: Mapping[str, Any]) -> str:
    """Everything that somebody reads in it."""
    return "\n".join(str(effect["payload"][name]) for name in ("subject", "title", "body", "text") if effect["payload"].get(name))
