"""Proves that what a text claims comes from facts, parameters or source texts.

`allowed_from` collects what may be said; `check_content` reads a text and names every claim that is not in there. It
errs towards objecting: the price of a false objection is that the template is sent instead.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.domain.claims import plain_text, proper_names
from agent.domain.claims.allowed import UNTRUSTED, Allowed, allowed_from
from agent.domain.claims.days import DayMention
from agent.domain.claims.links import Links, canonical
from agent.domain.claims.personal_data import personal_data
from agent.domain.claims.quantities import Quantity, same_currency
from agent.domain.claims.reading import Claims, read_claims

__all__ = ["LONGEST", "UNTRUSTED", "Allowed", "Problem", "allowed_from", "check_content", "left_out"]

LONGEST = 20_000
"""Characters of one field that are read; a longer one is an objection in itself."""

_Found = tuple[str, str, str]
"""Kind, the words of the text, and what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One claim that nothing supports.

    `block`: what costs money or leads elsewhere; nobody may say it. `warn`: a person may say it in their own name, on the record; a model may not.
    """

    kind: str
    field: str
    text: str
    severity: Literal["block", "warn"]
    says: str


def check_content(content: dict[str, str], *, allowed: Allowed) -> list[Problem]:
    """Return every unsupported claim of the content's fields, those that nobody may make first.

    An empty list means that all claims are proved.
    """
    problems = [problem for field, text in content.items() for problem in _check_field(field, text, allowed)]
    return sorted(problems, key=lambda problem: problem.severity)


def left_out(draft: str, text: str, *, language: str) -> list[str]:
    """The links, prices and percentages of the draft that a text does not have, as the draft writes them."""
    before, after = read_claims(draft, language), read_claims(text[:LONGEST], language)
    kept = {canonical(link) for link in after.links.links}
    links = [link for link in before.links.links if canonical(link) not in kept]
    quantities = [
        known.text
        for known in before.quantities
        if known.kind != "number" and not any(_proves(known, said, frozenset()) for said in after.quantities)
    ]
    return list(dict.fromkeys([*links, *quantities]))


def _check_field(field: str, text: str, allowed: Allowed) -> Iterator[Problem]:
    if len(text) > LONGEST:
        yield Problem("length", field, text[:40], "block", f"the {field} is longer than {LONGEST} characters")
        return
    text = _without_own_phones(_without_quotes(text, allowed.quoted.get(field, ())), allowed.own_phones)
    claims = read_claims(text, allowed.language)
    for kind, words, says in _hidden(field, text, allowed):
        yield Problem(kind, field, words, "block", f"the {field} {says}")
    for severity, checks in _CHECKS.items():
        for check in checks:
            for kind, words, says in check(claims, allowed):
                yield Problem(kind, field, words, severity, f"the {field} {says}")


def _without_quotes(text: str, quotes: Sequence[str]) -> str:
    """The text without what it may quote.

    A quote inside a longer word or number is none: '5' must not hide in '15%'.
    """
    for quote in sorted(filter(None, quotes), key=len, reverse=True):
        text = re.sub(rf"(?<![\w.,]){re.escape(quote)}(?![\w%]|[.,]\d|\s?%)", " ", text)
    return text


def _without_own_phones(text: str, phones: Collection[str]) -> str:
    """The text without the telephone numbers that its reader wrote, where they stand whole and are no link."""
    for one in reversed(personal_data(text, frozenset({"phone"})) if phones else []):
        if text[one.start : one.end] in phones and not text[: one.start].endswith(":"):
            text = f"{text[: one.start]} {text[one.end :]}"
    return text


def _hidden(field: str, text: str, allowed: Allowed) -> Iterator[_Found]:
    for name in dict.fromkeys(plain_text.hidden_characters(text)):
        yield "hidden", name, f"has an invisible character in it ({name})"
    if field == "subject" and "\n" in text.strip():
        yield "hidden", "line break", "has more than one line"
    for word in dict.fromkeys(plain_text.foreign_words(text, allowed.home_scripts)):
        if word.lower() not in allowed.words:
            yield "look_alike", word, f"has look-alike or foreign letters in {word!r}"


def _ways(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    found: Links = claims.links
    for link in found.links:
        if canonical(link) not in allowed.links and canonical(link) not in allowed.hosts:
            yield "link", link, f"leads to {link!r}, which is not the asset's or article's link"
    for address in found.addresses:
        if address not in allowed.addresses:
            yield "email", address, f"names the address {address!r}, which no fact holds"
    for mention in found.mentions:
        yield "mention", mention, f"calls somebody with {mention!r}"
    for tag in claims.tags:
        yield "markup", tag, f"has markup in it: {tag!r}"


def _times(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    for mention in claims.days:
        if not _day_allowed(mention, claims.days, allowed):
            yield "date", mention.text, f"names the day {mention.text!r}, which no fact, parameter or source text holds"
    for time in claims.times:
        if time not in allowed.times:
            yield "time", time, f"names the time {time!r}, which no fact, parameter or source text holds"
    for period in claims.periods:
        if period not in allowed.periods:
            yield "date", period, f"speaks of {period!r}, which no source text does"


def _day_allowed(mention: DayMention, others: Sequence[DayMention], allowed: Allowed) -> bool:
    if any(mention.same_as(known) for known in allowed.day_mentions):
        return True
    if any(mention.may_mean(day, allowed.today) for day in allowed.days):
        return True
    if mention.weekday is None:
        return False
    named = [day for day in allowed.days if any(other.weekday is None and other.may_mean(day, allowed.today) for other in others)]
    return any(day.weekday() == mention.weekday for day in named)


def _numbers(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    for quantity in claims.quantities:
        if quantity.kind == "number" and not _quantity_allowed(quantity, allowed):
            yield "number", quantity.text, _unproven("number", quantity)
    for label in claims.labels:
        if label.lower() not in allowed.labels:
            yield "number", label, f"states {label!r}, which no fact, parameter or source text holds"


def _unproven(kind: str, quantity: Quantity) -> str:
    return f"states the {kind} {quantity.text!r}, which no fact, parameter or source text holds"


def _prices(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    for quantity in claims.quantities:
        if quantity.kind != "number" and not _quantity_allowed(quantity, allowed):
            kind = "percentage" if quantity.kind == "percent" else "price"
            yield kind, quantity.text, _unproven(kind, quantity)
    money = {quantity.value for quantity in claims.quantities if quantity.kind == "money"}
    for quantity in claims.bare_prices:
        if quantity.value not in money and not _quantity_allowed(quantity, allowed):
            yield "price", quantity.text, _unproven("price", quantity)
    for words in claims.lonely_percents:
        yield "percentage", words, f"states a percentage without a readable number: {words!r}"


def _quantity_allowed(quantity: Quantity, allowed: Allowed) -> bool:
    if quantity.kind == "number":
        years = {day.year for day in allowed.days}
        return quantity.value in years or any(quantity.value == known.value for known in allowed.quantities)
    return any(_proves(known, quantity, allowed.currencies) for known in allowed.quantities)


def _proves(known: Quantity, claim: Quantity, currencies: frozenset[str]) -> bool:
    if (known.kind, known.value) != (claim.kind, claim.value):
        return False
    return same_currency(known.currency, claim.currency) and (
        bool(known.currency) or not currencies or any(same_currency(currency, claim.currency) for currency in currencies)
    )


def _promises(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    for group, words in claims.promises.items():
        if group not in allowed.promises:
            kind = group.removeprefix("we ")
            yield "promise", words, f"promises a {kind} that the proposal does not give: {words!r}"
    for quantity in claims.promised:
        if quantity.kind != "number" and not any(_proves(known, quantity, allowed.currencies) for known in allowed.promised):
            yield (
                "promise",
                quantity.text,
                f"ties {quantity.text!r} to a promise, which no parameter or source text does",
            )


def _others(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    for name in proper_names.mentioned(allowed.other_names, claims.words, allowed.words):
        yield "name", name, f"names {name!r}, who has no part in this"


def _people(claims: Claims, allowed: Allowed) -> Iterator[_Found]:
    for name in proper_names.wrong_greetings(claims.words, allowed.words):
        yield "name", name, f"greets {name!r}, who is not the recipient"
    for name in proper_names.unknown_names(claims.words, allowed.words):
        yield "name", name, f"names {name!r}, which no fact or source text holds"


_CHECKS: Mapping[Literal["block", "warn"], tuple[Callable[[Claims, Allowed], Iterator[_Found]], ...]] = {
    "block": (_ways, _prices, _promises, _others),
    "warn": (_times, _numbers, _people),
}
