"""What searches found, kept as long as the index stands as it did."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from integrations.search.fusing import Hit
from integrations.search.keeping import Standing
from integrations.search.looking import Asking
from integrations.search.strength import Strength

REMEMBERED = 1024
"""Answers that are kept: they are the same until the index changes, and a ticket is looked at again before anything is done about it."""


class Found(NamedTuple):
    """What a search found. `note` says what it could not go by, and why; empty where nothing is amiss. `lasting`: it is the same until the index
    changes, and no better for asking again.
    """

    hits: Sequence[Hit]
    note: str = ""
    lasting: bool = True


class Kept:
    """What was found while the index stood as it does."""

    def __init__(self, standing: Standing | None) -> None:
        self.standing = standing
        self.wordings: dict[str, str] = {}
        self._found: OrderedDict[tuple[Asking, Strength], Found] = OrderedDict()

    def known(self, askings: Sequence[Asking], judge: Strength) -> dict[Asking, Found]:
        """What was found for those of the questions that were asked before, and not long ago."""
        known = {asking: self._found[asking, judge] for asking in askings if (asking, judge) in self._found}
        for asking in known:
            self._found.move_to_end((asking, judge))
        return known

    def keep(self, found: Mapping[tuple[Asking, Strength], Found]) -> None:
        """Keep it, but for what may be better the next time."""
        self._found.update((about, one) for about, one in found.items() if one.lasting)
        while len(self._found) > REMEMBERED:
            self._found.popitem(last=False)
