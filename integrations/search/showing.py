"""What is shown of articles that were found: of each the sentence that answers, with those around it.

The sentence is the one that holds most words of the question. Where no sentence holds many, it is the one that is nearest in meaning.
"""

from collections.abc import Sequence
from typing import NamedTuple

from integrations.search.answering import Shown, around, by_words, whole
from integrations.search.meaning import Meaning
from integrations.search.query import Query
from integrations.search.words import sentences, stems

POINTING = 0.34
"""A sentence that shares so many of the question's words answers it."""


class Opened(NamedTuple):
    """An article that was found for a query, and the text of its passage that is nearest in meaning; empty where words tell what to show.

    `leads`: it is the best for its query. Of others the model is not asked which sentence answers: each takes it some milliseconds.
    """

    query: Query
    body: str
    passage: str
    leads: bool


async def shown(articles: Sequence[Opened], meaning: Meaning | None) -> list[Shown]:
    """What to show of each. The model is asked once for all."""
    parts = [whole(sentences(one.passage)) for one in articles]
    shared = [_shared(one.query.stems, own) for one, own in zip(articles, parts, strict=True)]
    unclear = [place for place, one in enumerate(articles) if one.leads and max(shared[place], default=1.0) < POINTING]
    if unclear and meaning is not None:
        texts = [texts for place in unclear for texts in ([articles[place].query.text], parts[place])]
        vectors = iter(await meaning.each(texts))
        for place, asked, said in zip(unclear, vectors, vectors, strict=True):
            if asked is not None and said is not None:
                shared[place] = (said @ asked[0]).tolist()
    return [
        around(own, likely.index(max(likely))) if own else by_words(one.body, one.query.stems)
        for one, own, likely in zip(articles, parts, shared, strict=True)
    ]


def _shared(wanted: frozenset[str], parts: Sequence[str]) -> list[float]:
    """The share of the question's words that each sentence holds."""
    return [len(wanted & stems(part)) / max(len(wanted), 1) for part in parts]
