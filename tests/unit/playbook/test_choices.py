"""What the default playbook chooses in situations that a RevOps lead or a support lead would recognise."""

from dataclasses import replace

import pytest

from agent.domain.deciding import Judgement
from agent.domain.playbook import Playbook
from agent.playbook.loader import DEFAULT, load
from tests.unit.playbook.situations import ENGINEERS, TIERS, Situation, article, asset

SECURITY = asset("ast_security", 0.9, topics=("security",), kind="security_pack")
PRICING = asset("ast_roi", 0.7, topics=("roi", "pricing"), kind="calculator")
ADOPTION = asset("ast_adoption", 0.75, topics=("adoption",))
WEAK = asset("ast_weak", 0.3)
GROUPS = (*TIERS, ENGINEERS)
SHORT, LONG = 9.0, 80.0
UNHAPPY = {"account.arr": 200000.0, "contract.value": 200000.0, "account.tier": "enterprise", "account.health": 45.0}
RIVAL = {"deal.competitor": "Rivalsoft", "deal.objection": "pricing"}


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load(DEFAULT)


def ticket(event: str = "ticket.created", strength: float | None = None, **facts: object) -> Situation:
    """A ticket with an article of this strength, in a helpdesk with three groups."""
    values = {f"ticket.{name}": value for name, value in {"words": LONG, **facts}.items()}
    found = () if strength is None else (article("art_1", strength),)
    return Situation(event, values, materials=found, groups=GROUPS)


CHOICES = {
    "a quiet deal with the contract out gets the security pack": (
        Situation(
            "deal.silent", {"deal.stage": "contract_sent", "deal.days_since_activity": 7.0},
            materials=(SECURITY, PRICING),
        ),
        "follow-up-content/con_case/ast_security",
    ),
    "a deal that has just moved gets it too": (
        Situation("deal.stage_changed", {"deal.stage": "contract_sent"}, materials=(SECURITY, PRICING)),
        "follow-up-content/con_case/ast_security",
    ),
    "an objection is answered": (
        Situation("deal.stage_changed", {"deal.objection": "pricing"}, materials=(SECURITY, PRICING)),
        "objection-pack/con_case/ast_roi",
    ),
    "one contact and nothing good to send": (
        Situation("deal.silent", {"deal.contacts_engaged": 1.0}, materials=(WEAK,)), "multi-thread",
    ),
    "a small new deal without fitting content": (
        Situation("deal.created", {"deal.stage": "discovery", "deal.amount": 900.0}, materials=(WEAK,)), None,
    ),
    "a discount against a rival": (
        Situation("deal.discount_requested", {**RIVAL, "deal.requested_discount_pct": 8.0}, materials=(PRICING,)),
        "retention-offer/con_case?discount_pct=8.0",
    ),
    "a discount that would cost more than it saves": (
        Situation("deal.discount_requested", {**RIVAL, "deal.requested_discount_pct": 30.0}, materials=(PRICING,)),
        "objection-pack/con_case/ast_roi",
    ),
    "a discount for a healthy account": (
        Situation(
            "deal.discount_requested",
            {"deal.objection": "security", "account.health": 85.0, "deal.requested_discount_pct": 15.0},
            materials=(SECURITY,),
        ),
        "objection-pack/con_case/ast_security",
    ),
    "a won deal": (Situation("deal.stage_changed", {"deal.stage": "won"}, materials=(SECURITY,)), None),
    "a renewal in its window": (Situation("contract.renewal_window"), "renewal-play/con_case"),
    "a renewal of a large and unhappy account": (Situation("contract.renewal_window", UNHAPPY), "executive-check-in"),
    "falling use": (
        Situation("usage.dropped", {"usage.change_30d": -0.25, "usage.seat_use": 0.5}, materials=(ADOPTION,)),
        "adoption-help/con_case/ast_adoption",
    ),
    "steeply falling use of a large account": (
        Situation(
            "usage.dropped", {**UNHAPPY, "usage.change_30d": -0.5, "usage.seat_use": 0.5}, materials=(ADOPTION,)
        ),
        "executive-check-in",
    ),
    "growing use": (
        Situation("usage.reported", {"usage.change_30d": 0.12, "usage.seat_use": 0.96, "account.health": 85.0}),
        "expansion/con_case",
    ),
    "steady use": (Situation("usage.reported", {"usage.seat_use": 0.7}, materials=(ADOPTION,)), None),
    "a late onboarding": (
        Situation(
            "onboarding.overdue",
            {"account.lifecycle": "onboarding", "account.onboarding_days_late": 10, "account.onboarding_progress": 0.4},
            materials=(ADOPTION,),
        ),
        "onboarding-rescue/con_case",
    ),
    "a question with a strong article": (ticket(strength=0.8), "help-article-public/con_case/art_1"),
    "a question of few words and a weak article": (ticket(strength=0.3, words=SHORT), "ask-for-details/con_case"),
    "a question of few words and no article": (ticket(words=SHORT), "ask-for-details/con_case"),
    "a long question and a weak article": (ticket(strength=0.3), None),
    "a fault with a weak article": (ticket(strength=0.3, type="bug"), "bug-report/grp_eng"),
    "a fault in few words": (ticket(strength=0.3, type="bug", words=SHORT), "ask-for-details/con_case"),
    "a known incident": (ticket(strength=0.8, incident="INC-7", type="problem"), "incident-notice/con_case"),
    "a small refund": (ticket(type="refund", refund_amount=90.0), "refund-request?refund=90.0"),
    "a large refund": (ticket(type="refund", refund_amount=900.0), "refund-request?refund=900.0"),
    "a refund for what is not needed": (
        ticket(type="refund", refund_amount=900.0, tags=["downgrade"]), "replacement-option/con_case",
    ),
    "a new P1": (ticket(strength=0.9, priority="p1", type="incident"), "escalate-to-group/grp_eng"),
    "a new urgent problem stays with the first line": (ticket(strength=0.4, priority="p2", type="problem"), None),
    "raised to P2": (ticket("ticket.priority_changed", priority="p2"), "escalate-to-group/grp_two"),
    "raised to P1": (ticket("ticket.priority_changed", priority="p1"), "escalate-to-group/grp_two"),
    "raised to P3": (ticket("ticket.priority_changed", priority="p3"), None),
    "about to break its SLA": (
        ticket("ticket.sla_at_risk", priority="p3", minutes_to_sla=40.0), "escalate-to-group/grp_two",
    ),
    "a P1 that a person has placed": (ticket("ticket.group_changed", priority="p1"), None),
    "danger in a comment": (
        ticket("ticket.comment_added", safety_words=["fire"], priority="p4"), "escalate-to-group/grp_two",
    ),
    "an agent asks for an article": (ticket("request.article", strength=0.7), "help-article-internal/art_1"),
    "an agent asks for people": (
        ticket("request.escalation", strength=0.9, priority="p4"), "escalate-to-group/grp_two",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_the_sensible_play_wins(playbook: Playbook, name: str) -> None:
    situation, expected = CHOICES[name]
    judgement = situation.decide(playbook)
    assert judgement.choice == expected, scores(judgement)


def test_an_article_that_only_colleagues_may_read_goes_to_the_agent(playbook: Playbook) -> None:
    situation = replace(ticket(), materials=(article("art_1", 0.8, visibility="internal"),))
    assert situation.decide(playbook).choice == "help-article-internal/art_1"


def test_a_required_escalation_runs_at_once(playbook: Playbook) -> None:
    judgement = ticket(priority="p1").decide(playbook)
    assert (judgement.route, [r.code for r in judgement.reasons]) == ("act", ["required"])


def test_a_required_escalation_that_cannot_run_is_never_silent(playbook: Playbook) -> None:
    nobody = replace(ticket(priority="p1"), unreachable=("grp_two", "grp_eng"))
    assert nobody.decide(playbook).unmet == ("escalate-to-group",)
    assert replace(ticket(priority="p1"), groups=()).decide(playbook).unmet == ("escalate-to-group",)


def test_a_large_discount_asks_sales_manager_and_deal_desk(playbook: Playbook) -> None:
    facts = {**RIVAL, "deal.requested_discount_pct": 22.0, "deal.amount": 170000.0}
    judgement = Situation("deal.discount_requested", facts, materials=(PRICING,)).decide(playbook)
    assert judgement.route == "ask"
    assert judgement.roles == ("sales_manager", "deal_desk")


def test_nothing_is_sold_while_a_p1_is_open_in_the_family(playbook: Playbook) -> None:
    facts = {"family.open_p1_tickets": 1.0, "deal.contacts_engaged": 1.0}
    judgement = Situation("deal.silent", facts, materials=(SECURITY,)).decide(playbook)
    assert judgement.choice == "multi-thread"
    assert judgement.counterfactuals["follow-up-content/con_case/ast_security"] == "allowed if the P1 were closed"


def test_consent_cannot_be_approved_away(playbook: Playbook) -> None:
    judgement = Situation("contract.renewal_window", {"contact.opted_out": True}).decide(playbook)
    assert judgement.counterfactuals["renewal-play/con_case"].startswith("no approval can allow this")


def test_a_refund_is_asked_of_billing(playbook: Playbook) -> None:
    judgement = ticket(type="refund", refund_amount=90.0).decide(playbook)
    assert (judgement.route, judgement.roles) == ("ask", ("billing",))


def scores(judgement: Judgement) -> str:
    """What each candidate was worth, for the reader of a failure."""
    return ", ".join(f"{name} {score.priority} {judgement.verdicts[name].verdict}" for name, score in judgement.scores.items())
