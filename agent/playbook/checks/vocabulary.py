"""Are facts compared with words that they can have? `ticket.priority == "P1"` is valid, and never true."""

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.domain.playbook import Playbook
from agent.domain.triage_words import KINDS
from agent.playbook.expressions import Expression, expressions_of
from agent.playbook.findings import Finding, about

TOLD_BY = ("helpdesk", "rule", "examples", "model")

WORDS: Mapping[str, Sequence[str]] = {
    "account.tier": ("strategic", "enterprise", "mid_market", "smb"),
    "account.lifecycle": ("prospect", "onboarding", "customer", "churned"),
    "contact.role": ("champion", "economic_buyer", "technical_buyer", "executive", "admin", "user", "billing", "legal"),
    "contact.marketing_consent": ("granted", "withdrawn", "pending", "none"),
    "deal.stage": (
        "discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won", "lost",
    ),
    "deal.kind": ("new", "expansion", "renewal"),
    "contract.status": ("active", "ended", "renewed"),
    "contract.support_tier": ("standard", "priority", "premium"),
    "ticket.priority": ("p1", "p2", "p3", "p4"),
    "ticket.status": ("new", "open", "pending", "solved", "closed"),
    "ticket.type": KINDS,
    "triage.kind": KINDS,
    "triage.kind_by": TOLD_BY,
    "triage.product_by": TOLD_BY,
    "triage.language_by": ("helpdesk", "text"),
    "group.area": ("support", "engineering", "billing", "security", "success"),
    "ticket.group_area": ("support", "engineering", "billing", "security", "success"),
    "article.visibility": ("public", "internal"),
    "asset.kind": (
        "case_study", "one_pager", "guide", "video", "calculator", "security_pack", "comparison", "webinar",
        "checklist", "template",
    ),
    "candidate.channel": ("email", "ticket", "internal"),
    "play.reach": ("internal", "customer"),
    "play.purpose": ("marketing", "service", "contractual"),
    "play.risk": ("low", "medium", "high"),
    "surface.area": ("revenue", "support"),
    "surface.mode": ("off", "shadow", "suggest", "auto"),
}  # fmt: skip
"""The words that a fact has."""

CLOSED = WORDS.keys() - {"contract.support_tier"}
"""Those that have no other word, whatever the source: a condition on another can never be true."""

RANGES: Mapping[str, tuple[float, float]] = {
    "account.health": (0, 100),
    "account.onboarding_progress": (0, 1),
    "usage.adoption": (0, 1),
    "asset.strength": (0, 1),
    "article.strength": (0, 1),
    "candidate.discount_pct": (0, 100),
    "deal.requested_discount_pct": (0, 100),
    **dict.fromkeys(("triage.kind_chance", "triage.product_chance", "triage.language_chance", "triage.familiar"), (0, 1)),
    "ticket.group_tier": (0, 3),
    "group.tier": (1, 3),
}
"""The least and the most that a number means anything between, where its scale is agreed."""

_QUOTED = r"""(?:"[^"]*"|'[^']*')"""
_COMPARED = re.compile(rf"\b([a-z_]+\.[a-z_]+)\s*(?:[=!]=\s*({_QUOTED})|in\s+(\[[^\]]*\]|params\.[a-z_]+))")

_MEASURED = re.compile(r"\b([a-z_]+\.[a-z_]+)\s*(?:[<>=!]=|[<>])\s*(-?\d+(?:\.\d+)?|params\.[a-z_]+)")


def check_vocabulary(playbook: Playbook) -> Iterator[Finding]:
    """Comparisons with a word that the fact never has, or with a number off its scale."""
    words = {**WORDS, **_of(playbook)}
    for expression in expressions_of(playbook):
        for fact, word in _comparisons(expression):
            if fact in words and word and word not in words[fact]:
                message = f"{fact} is never '{word}'; it can be {', '.join(sorted(words[fact]))}"
                yield about(expression, "warning", message)
        for fact, value in _measures(expression):
            low, high = RANGES.get(fact, (value, value))
            if not low <= value <= high:
                yield about(expression, "warning", f"{fact} lies between {low:g} and {high:g}; {value:g} is off that scale")


def _measures(expression: Expression) -> Iterator[tuple[str, float]]:
    for fact, against in _MEASURED.findall(expression.source):
        value = expression.params.get(against.removeprefix("params.")) if against.startswith("params.") else float(against)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield fact, float(value)


def _of(playbook: Playbook) -> dict[str, Sequence[str]]:
    return {
        "event.type": [name for surface in playbook.surfaces.values() for name in surface.trigger.types],
        "surface.id": list(playbook.surfaces),
        "play.id": list(playbook.plays),
        "play.kind": [play.kind for play in playbook.plays.values()],
    }


def _comparisons(expression: Expression) -> Iterator[tuple[str, str]]:
    for fact, single, several in _COMPARED.findall(expression.source):
        if single:
            yield fact, single[1:-1]
        elif several.startswith("params."):
            value = expression.params.get(several.removeprefix("params."))
            yield from ((fact, str(one)) for one in (value if isinstance(value, list | tuple) else ()))
        else:
            yield from ((fact, quoted[1:-1]) for quoted in re.findall(_QUOTED, several))
