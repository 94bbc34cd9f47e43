"""A folder's playbook with changes laid over it: another playbook, with the version that its content has, wherever it stands."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from agent.domain.playbook import Playbook
from agent.domain.plays import Part, Play, Surface
from agent.domain.rules import Rule
from agent.playbook.expressions import Kind
from agent.playbook.loader import version_of
from agent.playbook.parameters import Address, Parameter, Value, parameters, same, steps_of

_MODELS: dict[Kind, type[Surface] | type[Play] | type[Rule]] = {"surface": Surface, "play": Play, "rule": Rule}


@dataclass(frozen=True, slots=True)
class Setting:
    """A change of one setting: where, what stood there, what stands there instead, and who said so."""

    at: Address
    was: Value
    now: Value
    by: str = field(default="", compare=False)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"kind": self.at.kind, "id": self.at.id, "key": self.at.key, "was": self.was, "now": self.now, "by": self.by}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Setting":
        """As it was kept."""
        return cls(Address(stored["kind"], stored["id"], stored["key"]), stored["was"], stored["now"], stored.get("by", ""))


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A change that is not made, because the file no longer says what it replaces. `gone`: the file has no such setting any more."""

    change: Setting
    file: Value
    gone: bool = False

    @property
    def says(self) -> str:
        """Why, in words."""
        if self.gone:
            return "overtaken by the file, which has no such setting any more"
        if same(self.file, self.change.now):
            return "overtaken by the file, which says the same by now"
        return f"overtaken by the file, which says {_said(self.file)} by now, and no longer {_said(self.change.was)}"


@dataclass(frozen=True, slots=True)
class Changed:
    """A playbook with changes, those that were made, and those that the files have overtaken."""

    playbook: Playbook
    made: tuple[Setting, ...]
    overtaken: tuple[Overtaken, ...] = ()


class Unusable(ValueError):
    """Changes with which an item is no longer one that a playbook may have."""


def changed(base: Playbook, changes: Sequence[Setting]) -> Changed:
    """Lay changes over a playbook. Raises Unusable."""
    known = parameters(base)
    overtaken = tuple(found for one in changes if (found := _overtaken(one, known)))
    left = {found.change.at for found in overtaken}
    made = tuple(one for one in changes if one.at not in left)
    return Changed(_with(base, made), made, overtaken)


def compared(base: Playbook, other: Playbook) -> tuple[Setting, ...]:
    """The settings, of those that both have, in which another playbook differs."""
    old, new = parameters(base), parameters(other)
    return tuple(Setting(at, old[at].value, new[at].value) for at in old if at in new and not same(old[at].value, new[at].value))


def joined(below: Iterable[Setting], above: Iterable[Setting]) -> tuple[Setting, ...]:
    """Changes, and others laid over them, as one set of changes of what lies below both. What ends where it began is none."""
    found = {one.at: one for one in below}
    for one in above:
        found[one.at] = replace(one, was=found[one.at].was) if one.at in found else one
    return tuple(one for _, one in sorted(found.items()) if not same(one.was, one.now))


def _overtaken(change: Setting, known: Mapping[Address, Parameter]) -> Overtaken | None:
    parameter = known.get(change.at)
    if parameter is None:
        return Overtaken(change, None, gone=True)
    return None if same(parameter.value, change.was) else Overtaken(change, parameter.value)


def _with(base: Playbook, made: Sequence[Setting]) -> Playbook:
    if not made:
        return base
    of: dict[Kind, dict[str, Any]] = {"surface": dict(base.surfaces), "play": dict(base.plays), "rule": dict(base.rules)}
    for kind, name in dict.fromkeys((one.at.kind, one.at.id) for one in made):
        of[kind][name] = _item(kind, of[kind][name], [one for one in made if one.at[:2] == (kind, name)])
    parts = Playbook(of["surface"], of["play"], of["rule"], "", base.reporting_currency, base.launch, base.triage)
    return replace(parts, version=version_of(parts))


def _item(kind: Kind, item: Part, made: Iterable[Setting]) -> Part:
    """An item read again with other values, so that it is judged, and written, as if they had stood in its file."""
    plain = copy.deepcopy(item.model_dump(mode="json", by_alias=True))
    for one in made:
        _put(plain, steps_of(one.at.key), one.now)
    try:
        return _MODELS[kind].model_validate(plain)
    except ValidationError as error:
        why = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors(include_url=False))
        raise Unusable(f"{kind} {plain['id']}: {why}") from None


def _put(plain: Any, steps: Sequence[str], value: Value) -> None:
    for step in steps[:-1]:
        plain = next(one for one in plain if one["id"] == step) if isinstance(plain, list) else plain[step]
    plain[steps[-1]] = value


def _said(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
