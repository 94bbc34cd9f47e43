"""Which language a text is written in, as far as its small words tell."""

import re
from collections.abc import Mapping

_LISTS: Mapping[str, str] = {
    "en": "the and of to is are was you your that this with for not have has from will would can it we our if on be by as at an or but",
    "de": "der die das und ist sind war sie ihr ihre ihren dass dies mit für nicht haben hat von wird kann wir uns wenn auf ein eine oder aber zu im",
    "fr": "le la les et est sont était vous votre vos que ce cette avec pour pas avez a de des du sera peut nous notre si sur un une ou mais au dans",
    "es": "el la los las y es son era usted su sus que este esta con para no ha de del será puede nosotros nuestro si en un una o pero al por",
    "it": "il lo la gli le e è sono era lei suo che questo questa con per non ha di del della sarà può noi nostro se su un una o ma al nel",
    "pt": "o a os as e é são era você seu sua que este esta com para não tem de do da será pode nós nosso se em um uma ou mas ao no",
    "nl": "de het een en is zijn was u uw dat dit met voor niet hebben heeft van zal kan wij ons als op of maar te in er bij",
}
_SMALL_WORDS = {language: frozenset(words.split()) for language, words in _LISTS.items()}
_ENOUGH = 5
"""Small words below which nothing is said: names, titles and codes are of no language."""
_AHEAD = 1.5
"""By how much the first language must lead the second: some small words belong to several."""


def language_of(text: str) -> str | None:
    """The two-letter code of the language, or None where the text does not say clearly."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counted = {language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()}
    first, second = sorted(counted, key=lambda language: -counted[language])[:2]
    return first if counted[first] >= _ENOUGH and counted[first] >= _AHEAD * counted[second] else None
