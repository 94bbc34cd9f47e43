"""Which sentence of a passage answers, and what to show around it. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from integrations.search.words import sentences, stems

SHOWN_CHARS = 420
LEFT_OUT = " … "
_LEADING_ON = re.compile(r":$|(?:^|: )\d{1,2}\.$")


class Shown(NamedTuple):
    """What is shown of an article: a few lines, and the sentence of them that answers."""

    passage: str
    answer: str


def by_words(body: str, wanted: frozenset[str]) -> Shown:
    """The sentences of a text that hold most of the wanted stems, in their own order, up to a few lines; its beginning when none does. What is left
    out between them shows: a step that is missing would not be missed.
    """
    parts = whole(sentences(body))
    held = [len(wanted & stems(part)) for part in parts]
    useful = [i for i in range(len(parts)) if held[i] or not any(held)]
    chosen: list[int] = []
    for i in sorted(useful, key=lambda i: (-held[i], i)):
        if chosen and len(_excerpt(parts, [*chosen, i])) > SHOWN_CHARS:
            break
        chosen.append(i)
    answer = parts[chosen[0]] if chosen and any(held) else ""
    return Shown(_excerpt(parts, chosen), answer)


def _excerpt(parts: Sequence[str], chosen: Sequence[int]) -> str:
    ordered = sorted(chosen)
    gaps = ("", *(" " if after == before + 1 else LEFT_OUT for before, after in pairwise(ordered)))
    return "".join(f"{gap}{parts[i]}" for gap, i in zip(gaps, ordered, strict=False))


def whole(parts: Sequence[str]) -> list[str]:
    """The sentences, with those that only lead to the next one (they end with a colon, or are a number) joined to it: by themselves they answer
    nothing.
    """
    joined: list[str] = []
    for part in parts:
        if joined and _LEADING_ON.search(joined[-1]) and len(joined[-1]) + len(part) < SHOWN_CHARS:
            joined[-1] = f"{joined[-1]} {part}"
        else:
            joined.append(part)
    return joined


def around(parts: Sequence[str], answering: int) -> Shown:
    """The sentence that answers with those around it, more of what comes after it, up to a few lines."""
    first = last = answering
    while True:
        wider = [(first, last + 1), (first - 1, last)]
        room = [(a, b) for a, b in wider if a >= 0 and b < len(parts) and sum(len(part) + 1 for part in parts[a : b + 1]) <= SHOWN_CHARS]
        if not room:
            return Shown(" ".join(parts[first : last + 1]), parts[answering])
        first, last = room[0]
