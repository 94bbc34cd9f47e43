"""Checks of JSON values that say where they fail, in the manner of Slack's own messages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple


class Wrong(NamedTuple):
    """One thing that is not as it must be, and the JSON pointer to it."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"[ERROR] {self.what} [json-pointer:{self.where}]"


Check = Callable[[Any, str], Iterator[Wrong]]


def string(most: int | None = None, least: int = 1) -> Check:
    """A text of so many characters."""

    def check(value: Any, where: str) -> Iterator[Wrong]:
        if not isinstance(value, str):
            yield Wrong("must be a string", where)
        elif len(value) < least:
            yield Wrong(f"must be more than {least - 1} characters", where)
        elif most is not None and len(value) > most:
            yield Wrong(f"must be less than {most + 1} characters", where)

    return check


def boolean(value: Any, where: str) -> Iterator[Wrong]:
    """True or false."""
    if not isinstance(value, bool):
        yield Wrong("must be a boolean", where)


def whole(least: int, most: int) -> Check:
    """A whole number in a range."""

    def check(value: Any, where: str) -> Iterator[Wrong]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Wrong("must be an integer", where)
        elif not least <= value <= most:
            yield Wrong(f"must be between {least} and {most}", where)

    return check


def one_of(*known: str) -> Check:
    """One of a few words."""

    def check(value: Any, where: str) -> Iterator[Wrong]:
        if value not in known:
            yield Wrong(f"must be one of: {', '.join(known)}", where)

    return check


def anything(value: Any, where: str) -> Iterator[Wrong]:
    """What this workspace carries without looking into it."""
    del value, where
    return iter(())


def items(check: Check, most: int | None = None, least: int = 1) -> Check:
    """A list of so many, each checked."""

    def checked(value: Any, where: str) -> Iterator[Wrong]:
        if not isinstance(value, list):
            yield Wrong("must be an array", where)
            return
        if len(value) < least:
            yield Wrong(f"no fewer than {least} items allowed", where)
        if most is not None and len(value) > most:
            yield Wrong(f"no more than {most} items allowed", where)
        for index, item in enumerate(value):
            yield from check(item, f"{where}/{index}")

    return checked


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *, exactly_one: tuple[str, ...] = ()) -> Check:
    """An object with these fields and no others; of `exactly_one` there must be one and only one."""
    known = {**required, **(optional or {})}

    def checked(value: Any, where: str) -> Iterator[Wrong]:
        if not isinstance(value, dict):
            yield Wrong("must be an object", where)
            return
        yield from (Wrong(f"missing required field: {name}", where) for name in required if name not in value)
        if exactly_one and sum(name in value for name in exactly_one) != 1:
            yield Wrong(f"must have exactly one of: {', '.join(exactly_one)}", where)
        for name, part in value.items():
            if name in known:
                yield from known[name](part, f"{where}/{name}")
            else:
                yield Wrong(f"invalid additional property: {name}", where)

    return checked


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which of the checks holds for it."""

    def checked(value: Any, where: str) -> Iterator[Wrong]:
        if not isinstance(value, dict):
            yield Wrong("must be an object", where)
        elif "type" not in value:
            yield Wrong("missing required field: type", where)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield Wrong(f"unsupported type: {value['type']}", f"{where}/type")
        else:
            yield from kinds[value["type"]](value, where)

    return checked


def also(check: Check, more: Check) -> Check:
    """Both; the second is asked only of what passed the first."""

    def checked(value: Any, where: str) -> Iterator[Wrong]:
        found = list(check(value, where))
        yield from found or more(value, where)

    return checked
