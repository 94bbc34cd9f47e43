"""The language of play templates: sandboxed Jinja that remembers which facts it read and refuses unknown ones.

Templates are plain text. A fact that is missing counts as false in `{% if %}` and is an error when it is printed, so
that no letter ever says "Dear ,". Values that a model must not see can be rendered *held*: a placeholder such as
`[[contract.value]]` stands for them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, wraps
from types import CodeType
from typing import Any, SupportsIndex

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, UndefinedError, nodes
from jinja2.sandbox import SandboxedEnvironment

from agent.domain.formats import day_text, money_text, number_text, percent_text


class ComposeError(Exception):
    """A text cannot be composed.

    `missing` is the full name of the value that is not known, or empty for a broken template.
    """

    def __init__(self, says: str, missing: str = "") -> None:
        super().__init__(says)
        self.missing = missing


class Held(str):
    """A text that is rendered as a placeholder; it compares like the text itself."""

    fact: str

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        return _held_text(super().__getitem__(key), self.fact)


class HeldNumber(float):
    """A number that is rendered as a placeholder, and so are numbers reckoned from it."""

    fact: str


def held(value: Any, fact: str) -> Any:
    """Mark a value as one to be rendered as a placeholder.

    Flags and missing values are not printed and stay as they are.
    """
    if value is None or isinstance(value, bool | Undefined | Held | HeldNumber):
        return value
    if not isinstance(value, int | float):
        return _held_text(value.isoformat() if isinstance(value, date) else str(value), fact)
    number = HeldNumber(value)
    number.fact = fact
    return number


def _held_text(text: str, fact: str) -> Held:
    kept = Held(text)
    kept.fact = fact
    return kept


def _reckoned(name: str) -> Callable[[HeldNumber, float], Any]:
    def reckon(self: HeldNumber, other: float) -> Any:
        return held(getattr(float(self), name)(float(other)), self.fact)

    return reckon


for _name in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"):
    setattr(HeldNumber, _name, _reckoned(_name))


class Absent(StrictUndefined):
    """A fact that is not known: false in a condition, unlike everything else, and an error when it is printed."""

    def __bool__(self) -> bool:  # type: ignore[override]  # its parent always raises
        return False

    def __eq__(self, other: object) -> bool:  # type: ignore[override]  # its parent always raises
        return isinstance(other, Absent)

    def __ne__(self, other: object) -> bool:  # type: ignore[override]  # its parent always raises
        return not isinstance(other, Absent)

    def __hash__(self) -> int:  # type: ignore[override]  # its parent always raises
        return hash(Absent)


class Values:
    """The values under one name of a template, such as `contact`.

    Reading one is noted in `used` as it stands, also when there is none.

    `names` are the fields there can be; `shown` makes a value, given by its full name, fit to print.
    """

    def __init__(
        self,
        root: str,
        values: Mapping[str, Any],
        *,
        names: frozenset[str],
        used: dict[str, Any],
        shown: Callable[[str, Any], Any],
    ) -> None:
        self._root, self._values, self._names, self._used, self._shown = root, values, names, used, shown

    def __getitem__(self, name: str) -> Any:
        """Return the value, or Absent. Raises ComposeError for a name that no such value can have."""
        full = f"{self._root}.{name}"
        if name not in self._names and name not in self._values:
            raise ComposeError(f"a template names '{full}', which does not exist: see `nextplay playbook show --facts`", full)
        self._used[full] = self._values.get(name)
        value = self._shown(full, self._used[full])
        return Absent(hint=f"'{full}' is not known", name=full) if value is None else value

    def __str__(self) -> str:
        raise ComposeError(f"'{self._root}' cannot be printed whole; write a field of it, such as {self._root}.name", self._root)


@dataclass
class Rendering:
    """One rendering in one language.

    `printed` gathers what expressions gave, `held` what the placeholders stand for.
    """

    language: str
    currency: str
    held: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)

    def render(self, source: str, scope: Mapping[str, Any]) -> str:
        """Render a template. Raises ComposeError."""
        try:
            environment = self._environment()
            return Template.from_code(environment, _compiled(source), environment.make_globals(None)).render(scope)
        except UndefinedError as error:
            missing = str(error.message).partition("'")[2].partition("'")[0]
            raise ComposeError(f"the text needs '{missing}', which is not known now", missing) from None
        except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
            raise ComposeError(f"a template cannot be rendered: {error}") from error

    def _environment(self) -> SandboxedEnvironment:
        environment = SandboxedEnvironment(undefined=StrictUndefined, finalize=self._shown)
        own = {"money": self._money, "day": self._day, "percent": self._percent, "share": self._share}
        environment.filters = {**_FILTERS, **own}
        return environment

    def _money(self, value: Any, currency: str | None = None) -> Any:
        if isinstance(value, Mapping):
            value, currency = value["amount"], value["currency"]
        return self._placed(value, money_text(float(value), currency or self.currency, self.language))

    def _day(self, value: Any) -> Any:
        day = value if isinstance(value, date) else datetime.fromisoformat(str(value))
        return self._placed(value, day_text(day, self.language))

    def _percent(self, value: Any) -> Any:
        return self._placed(value, percent_text(float(value), self.language))

    def _share(self, value: Any) -> Any:
        return self._placed(value, percent_text(100 * float(value), self.language))

    def _placed(self, value: Any, text: str) -> Any:
        """The text, or its placeholder when the value is held."""
        return held(text, value.fact) if isinstance(value, Held | HeldNumber) else text

    def _shown(self, value: Any) -> Any:
        """What an expression prints."""
        if isinstance(value, Undefined):
            return value
        text = self._written(value)
        if isinstance(value, Held | HeldNumber):
            return self._placeholder(value.fact, text)
        self.printed.append(text)
        return text

    def _written(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return ", ".join(map(str, value)) if isinstance(value, list | tuple) else self._worded(value)
        return number_text(float(value), self.language)

    def _worded(self, value: Any) -> str:
        return day_text(value, self.language) if isinstance(value, date) else str(value)

    def _placeholder(self, fact: str, text: str) -> str:
        for number in range(1, 100):
            mark = f"[[{fact}]]" if number == 1 else f"[[{fact}.{number}]]"
            if self.held.setdefault(mark, text) == text:
                return mark
        raise ComposeError(f"a template prints '{fact}' in too many ways", fact)


def _keeping_held(used: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose result is held when one of its inputs is."""

    @wraps(used)
    def keeping(*args: Any, **options: Any) -> Any:
        result = used(*args, **options)
        fact = next((arg.fact for arg in args if isinstance(arg, Held | HeldNumber)), None)
        return result if fact is None or not isinstance(result, str | float | int) else held(result, fact)

    return keeping


def _only_when_rendered(*_: Any, **__: Any) -> Any:
    """Stands for what each rendering brings itself, so that the compiler cannot work a constant out with it beforehand."""
    raise nodes.Impossible


_SYNTAX = SandboxedEnvironment(undefined=StrictUndefined, finalize=_only_when_rendered)
_FILTERS = {name: _keeping_held(used) for name, used in _SYNTAX.filters.items()}
_SYNTAX.filters |= dict.fromkeys(("money", "day", "percent", "share"), _only_when_rendered)


@lru_cache(maxsize=512)
def _compiled(source: str) -> CodeType:
    """A template's code: the same for every rendering, and far dearer than one. Raises TemplateError."""
    return _SYNTAX.compile(source)


@lru_cache(maxsize=512)
def literal_text(source: str) -> str:
    """The author's own words in a template: everything outside expressions, and the texts written inside them.

    Raises ComposeError.
    """
    try:
        tree = SandboxedEnvironment().parse(source)
    except TemplateError as error:
        raise ComposeError(f"a template cannot be read: {error}") from error
    return "\n".join(_literals(tree))


def _literals(tree: nodes.Template) -> Iterator[str]:
    for data in tree.find_all(nodes.TemplateData):
        yield data.data
    for constant in tree.find_all(nodes.Const):
        if isinstance(constant.value, str):
            yield constant.value
