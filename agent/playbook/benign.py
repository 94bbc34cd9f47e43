"""A situation in which all is well: a value for every fact, such that no rule of courtesy, law or sense objects."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""The moment of every case: a Tuesday morning."""

ACCOUNT, RECIPIENT, GROUP, SUBJECT = "acc_case", "con_case", "grp_case", "sub_case"
MATERIALS = {"assets": "ast_case", "articles": "art_case"}

OF: dict[str, str] = {
    "contact": RECIPIENT,
    "group": GROUP,
    "asset": MATERIALS["assets"],
    "article": MATERIALS["articles"],
}
"""The entity that a fact belongs to, by root, where there is one fact for each entity."""


def _under(root: str, **values: Any) -> dict[str, Any]:
    return {f"{root}.{name}": value for name, value in values.items()}


_ACCOUNT = _under(
    "account", id=ACCOUNT, name="Case Ltd", tier="mid_market", lifecycle="customer", industry="logistics", country="DE",
    plan="Business", products=["flow"], arr=60000.0, ai_processing=True, legal_hold=False, dispute=False,
    escalation_open=False, onboarding_days_late=0.0, onboarding_progress=1.0, helpdesk_linked=True, health=70.0,
    open_p1_tickets=0.0, open_tickets=0.0, days_since_contact=20.0, open_commercial_threads=0.0, days_since_reply=15.0,
)  # fmt: skip
_FAMILY = _under("family", size=1.0, dispute=False, legal_hold=False, escalation_open=False, open_p1_tickets=0.0)
_OWNER = _under("owner", id="u_owner", name="Olga Owner", active=True, away=False, confirmed_days=10.0)
_USAGE = _under(
    "usage", active_users=45.0, seats=50.0, seat_use=0.9, change_30d=0.0, adoption=0.6, days_since_login=0.0,
)  # fmt: skip
_CONTRACT = _under(
    "contract", id="ctr_case", status="active", plan="Business", end="2027-02-28T00:00:00+00:00",
    notice_deadline="2027-01-10T00:00:00+00:00", days_to_end=96.0, days_to_notice=47.0, auto_renew=True, value=60000.0,
    seats=50.0, support_tier="priority", entitlements=[],
)  # fmt: skip
_DEAL = _under(
    "deal", id=SUBJECT, name="Case deal", kind="new", stage="proposal", days_in_stage=5.0, amount=40000.0,
    currency="EUR", close_in_days=30.0, interest="security", competitor="Rivalsoft", objection="pricing",
    owner="u_owner", contacts_engaged=2.0, days_since_activity=6.0, requested_discount_pct=5.0,
    discount_requested_by="", deleted=False, rate=1.0,
)  # fmt: skip
_TICKET = _under(
    "ticket", id=SUBJECT, subject="How do I share a report?", type="question", priority="p3", status="open",
    product="flow", group="grp_first", group_tier=1.0, group_area="support",
    assignee="u_agent", language="en", tags=[], incident="INC-1", age_minutes=5.0,
    minutes_to_sla=400.0, human_active=False, reopened=False, refund_amount=100.0, customer_messages=1.0,
    safety_words=[], words=30.0, deleted=False,
)  # fmt: skip
_TRIAGE = _under(
    "triage", kind="question", kind_by="helpdesk", kind_chance=1.0, product="flow", product_by="helpdesk", product_chance=1.0, language="en",
    language_by="helpdesk", language_chance=1.0, out_of_scope=False, familiar=0.5, disputed=False, severity=[], upset=False, upset_words=[],
    automatic=False, automatic_by=None, model="triage-case", prompt=None,
)  # fmt: skip
_CONTACT = _under(
    "contact", id=RECIPIENT, name="Carla Case", first_name="Carla", role="champion", title="Head of Operations",
    language="en", timezone="UTC", opted_out=False, do_not_contact=False, hard_bounced=False, left_company=False,
    marketing_consent="granted", consent_required=True,
)  # fmt: skip
_GROUP = _under(
    "group", id=GROUP, name="Second tier", area="support", tier=2.0, reachable=True, open_now=True, on_call="u_lead",
    on_call_name="Lena Lead", handles_product=True,
)  # fmt: skip
_MATERIAL: dict[str, Any] = {
    "title": "A good answer", "language": "en", "strength": 0.8, "topics": ["security", "pricing"],
    "visibility": "public", "kind": "guide", "stages": ["proposal"], "product": "flow",
}  # fmt: skip

BENIGN: dict[str, Any] = {
    **_under("event", source="case", actor="u_owner", age_minutes=0.0, request=""),
    **_ACCOUNT, **_FAMILY, **_OWNER, **_USAGE, **_CONTRACT, **_DEAL, **_TICKET, **_TRIAGE, **_CONTACT, **_GROUP,
    "search.articles": True, "search.assets": True,
    **_under("asset", id=MATERIALS["assets"], **_MATERIAL), **_under("article", id=MATERIALS["articles"], **_MATERIAL),
}  # fmt: skip
"""A value for every fact that a source gives, by name."""
