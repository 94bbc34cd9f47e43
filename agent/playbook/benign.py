"""A situation in which all is well: one value for every fact, chosen so that no rule of courtesy, law or sense objects."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""The moment of every case: a Tuesday morning."""

ACCOUNT, RECIPIENT, GROUP, SUBJECT = "acc_case", "con_case", "grp_case", "sub_case"
MATERIALS = {"assets": "ast_case", "articles": "art_case"}

_ACCOUNT = {
    "account.id": ACCOUNT, "account.name": "Case Ltd", "account.tier": "mid_market", "account.lifecycle": "customer",
    "account.industry": "logistics", "account.country": "DE", "account.plan": "Business", "account.products": ["flow"],
    "account.arr": 60000.0, "account.ai_processing": True, "account.legal_hold": False, "account.dispute": False,
    "account.escalation_open": False, "account.onboarding_days_late": 0.0, "account.onboarding_progress": 1.0,
    "account.helpdesk_linked": True, "account.health": 70.0, "account.open_p1_tickets": 0.0, "account.open_tickets": 0.0,
    "account.days_since_contact": 20.0, "account.open_commercial_threads": 0.0, "account.days_since_reply": 15.0,
    "family.size": 1.0, "family.dispute": False, "family.legal_hold": False, "family.escalation_open": False,
    "family.open_p1_tickets": 0.0, "owner.id": "u_owner", "owner.name": "Olga Owner", "owner.active": True,
    "owner.away": False, "owner.confirmed_days": 10.0,
    "usage.active_users": 45.0, "usage.seats": 50.0, "usage.seat_use": 0.9, "usage.change_30d": 0.0, "usage.adoption": 0.6,
    "usage.days_since_login": 0.0,
}  # fmt: skip
_CONTRACT = {
    "contract.id": "ctr_case", "contract.status": "active", "contract.plan": "Business", "contract.end": "2027-02-28T00:00:00+00:00",
    "contract.notice_deadline": "2027-01-10T00:00:00+00:00", "contract.days_to_end": 96.0, "contract.days_to_notice": 47.0,
    "contract.auto_renew": True, "contract.value": 60000.0, "contract.seats": 50.0, "contract.support_tier": "priority",
    "contract.entitlements": [],
}  # fmt: skip
_DEAL = {
    "deal.id": SUBJECT, "deal.name": "Case deal", "deal.kind": "new", "deal.stage": "proposal", "deal.days_in_stage": 5.0,
    "deal.amount": 40000.0, "deal.currency": "EUR", "deal.close_in_days": 30.0, "deal.interest": "security",
    "deal.competitor": "Rivalsoft", "deal.objection": "pricing", "deal.owner": "u_owner", "deal.contacts_engaged": 2.0,
    "deal.days_since_activity": 6.0, "deal.requested_discount_pct": 5.0, "deal.discount_requested_by": "",
    "deal.deleted": False, "deal.rate": 1.0,
}  # fmt: skip
_TICKET = {
    "ticket.id": SUBJECT, "ticket.subject": "How do I share a report?", "ticket.type": "question", "ticket.priority": "p3",
    "ticket.status": "open", "ticket.product": "flow", "ticket.group": "grp_first", "ticket.assignee": "u_agent",
    "ticket.language": "en", "ticket.tags": [], "ticket.incident": "INC-1", "ticket.age_minutes": 5.0,
    "ticket.minutes_to_sla": 400.0, "ticket.human_active": False, "ticket.reopened": False, "ticket.refund_amount": 100.0,
    "ticket.customer_messages": 1.0, "ticket.safety_words": [], "ticket.words": 30.0, "ticket.deleted": False,
}  # fmt: skip
_CONTACT = {
    "contact.id": RECIPIENT, "contact.name": "Carla Case", "contact.first_name": "Carla", "contact.role": "champion",
    "contact.title": "Head of Operations", "contact.language": "en", "contact.opted_out": False, "contact.do_not_contact": False,
    "contact.hard_bounced": False, "contact.left_company": False, "contact.marketing_consent": "granted",
    "contact.consent_required": True,
}  # fmt: skip
_GROUP = {
    "group.id": GROUP, "group.name": "Second tier", "group.area": "support", "group.tier": 2.0, "group.reachable": True,
    "group.open_now": True, "group.on_call": "u_lead",
}  # fmt: skip
_OF_MATERIAL = {
    "title": "A good answer", "language": "en", "strength": 0.8, "topics": ["security", "pricing"], "visibility": "public",
    "kind": "guide", "stages": ["proposal"], "product": "flow",
}  # fmt: skip
_ASSET = {"asset.id": MATERIALS["assets"], **{f"asset.{name}": value for name, value in _OF_MATERIAL.items()}}
_ARTICLE = {"article.id": MATERIALS["articles"], **{f"article.{name}": value for name, value in _OF_MATERIAL.items()}}

BENIGN: dict[str, Any] = {
    "event.source": "case", "event.actor": "u_owner", "event.age_minutes": 0.0, "event.request": "",
    **_ACCOUNT, **_CONTRACT, **_DEAL, **_TICKET, **_CONTACT, **_GROUP, **_ASSET, **_ARTICLE,
}  # fmt: skip
"""A value for every fact that a source gives, by name."""

OF: dict[str, str] = {
    "contact": RECIPIENT, "group": GROUP, "asset": MATERIALS["assets"], "article": MATERIALS["articles"],
}  # fmt: skip
"""The entity that a fact belongs to, by root, where there is one fact for each entity."""
