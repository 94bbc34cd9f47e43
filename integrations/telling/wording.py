"""How the story of a decision is worded: no code names, no abbreviations, amounts with their currency."""

import re

from agent.domain.claims.allowed import holds_money
from agent.domain.decision import CandidateRecord, RuleRecord
from agent.domain.fact_names import CALLED, called, in_words
from agent.domain.spoken import spoken
from integrations.telling.case import Case, values_of

SOURCES = {"crm": "CRM", "usage": "product usage"}
"""Sources that are not called by their own name."""

_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "mo": "month", "y": "year"}
_LENGTH = re.compile(r"\b([\d.]+) (s|min|h|d|mo|y)\b")
_FIGURE = re.compile(r"(-?[\d,]+(\.\d+)?(e[+-]?\d+)?)?")
_CODE = re.compile(r"\b[a-z]+(_[a-z]+)+\b")
_KINDS = frozenset({"event.type", "event.request", "candidate.kind", "candidate.play"})


def in_full(length: str) -> str:
    """A length of time with its unit written out: `14 d` is «14 days»."""
    return _LENGTH.sub(lambda found: f"{found[1]} {_UNITS[found[2]]}{'' if found[1] == '1' else 's'}", length)


def without_code(text: str) -> str:
    """A sentence of ours with blanks for the underscores of roles."""
    return _CODE.sub(lambda found: spoken(found[0]), text)


def without_rule(case: Case, reason: str) -> str:
    """A reason without the name of the rule that it begins with: it is found behind Why."""
    name, colon, rest = reason.partition(": ")
    known = {rule.id for candidate in case.decision.candidates for rule in candidate.rules}
    return rest if colon and name in known else reason


def with_currency(name: str, value: str, currency: str) -> str:
    """The value of a fact or a parameter; an amount of money has its currency. An empty one stands for the unit alone."""
    return f"{value} {currency}".strip() if holds_money(name.rpartition(".")[2]) and _FIGURE.fullmatch(value) else value


def labelled(name: str, value: str, currency: str = "") -> tuple[str, str]:
    """The name of a fact or a parameter and its value, as people read them: a percentage has its sign, an amount its currency, a word has blanks
    for underscores. An empty value stands for its unit alone.
    """
    label = called(name.removesuffix("_pct") if name not in CALLED else name)
    if name.endswith("_pct"):
        return label, f"{value}%"
    if name == "event.type" or _CODE.fullmatch(value):
        return label, spoken(value)
    return label, with_currency(name, value, currency)


def read_by(case: Case, rule: RuleRecord) -> str:
    """What a rule read when it took hold, in brackets; without what only says which kind of thing was judged."""
    told = [labelled(name, case.spelled(value), case.currency) for name, value in values_of(rule) if name not in _KINDS]
    return f" ({', '.join(dict.fromkeys(f'{name}: {value}' for name, value in told))})" if told else ""


def lacked(case: Case, candidate: CandidateRecord) -> str:
    """What would have let a candidate through, without the title of the chosen one, which stands above anyway."""
    said_of = in_words(candidate.counterfactual or "ranked below")
    if case.chosen is None:
        return said_of
    return re.sub(rf"^ranked below '{re.escape(case.chosen.title)}'( \([^)]*\))?: ", "", said_of)
