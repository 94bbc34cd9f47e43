"""Every fact name that a rule, a play or a template may use, with its type, source and maximum age.

Names are `root.field`. Facts about the subject and its account exist once; `contact.*` exists once per possible recipient, `group.*`
once per possible target, `asset.*` and `article.*` once per piece of content that the search found.
"""

from datetime import timedelta

from agent.domain.facts import FactSpec, FactType

DAY = timedelta(days=1)


def _specs(source: str, *rows: tuple[str, FactType, str], measured: timedelta | None = None) -> list[FactSpec]:
    if measured is not None:
        return [FactSpec(n, t, source, about, max_age=measured, ages_from="as_of") for n, t, about in rows]
    return [FactSpec(n, t, source, about) for n, t, about in rows]


_EVENT = _specs(
    "event",
    ("event.type", "text", "what happened, e.g. deal.stage_changed"),
    ("event.source", "text", "the system that reported it"),
    ("event.actor", "text", "who did it, as the source names them"),
    ("event.age_minutes", "number", "minutes since it happened"),
    ("event.request", "text", "what a person asked for: article, escalation, discount, …"),
    ("event.article", "text", "the article that a person picked; empty when they picked none"),
)
_ACCOUNT = _specs(
    "crm",
    ("account.id", "text", "our id of the account"),
    ("account.name", "text", "its name"),
    ("account.tier", "text", "strategic, enterprise, mid_market or smb"),
    ("account.lifecycle", "text", "prospect, onboarding, customer or churned"),
    ("account.industry", "text", "its industry"),
    ("account.country", "text", "two-letter country code"),
    ("account.plan", "text", "the plan it has bought"),
    ("account.products", "list", "the modules it has bought"),
    ("account.arr", "number", "annual recurring revenue in the reporting currency"),
    ("account.ai_processing", "flag", "the contract allows AI processing of its data"),
    ("account.legal_hold", "flag", "legal has put the account on hold"),
    ("account.dispute", "flag", "a billing or contract dispute is open"),
    ("account.escalation_open", "flag", "an executive escalation is open"),
    ("account.onboarding_days_late", "number", "days past the onboarding due date; 0 when on time or done"),
    ("account.onboarding_progress", "number", "share of onboarding steps done, 0 to 1"),
    ("account.helpdesk_linked", "flag", "the account is linked to the helpdesk"),
)
_MEASURED = [
    *_specs("crm", ("account.health", "number", "health score, 0 to 100"), measured=14 * DAY),
    *_specs(
        "usage",
        ("usage.active_users", "number", "users active in the last 30 days"),
        ("usage.seats", "number", "seats bought"),
        ("usage.seat_use", "number", "active users divided by seats"),
        ("usage.change_30d", "number", "change of activity over 30 days, -1 to …"),
        ("usage.adoption", "number", "share of key features in use, 0 to 1"),
        ("usage.days_since_login", "number", "days since anybody logged in"),
        measured=7 * DAY,
    ),
]
_FAMILY = _specs(
    "crm",
    ("family.size", "number", "accounts in the family, this one included"),
    ("family.dispute", "flag", "a dispute is open anywhere in the family"),
    ("family.legal_hold", "flag", "a legal hold anywhere in the family"),
    ("family.escalation_open", "flag", "an executive escalation anywhere in the family"),
) + _specs(
    "helpdesk",
    ("family.open_p1_tickets", "number", "open P1 tickets anywhere in the family; missing unless every member is linked or one is found"),
    ("account.open_p1_tickets", "number", "open P1 tickets of this account"),
    ("account.open_tickets", "number", "open tickets of this account"),
)
_CONTACTED = _specs(
    "touches",
    ("account.days_since_contact", "number", "days since anybody contacted the account"),
    ("account.open_commercial_threads", "number", "commercial conversations that a colleague began in the last 5 days, and that await an answer"),
    ("account.days_since_reply", "number", "days since the customer last answered"),
)
_OWNER = _specs(
    "directory",
    ("owner.id", "text", "who owns the account"),
    ("owner.name", "text", "the owner's name"),
    ("owner.active", "flag", "the owner still works here"),
    ("owner.away", "flag", "the owner is absent now"),
    ("owner.confirmed_days", "number", "days since the ownership was last confirmed"),
)
_DEAL = _specs(
    "crm",
    ("deal.id", "text", "our id of the deal"),
    ("deal.name", "text", "its name"),
    ("deal.kind", "text", "new, expansion or renewal"),
    ("deal.stage", "text", "discovery, qualified, evaluation, proposal, negotiation, contract_sent, won or lost"),
    ("deal.days_in_stage", "number", "days since it entered the stage"),
    ("deal.amount", "number", "amount in the reporting currency"),
    ("deal.currency", "text", "the currency it is sold in"),
    ("deal.close_in_days", "number", "days to the close date; negative when past"),
    ("deal.interest", "text", "the topic the buyer cares about"),
    ("deal.competitor", "text", "the competitor named, if any"),
    ("deal.objection", "text", "the objection raised, if any"),
    ("deal.owner", "text", "who owns the deal"),
    ("deal.contacts_engaged", "number", "contacts on the deal"),
    ("deal.days_since_activity", "number", "days since the last activity"),
    ("deal.requested_discount_pct", "number", "discount asked for, in percent; 0 when none"),
    ("deal.discount_requested_by", "text", "who asked for the discount"),
    ("deal.deleted", "flag", "the deal was deleted at the source"),
)
_RATES = [FactSpec("deal.rate", "number", "rates", "exchange rate to the reporting currency", max_age=7 * DAY, ages_from="as_of")]
_CONTRACT = _specs(
    "crm",
    ("contract.id", "text", "our id of the contract in force"),
    ("contract.status", "text", "active, ended or renewed"),
    ("contract.plan", "text", "the plan"),
    ("contract.end", "time", "the day it ends"),
    ("contract.notice_deadline", "time", "the last day on which notice can be given"),
    ("contract.days_to_end", "number", "days to the end"),
    ("contract.days_to_notice", "number", "days to the notice deadline; negative when past"),
    ("contract.auto_renew", "flag", "renews by itself"),
    ("contract.value", "number", "annual value in the reporting currency"),
    ("contract.seats", "number", "seats"),
    ("contract.support_tier", "text", "standard, priority or premium"),
    ("contract.entitlements", "list", "what it entitles to, e.g. phone_support"),
)
_TICKET = _specs(
    "helpdesk",
    ("ticket.id", "text", "our id of the ticket"),
    ("ticket.subject", "text", "its subject line"),
    ("ticket.type", "text", "question, problem, incident, bug, refund or request"),
    ("ticket.priority", "text", "p1 to p4"),
    ("ticket.status", "text", "new, open, pending, solved or closed"),
    ("ticket.product", "text", "the module it is about"),
    ("ticket.group", "text", "the group that has it"),
    ("ticket.group_tier", "number", "the support tier of that group; 0 when no group has it"),
    ("ticket.group_area", "text", "the area of that group; none when no group has it"),
    ("ticket.assignee", "text", "the person who has it"),
    ("ticket.language", "text", "two-letter language code"),
    ("ticket.tags", "list", "its tags"),
    ("ticket.incident", "text", "the incident it belongs to, if any"),
    ("ticket.age_minutes", "number", "minutes since it was opened"),
    ("ticket.minutes_to_sla", "number", "minutes to the SLA due time; negative when past"),
    ("ticket.human_active", "flag", "an agent wrote on it in the last 30 minutes"),
    ("ticket.reopened", "flag", "it was solved before"),
    ("ticket.refund_amount", "number", "refund asked for, in the reporting currency; 0 when none"),
    ("ticket.customer_messages", "number", "messages by the customer, the first included"),
    ("ticket.safety_words", "list", "words that tell of danger to people, found in the text"),
    ("ticket.words", "number", "words in the subject and first message"),
    ("ticket.deleted", "flag", "the ticket was deleted at the source"),
)
_TRIAGE = _specs(
    "triage",
    ("triage.kind", "text", "question, problem, incident, bug, refund or request; none when nobody can tell"),
    ("triage.kind_by", "text", "who says so: helpdesk, rule, examples or model"),
    ("triage.kind_chance", "number", "how likely it is that kind, 0 to 1"),
    ("triage.product", "text", "the module it is about; none when nobody can tell"),
    ("triage.product_by", "text", "who says so: helpdesk, rule, examples or model"),
    ("triage.product_chance", "number", "how likely it is that module, 0 to 1"),
    ("triage.language", "text", "two-letter code of the language it is written in; none when nobody can tell"),
    ("triage.language_by", "text", "who says so: helpdesk or text"),
    ("triage.language_chance", "number", "how likely it is that language, 0 to 1"),
    ("triage.out_of_scope", "flag", "it is like nothing that was settled before, or of no kind that is likely enough"),
    ("triage.familiar", "number", "the share of settled tickets that are stranger, 0 to 1"),
    ("triage.disputed", "flag", "the subject says another kind than the helpdesk"),
    ("triage.severity", "list", "words that tell of a grave fault"),
    ("triage.upset", "flag", "words of an angry person are in it: a weak sign"),
    ("triage.upset_words", "list", "those words"),
    ("triage.automatic", "flag", "no person wrote the customer's last message: an automatic reply, or an absence"),
    ("triage.automatic_by", "text", "what shows that: a header, or words"),
    ("triage.model", "text", "the version of what was learned from settled tickets, where that was asked"),
    ("triage.prompt", "text", "the hash of the prompt, where a model was asked"),
)
_CONTACT = _specs(
    "crm",
    ("contact.id", "text", "our id of the recipient"),
    ("contact.name", "text", "their name"),
    ("contact.first_name", "text", "their first name"),
    ("contact.role", "text", "champion, economic_buyer, technical_buyer, executive, admin, user, billing or legal"),
    ("contact.title", "text", "their job title"),
    ("contact.language", "text", "two-letter language code"),
    ("contact.timezone", "text", "their time zone: their own, else the account's, else its country's if that has only one"),
    ("contact.opted_out", "flag", "has opted out of our messages"),
    ("contact.do_not_contact", "flag", "must not be contacted at all"),
    ("contact.hard_bounced", "flag", "their address rejects mail for good"),
    ("contact.left_company", "flag", "no longer works there"),
    ("contact.marketing_consent", "text", "granted, withdrawn, pending or none: for marketing by e-mail"),
    ("contact.consent_required", "flag", "the law of their country asks for prior consent to marketing"),
)
_GROUP = _specs(
    "helpdesk",
    ("group.id", "text", "the group a ticket would go to"),
    ("group.name", "text", "its name"),
    ("group.area", "text", "support, engineering, billing, security or success"),
    ("group.tier", "number", "support tier, 1 to 3"),
    ("group.reachable", "flag", "somebody can take it: in business hours, or on call"),
    ("group.open_now", "flag", "within its business hours"),
    ("group.on_call", "text", "who is on call"),
    ("group.on_call_name", "text", "their name"),
    ("group.handles_product", "flag", "it is in charge of the module that the ticket is about"),
)
_OF_MATERIAL: tuple[tuple[str, FactType, str], ...] = (
    ("id", "text", "its id"),
    ("title", "text", "its title"),
    ("language", "text", "two-letter language code"),
    ("strength", "number", "how well it fits, 0 to 1"),
    ("topics", "list", "its topics"),
    ("visibility", "text", "public or internal"),
    ("kind", "text", "its kind"),
    ("stages", "list", "deal stages it serves"),
    ("product", "text", "the module it is about"),
)
_MATERIAL = [
    spec for kind in ("asset", "article") for spec in _specs("search", *[(f"{kind}.{name}", type_, about) for name, type_, about in _OF_MATERIAL])
]
_SEARCH = _specs(
    "search",
    (
        "search.articles",
        "flag",
        "help articles were searched; no where there was nothing to search with, missing where the search did not answer",
    ),
    ("search.assets", "flag", "the content was searched; missing where the search did not answer"),
)
_DERIVED = _specs(
    "candidate",
    ("candidate.channel", "text", "email, ticket or internal"),
    ("candidate.proactive", "flag", "we would start the contact: it answers no request of the customer"),
    ("candidate.discount_pct", "number", "discount it would give, in percent"),
    ("candidate.discount_value", "number", "the same in the reporting currency"),
    ("candidate.refund_value", "number", "refund it would ask for, in the reporting currency"),
    ("candidate.has_disclosure", "flag", "its content carries the line that says it was written automatically"),
    ("candidate.requester", "text", "who asked for the concession"),
    ("play.id", "text", "the play"),
    ("play.kind", "text", "its kind"),
    ("play.reach", "text", "internal or customer"),
    ("play.purpose", "text", "marketing, service or contractual"),
    ("play.risk", "text", "low, medium or high"),
    ("surface.id", "text", "the surface"),
    ("surface.area", "text", "revenue or support"),
    ("surface.mode", "text", "off, shadow, suggest or auto"),
) + _specs(
    "history",
    ("history.sent_before", "flag", "this content went to this recipient before"),
    ("history.days_since_rejected", "number", "days since this play was last rejected for the account; 9999 when never"),
    ("history.days_since_override", "number", "days since a person undid this play on the subject; 9999 when never"),
)

CATALOGUE: dict[str, FactSpec] = {
    spec.name: spec
    for spec in [
        *_EVENT, *_ACCOUNT, *_MEASURED, *_FAMILY, *_CONTACTED, *_OWNER, *_DEAL, *_RATES, *_CONTRACT, *_TICKET,
        *_TRIAGE, *_CONTACT, *_GROUP, *_SEARCH, *_MATERIAL, *_DERIVED,
    ]
}  # fmt: skip
"""All facts by name."""

FROM_TEXT = frozenset(f"triage.{spec.field}" for spec in _TRIAGE)
"""Facts that are told from what anybody may write: they may hold something back or ask for help, and unlock nothing."""

PER_CANDIDATE_ROOTS = frozenset({"contact", "group", "asset", "article", "candidate", "play", "history"})
"""Roots whose values differ from candidate to candidate; all others are the same for the whole decision."""

ROOTS = frozenset(spec.root for spec in CATALOGUE.values())
"""Every root a rule may name, besides `params`."""
