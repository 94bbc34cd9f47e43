"""Stand-ins for personal data in what a model reads, by which it can tell two addresses apart and name one that it never sees.

They mean something in one exchange with a model: the question and its answers. What they stand for is kept nowhere else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.domain.claims.personal_data import EVERYTHING, PersonalKind, personal_data
from agent.domain.claims.plain_text import bare, plain

RESTORABLE: frozenset[PersonalKind] = frozenset({"e-mail", "phone"})
"""What may be written back to the customer who wrote it. What opens or costs something is put back into nothing."""

_OPEN, _CLOSE = r"\[\uff3b\ufe47\u2045\u3010\u3014\u301a\u27e6\u2772", r"\]\uff3d\ufe48\u2046\u3011\u3015\u301b\u27e7\u2773"
"""Square brackets, and what a reader or a model may take for them."""

_BRACKETED = re.compile(rf"[{_OPEN}](?P<inside>[^{_OPEN}{_CLOSE}]{{1,60}})[{_CLOSE}]")
_NAMES = frozenset(kind.replace("-", "").replace(" ", "") for kind in EVERYTHING) | {"emailaddress", "phonenumber"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text with stand-ins such as `[e-mail 1]`, and what may be put back for each of them."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def hidden(text: str) -> Hidden:
    """The text with equal stand-ins for equal values. What its author wrote like one stands for nothing: its brackets are round from now on."""
    text = _BRACKETED.sub(lambda match: f"({match['inside']})" if _looks_like_one(match) else match[0], text)
    marks: dict[tuple[PersonalKind, str], str] = {}
    numbers: dict[PersonalKind, int] = {}
    parts, place = [], 0
    for one in personal_data(text):
        value = text[one.start : one.end]
        if (one.kind, value) not in marks:
            numbers[one.kind] = numbers.get(one.kind, 0) + 1
            marks[one.kind, value] = f"[{one.kind} {numbers[one.kind]}]"
        parts += [text[place : one.start], marks[one.kind, value]]
        place = one.end
    return Hidden("".join([*parts, text[place:]]), {mark: value for (kind, value), mark in marks.items() if kind in RESTORABLE})


def put_back(text: str, values: Mapping[str, str]) -> str:
    """The text with each value in the place of what stands for it, all at once: what a value looks like is not looked at."""
    return re.sub("|".join(map(re.escape, values)), lambda match: values[match[0]], text) if values else text


def stand_ins(text: str) -> list[str]:
    """Whatever in a text looks like a stand-in, as it is written, handed out or not."""
    return list(dict.fromkeys(_those_in(text)))


def _those_in(text: str) -> Iterator[str]:
    return (match[0] for match in _BRACKETED.finditer(text) if _looks_like_one(match))


def _looks_like_one(match: re.Match[str]) -> bool:
    """By its letters, as a reader sees them."""
    letters = "".join(filter(str.isalnum, bare(plain(match["inside"])).lower()))
    return letters.rstrip("0123456789") in _NAMES
