"""Reads all claims out of one text, each once: what is a link, a date or a time is not read as a number again."""

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.domain.claims import days, links, number_words, periods, plain_text, promises, quantities
from agent.domain.claims.days import DayMention
from agent.domain.claims.links import Links
from agent.domain.claims.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Claims:
    """What one text claims.

    `words` is its bare text without links; `promised` are the numbers in sentences that promise something.
    """

    links: Links
    tags: tuple[str, ...]
    days: tuple[DayMention, ...]
    times: tuple[str, ...]
    periods: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    labels: tuple[str, ...]
    lonely_percents: tuple[str, ...]
    bare_prices: tuple[Quantity, ...]
    promises: dict[str, str]
    promised: tuple[Quantity, ...]
    words: str


@dataclass(frozen=True, slots=True)
class _Numbers:
    days: tuple[DayMention, ...]
    times: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    labels: tuple[str, ...]
    lonely_percents: tuple[str, ...]


@lru_cache(maxsize=512)
def read_claims(text: str, language: str) -> Claims:
    """Read a text as its reader sees it; `language` says whose number words to know besides the English ones.

    Templates and articles are read again for every recipient, so what was read is kept for a while.
    """
    seen = plain_text.plain(text)
    found, rest = links.links(seen)
    hidden, words = links.links(plain_text.bare(rest))  # a link may come together only when its markup is off
    numbers, in_digits = _numbers(words, language), number_words.digits(words, language)
    promised = [q for sentence in promises.promising(words) for q in _numbers(sentence, language).quantities]
    return Claims(
        links=Links(found.links + hidden.links, found.addresses + hidden.addresses, found.mentions + hidden.mentions),
        tags=tuple(plain_text.tags(rest)),
        days=numbers.days,
        times=numbers.times,
        periods=tuple(periods.period_mentions(words)),
        quantities=numbers.quantities,
        labels=numbers.labels,
        lonely_percents=numbers.lonely_percents,
        bare_prices=tuple(Quantity("number", quantities.number_value(n), text=n) for n in promises.bare_prices(in_digits)),
        promises=promises.promises(in_digits),
        promised=tuple(promised),
        words=words,
    )


def _numbers(text: str, language: str) -> _Numbers:
    """Dates first as they stand ('the twelfth of December'), then with number words as digits ('vingt décembre')."""
    spoken_days, rest = days.day_mentions(text)
    written_days, rest = days.day_mentions(number_words.digits(rest, language))
    times, rest = days.time_mentions(rest)
    labels, rest = quantities.labels(rest)
    found, rest = quantities.quantities(rest)
    labels += [token for token in re.findall(r"[^\W_]+", rest) if any(map(str.isdecimal, token))]
    return _Numbers(
        tuple(spoken_days + written_days),
        tuple(times),
        tuple(found),
        tuple(labels),
        tuple(quantities.lonely_percents(rest)),
    )
