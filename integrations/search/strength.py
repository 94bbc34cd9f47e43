"""How surely an article is about a question: what both halves of the search found, made into one chance. Pure.

    evidence = likeness + weight x words + OF_CODES x (codes - coded x (1 - codes))        weight = OF_WORDS x asked ^ GROWING
    strength = 1 / (1 + e^((MIDDLE - evidence) / SPREAD))

`likeness` is the cosine of the question and the article's nearest passage, `words` the strength by words alone (`integrations.search.lexical`).
The weight of words grows with how many the question has: of a short question that says the same in other words, the words in common are
chance; of a long text they tell much. A code that the question names, such as an error's, counts by itself, and one that the article
does not name speaks against it, the more the more of the question it is: to a model all codes are alike.

Where there is no likeness (the model is not there, or has not come to the article yet), the strength is that of the words alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

OF_WORDS, GROWING, OF_CODES = 0.175, 0.4, 0.3
MIDDLE, SPREAD = 0.46, 0.06
"""The evidence at which a find is as often right as wrong, and how fast that changes."""
OF_BARE = 0.3
"""What is left of the chance that an article answers where it has no text: its title can only be near."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of an article and a question. `words`, and `codes` (the share of the question's codes that the article is
    about, or names): 0 to 1; `asked`: how many words the question has, and `coded`: the share of these that are codes. `bare`: the
    article has a title, and no text.
    """

    likeness: float | None
    words: float
    codes: float
    asked: int
    coded: float = 0.0
    bare: bool = False


Strength = Callable[[Features], float]
"""Features of a find in, the chance that it answers out: never less for more of anything that was found."""


def strength(found: Features) -> float:
    """The chance by the formula above, from 0 to 1."""
    chance = found.words if found.likeness is None else 1 / (1 + math.exp((MIDDLE - evidence(found)) / SPREAD))
    return OF_BARE * chance if found.bare else chance


def evidence(found: Features) -> float:
    """What both halves say together, on the scale of a cosine."""
    weight = OF_WORDS * math.pow(found.asked, GROWING)
    codes = found.codes - found.coded * (1 - found.codes)
    return (found.likeness or 0.0) + weight * found.words + OF_CODES * codes
