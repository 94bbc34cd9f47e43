"""Decisions at their largest, to see that what is shown of them keeps Slack's limits, and at their most hostile."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent.domain.decision import CandidateRecord, Decision, RuleRecord
from agent.domain.facts import Fact
from agent.domain.plays import Play
from agent.domain.records import Approval
from integrations.slack.card import Card
from integrations.telling.case import Case
from tests.unit.cli.made import AT, ask, clause, fact
from tests.unit.cli.made import candidate as made_candidate
from tests.unit.cli.made import decision as made_decision
from tests.unit.db.build import approval
from tests.unit.domain.building import play

MARKUP = "<!channel> <@U0BOSS> <https://evil.example|your bank> *bold* _it_ ~st~ `code` &lt;b&gt; :tada: \n> quote\n- list \u202eabc\u200b\x00"
TEXTS = {
    "usual": "Brennecke Maschinenbau GmbH",
    "empty": "",
    "blanks": " \n\t ",
    "long": "Aktiengesellschaft " * 300,
    "one word": "x" * 6_000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 250,
    "four bytes": "\U0001d518" * 3500,
    "right to left": "שלום עולם " * 400,
    "markup": MARKUP * 30,
}
"""Texts that customers, models and colleagues can make anything be called."""


def rules(text: str, count: int, effect: str = "forbid") -> list[RuleRecord]:
    """So many rules that took hold, each saying the text of several values."""
    return [
        RuleRecord(id=f"rule-{n}-{text[:300]}", effect=effect, layer="suitability", matched=True, until=AT, of=["sales_manager"],
                   clauses=[clause(f"c{m}", text or "says nothing", {f"deal.fact_{m}": text, "deal.amount": [text] * 5}) for m in range(3)])
        for n in range(count)
    ]  # fmt: skip


def facts(text: str, count: int = 20) -> list[Fact]:
    """So many facts with the text as value, source and name of the account."""
    return [
        fact("account.name", text), fact("deal.amount", 1e15), fact("contact.name", text, of="con_1"),
        *(fact(f"deal.fact_{n}", text, source=text[:500] or "crm", status="stale" if n % 2 else "fresh") for n in range(count)),
    ]  # fmt: skip


def candidates(text: str, count: int) -> list[CandidateRecord]:
    """The choice, and so many that lost."""
    chosen = made_candidate(
        "offer-1", "make-offer", "ask", 1e12, title=text, rules=rules(text, 40, "ask"), params={"discount_pct": 12.345678, "why": text}
    )
    lost = [made_candidate(f"lost-{n}", f"play-{n}", "forbid" if n % 2 else "allow", float(n), title=text, rules=rules(text, 40 if n < 4 else 1),
                           counterfactual=text, material=f"ast_{n}") for n in range(count)]  # fmt: skip
    return [chosen, *lost]


def decision(text: str, *, count: int = 60, **changes: Any) -> Decision:
    """A decision in which everything that can be said is the text, many times."""
    usual = made_decision()
    assert usual.proposal is not None
    reasons = [usual.reasons[0].model_copy(update={"text": f"{n} {text}"}) for n in range(40)]
    proposal = usual.proposal.model_copy(update={
        "content": {"subject": text, "body": text * 3, "ps": text}, "params": {"discount_pct": 12.345678, "why": text}, "notes": [text] * 20,
        "used": {f"deal.fact_{n}": text for n in range(20)}, "send_at": AT,
    })  # fmt: skip
    asks = [ask("sales_manager", "rejected", answered_by=f"{n}@x.example", reason="irrelevant", note=text, at=AT) for n in range(30)]
    actions = [usual.actions[1].model_copy(update={"step": n, "error": text, "target": text or "acc"}) for n in range(30)]
    values = {
        "facts": facts(text), "candidates": candidates(text, count), "reasons": reasons, "proposal": proposal, "approvals": asks, "actions": actions,
    }  # fmt: skip
    return usual.model_copy(update={**values, **changes})


PLAY: Play = play(
    "make-offer",
    title="Make an offer",
    params={
        "discount_pct": {"type": "number", "default": 0, "min": 0, "max": 40, "about": "in per cent " * 100},
        "why": {"type": "text", "default": ""},
        "now": {"type": "flag", "default": False},
        **{f"param_{n}_{'x' * 100}": {"type": "text", "default": "a"} for n in range(20)},
    },
)


def called(text: str) -> dict[str, str]:
    """Colleagues who are all called like the text."""
    return {f"{who}@x.example": text for who in ("eva", *range(30))}


def card(text: str, ask_: Approval | None = None, **changes: Any) -> Card:
    """The card of such a decision."""
    people = tuple(f"{n}{'.long' * 40}@example.com" for n in range(40))
    one = replace(
        ask_ or approval(), asked=people, allowed=people, needed_role=("sales_manager_" * 20)[:200], note=text, created_at=AT,
        expires_at=AT + timedelta(hours=8), difference=tuple(f"{n} {text}" for n in range(30)),
    )  # fmt: skip
    others = [replace(one, id=f"apr_other_{n}", needed_role=f"role_{n}" * 30) for n in range(20)]
    members = {email: f"U{n}" for n, email in enumerate(people[:3])}
    return replace(Card(Case(decision(text), AT, "EUR"), one, PLAY, members, [one, *others], names=called(text)), **changes)
