"""What differs between two playbooks, item by item and key by key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.domain.playbook import Playbook
from agent.playbook.storing import playbook_to_json


@dataclass(frozen=True, slots=True)
class Change:
    """One item, or one key of an item, that differs. `key` is empty when the whole item came or went."""

    what: Literal["added", "removed", "changed"]
    kind: str
    id: str
    key: str = ""
    before: Any = None
    after: Any = None


def changes(before: Playbook, after: Playbook) -> list[Change]:
    """Every difference: surfaces, then plays, then rules, each in the order of their ids."""
    old, new = playbook_to_json(before), playbook_to_json(after)
    found = [
        change
        for kind in ("surfaces", "plays", "rules")
        for change in _of_items(kind.removesuffix("s"), {i["id"]: i for i in old[kind]}, {i["id"]: i for i in new[kind]})
    ]
    whole = ({key: said[key] for key in ("reporting_currency", "launch")} for said in (old, new))
    return [*(Change("changed", "playbook", "", *one) for one in _differences("", *whole)), *found]


def _of_items(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for id_ in sorted(old.keys() | new.keys()):
        if id_ not in old or id_ not in new:
            yield Change("added" if id_ in new else "removed", kind, id_)
        else:
            yield from (Change("changed", kind, id_, *one) for one in _differences("", old[id_], new[id_]))


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The innermost keys that differ. List entries that carry an id are told apart by it, others by their place."""
    if isinstance(old, list) and isinstance(new, list) and (old or new) and all(isinstance(part, dict) for part in [*old, *new]):
        old, new = _keyed(old), _keyed(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(f"{path}.{key}" if path else str(key), old.get(key), new.get(key))
    elif old != new:
        yield path, old, new


def _keyed(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        str(part.get("id") or part.get("name") or part.get("do") or "") + (f"#{i}" if "id" not in part else ""): part for i, part in enumerate(parts)
    }
