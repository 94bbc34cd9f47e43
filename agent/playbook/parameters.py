"""Which settings of a playbook may be changed without its files: numbers, dates, switches and a few closed choices, each with its limits.

Never text, expressions or templates: what a policy says stays in files, where it is reviewed as text. Neither what guards `auto` (launch limits,
guardrails): it is a surface's owner who answers for that.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple

from agent.domain.playbook import Playbook
from agent.domain.plays import MODES, RISKS, ParamSpec, Play, Surface
from agent.domain.rules import EffectKind, Rule
from agent.domain.spans import format_span, parse_span
from agent.playbook.expressions import Kind

Shape = Literal["number", "whole", "span", "date", "switch", "choice", "hours"]
"""number: any · whole: without decimals · span: `36h` · date: `2026-11-01`, or none · hours: `18:30-08:00`"""

Value = float | int | str | bool | None
"""As plain JSON of the playbook has it."""

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,9})?")
_WHOLE = re.compile(r"[+-]?\d{1,12}")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_UNITS = {"eur": "EUR", "pct": "%", "days": "days", "hours": "hours", "hour": "o'clock", "minutes": "minutes"}
_SPAN = re.compile(r"\d{1,5}[mhdw]")


_SAID: dict[Shape, str] = {
    "span": "a whole number and m, h, d or w, such as 36h or 14d",
    "date": "a date such as 2026-11-01; empty for none",
    "hours": "from and to, such as 18:30-08:00",
    "switch": "yes or no",
}


class Address(NamedTuple):
    """Where a setting stands: of which item, and its key below it, such as `params.limit`."""

    kind: Kind
    id: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}, {self.key}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting: what it is now, what it may be, and how people call it. `least` and `most` are limits of numbers, both allowed."""

    at: Address
    shape: Shape
    value: Value
    label: str
    unit: str = ""
    hint: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    literal: bool = False
    """The playbook keeps the number as an expression, which is text."""

    @property
    def limits(self) -> str:
        """What may be given, in words."""
        if self.shape == "choice":
            return ", ".join(self.choices)
        if self.shape in _SAID:
            return _SAID[self.shape]
        what = "a whole number" if self.shape == "whole" else "a number"
        if self.least is not None and self.most is not None:
            return f"{what} from {self.least:,g} to {self.most:,g}"
        return f"{what} of at least {self.least:g}" if self.least is not None else what


class Unfit(ValueError):
    """A value that a setting cannot take; the text says what it can."""


def read(parameter: Parameter, text: str) -> Value:
    """The value that a person wrote, as the playbook keeps it. Raises Unfit."""
    found = _read(parameter, text.strip())
    if isinstance(found, int | float) and not isinstance(found, bool):
        low, high = parameter.least, parameter.most
        if (low is not None and found < low) or (high is not None and found > high):
            raise Unfit(f"{text.strip()} is out of bounds: give {parameter.limits}.")
    kept = _kept(parameter, found)
    return parameter.value if _means(parameter, kept) else kept


def _means(parameter: Parameter, value: Value) -> bool:
    """Whether a value means what stands there, however that is written: 0.20 is 0.2, and 14d is 2w."""
    if isinstance(value, str) and isinstance(parameter.value, str):
        if parameter.literal:
            return float(value) == float(parameter.value)
        if parameter.shape == "span":
            return bool(parse_span(value) == parse_span(parameter.value))
    return same(value, parameter.value)


def _read(parameter: Parameter, text: str) -> Value:
    fits, value = _READERS[parameter.shape]
    if (parameter.shape == "choice" and text not in parameter.choices) or not fits(text):
        said = f"'{text[:40]}' does not fit" if text else "It is empty"
        raise Unfit(f"{said}: give {parameter.limits}.")
    return value(text)


def _kept(parameter: Parameter, value: Value) -> Value:
    if parameter.literal:
        return str(value)
    return float(value) if parameter.shape == "number" and isinstance(value, int) and not isinstance(value, bool) else value


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_READERS: dict[Shape, tuple[Callable[[str], object], Callable[[str], Value]]] = {
    "number": (_NUMBER.fullmatch, lambda text: float(text) if "." in text else int(text)),
    "whole": (_WHOLE.fullmatch, int),
    "span": (_SPAN.fullmatch, lambda text: format_span(parse_span(text))),
    "date": (lambda text: not text or _is_date(text), lambda text: text or None),
    "switch": (lambda text: text in ("yes", "no"), lambda text: text == "yes"),
    "choice": (bool, str),
    "hours": (_HOURS.fullmatch, str),
}
"""What a text must look like, and the value that it is."""


def written(value: Value) -> str:
    """A value as a person writes it into a form; `read` understands it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e12:
        return str(int(value))
    return f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def same(a: Value, b: Value) -> bool:
    """Whether two values mean the same: 1 and 1.0 do, 1 and true do not."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def parameters(playbook: Playbook) -> dict[Address, Parameter]:
    """Every setting that may be changed, item by item, in the order in which people read them."""
    items: tuple[tuple[Kind, Mapping[str, Any]], ...] = (("surface", playbook.surfaces), ("play", playbook.plays), ("rule", playbook.rules))
    return {one.at: one for kind, of in items for item in of.values() for one in parameters_of(kind, item)}


def parameters_of(kind: Kind, item: Surface | Play | Rule) -> tuple[Parameter, ...]:
    """The settings of one item."""
    plain = item.model_dump(mode="json", by_alias=True)
    found = _of_surface() if isinstance(item, Surface) else _of_play(item) if isinstance(item, Play) else _of_rule(item)
    return tuple(replace(one, at=Address(kind, item.id, one.at.key), value=value_at(plain, one.at.key)) for one in found)


def steps_of(key: str) -> list[str]:
    """The steps of a key. Entries of a list are named by their id."""
    return key.split(".")


def value_at(plain: Any, key: str) -> Any:
    """What stands at a key of an item's plain JSON. Raises KeyError where nothing does."""
    for step in steps_of(key):
        plain = next((one for one in plain if one["id"] == step), None) if isinstance(plain, list) else plain[step]
        if plain is None and step != steps_of(key)[-1]:
            raise KeyError(key)
    return plain


def _one(key: str, shape: Shape, label: str, **more: Any) -> Parameter:
    return Parameter(Address("rule", "", key), shape, None, label, **more)


def _of_surface() -> Iterator[Parameter]:
    yield _one("mode", "choice", "Mode", choices=MODES, hint="What is raised to auto waits for a passed launch check, or for a second person.")
    yield _one("max_risk", "choice", "Acts by itself up to the risk", choices=RISKS)
    share: dict[str, Any] = {"least": 0, "most": 1}
    yield _one("confidence.act_at_least", "number", "Acts from a confidence of", **share)
    yield _one("attention.open", "whole", "Open asks at once", unit="asks", least=0, most=10_000)
    yield _one("attention.per_day", "whole", "Asks a day", unit="asks", least=0, most=10_000)
    yield _one("attention.quiet", "hours", "Asks nobody between", hint="In the asked person's own zone.")
    for name, label in (("remind_after", "Reminds after"), ("delegate_after", "Passes an ask on after"), ("expire_after", "Ends an ask after")):
        yield _one(f"review.{name}", "span", label, hint="In the asked person's working time.")
    yield _one("holdout.share", "number", "Held out to measure", least=0, most=0.5, hint="Share of account families.")
    yield _one("explore.epsilon", "number", "Explores in", least=0, most=0.2, hint="Share of decisions.")


def _of_play(play: Play) -> Iterator[Parameter]:
    yield _one("max_mode", "choice", "Highest mode", choices=MODES)
    yield from _literals(play)
    yield _one("window", "span", "Worth doing for", hint="A play that is put off for longer is given up.")
    if play.outcome is not None:
        yield _one("outcome.window", "span", "Waits for its outcome for")
    yield _one("holdout", "switch", "Takes part in the holdout")
    for name, part in (("recipient", play.recipient), ("material", play.material)):
        if part is not None:
            yield _one(f"{name}.at_most", "whole", f"{'People' if name == 'recipient' else 'Pieces of content'} considered", least=1, most=10)
    for fit in play.fits:
        if "." not in fit.id:
            yield _one(f"fits.{fit.id}.weight", "number", f"Weight of: {fit.says}", least=-1, most=1)
    for name, spec in play.params.items():
        if "." not in name:
            yield from _of_param(name, spec)


def _of_param(name: str, spec: ParamSpec) -> Iterator[Parameter]:
    about = spec.about or name.replace("_", " ")
    if spec.type == "flag":
        yield _one(f"params.{name}.default", "switch", f"{about}: by default")
    if spec.type != "number":
        return
    yield _one(f"params.{name}.default", "number", f"{about}: by default", least=spec.min, most=spec.max)
    for bound, said in (("min", "at least"), ("max", "at most")):
        if getattr(spec, bound) is not None:
            yield _one(f"params.{name}.{bound}", "number", f"{about}: {said}")


def _literals(play: Play) -> Iterator[Parameter]:
    """Expressions that are a plain number. Where a formula stands, it stays in the file."""
    said = {
        "value": ("Value", play.value), "cost_always": ("Costs always", play.cost_always), "cost_if_taken": ("Costs if taken", play.cost_if_taken),
        "prior.with": ("Chance with it", play.prior.with_play), "prior.without": ("Chance without it", play.prior.without),
    }  # fmt: skip
    for key, (label, text) in said.items():
        if _NUMBER.fullmatch(text):
            if key.startswith("prior."):
                yield _one(key, "number", label, least=0, most=1, literal=True, hint="Until there is enough history.")
            else:
                yield _one(key, "number", label, unit="minutes" if play.unit == "minutes" else "in money", least=0, literal=True)


def _of_rule(rule: Rule) -> Iterator[Parameter]:
    yield _one("enabled", "switch", "In force", hint="No: the rule is switched off.")
    yield _one("from", "date", "From", hint="The first day; empty for always.")
    yield _one("until", "date", "Until", hint="The last day, included; empty for no end.")
    for name, value in rule.params.items():
        if "." not in name and (shape := _shape_of(value)):
            label, unit = _called(name)
            yield _one(f"params.{name}", shape, label, unit=unit, hint=_readers(rule, name))
    effect = rule.effect
    if isinstance(effect.limit, int) and not isinstance(effect.limit, bool):
        yield _one("effect.limit", "whole", "Limit", least=0)
    if effect.per is not None and not isinstance(effect.per, str):
        yield _one("effect.per", "span", "Pause" if effect.kind is EffectKind.COOLDOWN else "Per")
    if isinstance(effect.factor, float):
        yield _one("effect.factor", "number", "Lever", least=0.5, most=2)


def _called(name: str) -> tuple[str, str]:
    """A parameter's name and unit as people read them: `limit_eur` is a limit in EUR."""
    *words, last = name.split("_")
    unit = _UNITS.get(last, "")
    return (" ".join(words if unit and words else [*words, last]).capitalize(), unit)


def _readers(rule: Rule, name: str) -> str:
    """What of the rule reads a parameter, so that people see which way to turn it."""
    reads = re.compile(rf"\bparams\.{re.escape(name)}\b")
    clauses = [f"{one.says}: {one.cel}" for one in rule.when if reads.search(one.cel)]
    effect = [f"{rule.effect.kind.value}, {key}" for key in ("limit", "per", "factor") if getattr(rule.effect, key) == f"params.{name}"]
    return f"Read by: {'; '.join([*clauses, *effect])}." if clauses or effect else ""


def _shape_of(value: object) -> Shape | None:
    """A rule's parameter that is a number, a switch or a span. Words and lists of words are not changed here."""
    match value:
        case bool():
            return "switch"
        case int() | float():
            return "number"
        case str() if _SPAN.fullmatch(value):
            return "span"
    return None
