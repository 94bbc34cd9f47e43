"""How the story of a decision is worded in Slack: no code names, no abbreviations, no ids."""

import re

from agent.domain.claims.allowed import holds_money
from agent.domain.decision import CandidateRecord, RuleRecord
from agent.domain.facts import Fact
from agent.domain.weighing import true_since
from integrations.slack import blocks as b
from integrations.slack.blocks import Element
from integrations.telling.case import Case, values_of
from integrations.telling.mattering import written

SOURCES = {"crm": "CRM", "usage": "product usage"}
"""Sources that are not called by their own name."""

LONGEST_VALUE = 160
"""Characters of one value or name in a card: what stands behind it must be seen too."""

_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "mo": "month", "y": "year"}
_LENGTH = re.compile(r"\b([\d.]+) (s|min|h|d|mo|y)\b")
_FIGURE = re.compile(r"(-?[\d,]+(\.\d+)?(e[+-]?\d+)?)?")
_CODE = re.compile(r"\b[a-z]+(_[a-z]+)+\b")


def said(event_type: str) -> str:
    """An event type as people say it: `deal.stage_changed` is «deal stage changed»."""
    return event_type.replace(".", " ").replace("_", " ")


def in_full(length: str) -> str:
    """A length of time with its unit written out: `14 d` is «14 days»."""
    return _LENGTH.sub(lambda found: f"{found[1]} {_UNITS[found[2]]}{'' if found[1] == '1' else 's'}", length)


def without_code(text: str) -> str:
    """A sentence of ours with blanks for the underscores of roles."""
    return _CODE.sub(lambda found: said(found[0]), text)


def without_rule(case: Case, reason: str) -> str:
    """A reason without the name of the rule that it begins with: it is found behind Why."""
    name, colon, rest = reason.partition(": ")
    known = {rule.id for candidate in case.decision.candidates for rule in candidate.rules}
    return rest if colon and name in known else reason


def fact_line(case: Case, fact: Fact) -> list[Element]:
    """A fact with its value, its source, from when it is, and whether it may be relied on. Its age would stand still on a card."""
    since = true_since(fact)
    dated = [b.words(", as of ", italic=True), b.moment(since)] if since else []
    doubt = [b.words(f" — {fact.status}", italic=True)] if fact.status != "fresh" else []
    name, value = labelled(fact.name, written(fact), case.currency)
    return [
        b.words(f"{b.sentence(name)}: "),
        b.words(b.cut(value, LONGEST_VALUE), bold=True),
        b.words(f"  {SOURCES.get(fact.source, fact.source)}", italic=True),
        *dated,
        *doubt,
    ]


def labelled(name: str, value: str, currency: str = "") -> tuple[str, str]:
    """The name of a fact or a parameter and its value, as people read them: a percentage has its sign, an amount its currency, a word has blanks
    for underscores. An empty value stands for its unit alone.
    """
    if name.endswith("_pct"):
        return said(name.removesuffix("_pct")), f"{value}%"
    if holds_money(name.rpartition(".")[2]) and _FIGURE.fullmatch(value):
        return said(name), f"{value} {currency}".strip()
    return said(name), said(value) if _CODE.fullmatch(value) else value


def read_by(rule: RuleRecord, currency: str) -> str:
    """What a rule read when it took hold, in brackets; without what only says which kind of thing was judged."""
    told = [labelled(name.partition(".")[2], value, currency) for name, value in values_of(rule) if name not in _KINDS]
    return f" ({', '.join(f'{name}: {value}' for name, value in told)})" if told else ""


_KINDS = frozenset({"event.type", "event.request", "candidate.kind", "candidate.play"})


_NOTICED = {
    "deal.silent": "The deal has been silent",
    "contract.renewal_window": "The renewal window is open",
    "contract.notice_deadline": "The notice deadline is near",
    "ticket.sla_at_risk": "The ticket's SLA is at risk",
}
"""What our own clock tells: nobody did anything."""


def happened(event_type: str) -> str:
    """What an event was, as a sentence begins."""
    if event_type in _NOTICED:
        return _NOTICED[event_type]
    return "A colleague asked for this" if event_type.startswith("request.") else b.sentence(said(event_type))


def lacked(case: Case, candidate: CandidateRecord) -> str:
    """What would have let a candidate through, without the title of the chosen one, which stands above anyway."""
    said_of = candidate.counterfactual or "ranked below"
    if case.chosen is None:
        return said_of
    return re.sub(rf"^ranked below '{re.escape(case.chosen.title)}'( \([^)]*\))?: ", "", said_of)
