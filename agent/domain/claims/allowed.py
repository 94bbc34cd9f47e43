"""What a text may say: all that facts, parameters and source texts hold, in the form in which claims are compared."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agent.domain.claims import days, plain_text, proper_names
from agent.domain.claims.days import DayMention
from agent.domain.claims.links import canonical, host
from agent.domain.claims.quantities import Quantity, currency_code, spelled_values
from agent.domain.claims.reading import Claims, read_claims

UNTRUSTED = frozenset({"ticket.subject", "ticket.body", "ticket.tags", "event.request", "event.text"})
"""Values that customers write. They may be quoted to the customer who wrote them, and they never prove a claim."""

_RATIOS = frozenset({"change_30d", "seat_use", "adoption", "onboarding_progress"})
_MONEY_WORDS = ("amount", "value", "price", "arr", "cost", "refund", "revenue", "fee", "budget")
_PROMISE_WORDS = ("discount", "refund", "credit", "rebate")


def holds_money(field: str) -> bool:
    """Whether the field of a fact, or a parameter, of this name holds an amount of money, if it is a number."""
    return any(word in field.split("_") for word in _MONEY_WORDS)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a text may say. Build it with `allowed_from`."""

    quantities: tuple[Quantity, ...]
    promised: tuple[Quantity, ...]
    promises: frozenset[str]
    currencies: frozenset[str]
    days: frozenset[date]
    day_mentions: tuple[DayMention, ...]
    times: frozenset[str]
    periods: frozenset[str]
    labels: frozenset[str]
    links: frozenset[str]
    hosts: frozenset[str]
    addresses: frozenset[str]
    words: frozenset[str]
    home_scripts: frozenset[str]
    other_names: tuple[str, ...]
    quoted: Mapping[str, tuple[str, ...]]
    own_phones: frozenset[str]
    today: date
    language: str


def allowed_from(
    values: Mapping[str, Any],
    passages: Sequence[str],
    names: Sequence[str],
    links: Sequence[str],
    today: date,
    *,
    language: str = "en",
    other_names: Sequence[str] = (),
    quoted: Mapping[str, tuple[str, ...]] | None = None,
    own: Collection[str] = (),
) -> Allowed:
    """Collect what a text may say.

    `values`: facts and parameters by their full name, such as `contract.value` and `params.discount_pct`; those in
    UNTRUSTED are left out. `passages`: trusted text, such as the template's own words and the asset's passage.
    `names`: people and companies that may be named. `other_names`: names that must not appear, such as other
    customers'. `quoted`: texts that may stand word for word in the field they are listed under, such as a ticket's
    own subject line; they prove nothing else. `own`: addresses and telephone numbers that the reader wrote; they may
    be named, and prove nothing either.
    """
    known = _Known(language)
    known.addresses |= {value.lower() for value in own if "@" in value}
    for name, value in values.items():
        known.add_value(name, value)
    for passage in passages:
        known.add_passage(passage)
    ways = frozenset(canonical(link) for link in [*links, *known.links])
    return Allowed(
        quantities=tuple(known.quantities),
        promised=tuple(known.promised),
        promises=frozenset(known.promises),
        currencies=frozenset(known.currencies),
        days=frozenset(known.days | {today}),
        day_mentions=tuple(known.day_mentions),
        times=frozenset(known.times),
        periods=frozenset(known.periods),
        labels=frozenset(known.labels),
        links=ways,
        hosts=frozenset(host(link) for link in ways) - {""},
        addresses=frozenset(known.addresses),
        words=proper_names.name_words([*names, *known.texts]),
        home_scripts=_home_scripts(passages),
        other_names=tuple(other_names),
        quoted=quoted or {},
        own_phones=frozenset(value for value in own if "@" not in value),
        today=today,
        language=language,
    )


class _Known:
    """Gathers what values and passages hold."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.quantities: list[Quantity] = []
        self.promised: list[Quantity] = []
        self.promises: set[str] = set()
        self.currencies: set[str] = set()
        self.days: set[date] = set()
        self.day_mentions: list[DayMention] = []
        self.times: set[str] = set()
        self.periods: set[str] = set()
        self.labels: set[str] = set()
        self.links: list[str] = []
        self.addresses: set[str] = set()
        self.texts: list[str] = []

    def add_value(self, name: str, value: Any) -> None:
        if name in UNTRUSTED or value is None or isinstance(value, bool):
            return
        if isinstance(value, int | float):
            self._add_number(name, float(value))
        elif isinstance(value, date):
            self._add_day(value)
        elif isinstance(value, str):
            self._add_text(name, value)
        elif isinstance(value, Mapping):
            self._add_record(name, value)
        elif isinstance(value, Iterable):
            for item in value:
                self.add_value(name, item)

    def add_passage(self, passage: str) -> None:
        claims = read_claims(passage, self.language)
        self._add_claims(claims)
        self.links += claims.links.links
        self.addresses |= set(claims.links.addresses)
        self.promises |= claims.promises.keys()
        self.promised += claims.promised
        self.periods |= set(claims.periods)

    def _add_claims(self, claims: Claims) -> None:
        self.quantities += claims.quantities
        self.day_mentions += claims.days
        self.days |= days.days_of(claims.days)
        self.times |= set(claims.times)
        self.labels |= {label.lower() for label in claims.labels}
        self.texts.append(claims.words)

    def _add_number(self, name: str, value: float) -> None:
        field = name.rpartition(".")[2]
        if field in _RATIOS:
            self.quantities += [Quantity("percent", spelled) for spelled in spelled_values(100 * value)]
            return
        percent = "pct" in field or "percent" in field
        money = not percent and holds_money(field)
        read = [Quantity("percent" if percent else "money" if money else "number", spelled) for spelled in spelled_values(value)]
        self.quantities += read
        ours = name.startswith(("params.", "candidate.")) and [word for word in _PROMISE_WORDS if word in field]
        if ours and value > 0:
            group = "discount" if ours[0] in ("discount", "rebate") else "refund"
            self.promises |= {group, f"we {group}"}
            self.promised.append(Quantity("percent" if percent else "money", round(value, 6)))

    def _add_day(self, value: date) -> None:
        if isinstance(value, datetime):
            self.times.add(f"{value:%H:%M}")
            value = value.date()
        self.days.add(value)

    def _add_text(self, name: str, text: str) -> None:
        field = name.rpartition(".")[2]
        moment = _moment(text)
        if moment is not None:
            self._add_day(moment)
        elif field.endswith("currency"):
            self.currencies.add(currency_code(text))
        elif field.endswith("email"):
            self.addresses.add(text.strip().lower())
        elif field.endswith("url"):
            self.links.append(text)
        else:
            self._add_claims(read_claims(text, self.language))

    def _add_record(self, name: str, record: Mapping[str, Any]) -> None:
        if record.keys() == {"amount", "currency"} and isinstance(record["amount"], int | float):
            currency = currency_code(str(record["currency"]))
            self.quantities += [Quantity("money", value, currency) for value in spelled_values(float(record["amount"]))]
            return
        for key, value in record.items():
            self.add_value(f"{name}.{key}", value)


def _moment(text: str) -> date | None:
    """An ISO date or time, or None."""
    if len(text) < 10 or not text[:4].isdecimal():
        return None
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        return None


def _home_scripts(passages: Sequence[str]) -> frozenset[str]:
    """Scripts that the source texts are written in; a few letters, as of a name or a unit, are not enough."""
    letters: Counter[str] = Counter()
    for letter, times in Counter("".join(passages)).items():
        letters.update(dict.fromkeys(plain_text.scripts(letter), times))
    return frozenset(script for script, times in letters.items() if times >= 20)
