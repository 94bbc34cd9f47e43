"""What a portal knows of its objects before anybody adds to it: properties, pipelines, and the ids of associations."""

TYPES = {
    "companies": "company", "contacts": "contact", "deals": "deal", "tickets": "ticket", "tasks": "task", "notes": "note", "emails": "email",
    "meetings": "meeting",
}  # fmt: skip
"""Each type of object with its singular, which names of associations use."""

MODIFIED = {"contacts": "lastmodifieddate"}
"""Under which property an object's last change stands, where it is not `hs_lastmodifieddate`."""

_EVERYWHERE = "hs_object_id hs_createdate createdate hs_lastmodifieddate hubspot_owner_id hs_merged_object_ids"
_OWN = {
    "companies": "name domain industry country hs_country_code timezone lifecyclestage hs_parent_company_id",
    "contacts": "firstname lastname email jobtitle hs_language hs_timezone hs_buying_role hs_email_optout hs_email_hard_bounce_reason_enum "
    "hs_sales_email_last_replied lastmodifieddate",
    "deals": "dealname dealtype dealstage pipeline amount deal_currency_code closedate hs_v2_date_entered_current_stage notes_last_updated",
    "tickets": "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category source_type",
    "tasks": "hs_timestamp hs_task_subject hs_task_body hs_task_status hs_task_priority hs_task_type hs_task_completion_date",
    "notes": "hs_timestamp hs_note_body",
    "emails": "hs_timestamp hs_email_subject hs_email_html hs_email_text hs_email_direction hs_email_status hs_email_headers hs_email_from_email",
    "meetings": "hs_timestamp hs_meeting_title hs_meeting_body hs_meeting_start_time hs_meeting_outcome",
}
_CUSTOM = {
    "companies": "tier health health_as_of renewal_date notice_days auto_renew arr plan products csm language owner_confirmed_at ai_processing "
    "legal_hold dispute escalation_open seats",
    "contacts": "do_not_contact left_company",
    "deals": "interest competitor objection requested_discount_pct discount_requested_by",
    "tickets": "product language sla_due_at",
}


def properties() -> dict[str, set[str]]:
    """The properties of each type: HubSpot's own, and those that whoever connects us adds, named `nextplay_…`."""
    return {
        name: {*_EVERYWHERE.split(), *_OWN[name].split(), *(f"nextplay_{own}" for own in _CUSTOM.get(name, "").split())} for name in TYPES
    }  # fmt: skip


STAGES = {
    "deals": {
        "default": [
            "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent", "closedwon", "closedlost",
        ],
        "renewals": ["9001", "9002", "9003", "9004"],
    },
    "tickets": {"0": ["1", "2", "3", "4"]},
}  # fmt: skip
"""The stages of each pipeline of deals and tickets."""

UNLABELLED = {
    ("contacts", "companies"): 279, ("deals", "companies"): 341, ("deals", "contacts"): 3, ("tickets", "companies"): 339, ("tickets", "contacts"): 16,
    ("tasks", "contacts"): 204, ("tasks", "companies"): 192, ("tasks", "deals"): 216, ("tasks", "tickets"): 230,
    ("notes", "contacts"): 202, ("notes", "companies"): 190, ("notes", "deals"): 214, ("notes", "tickets"): 228,
    ("emails", "contacts"): 198, ("emails", "companies"): 186, ("emails", "deals"): 210, ("emails", "tickets"): 224,
    ("meetings", "contacts"): 200, ("meetings", "companies"): 188, ("meetings", "deals"): 212, ("meetings", "tickets"): 226,
}  # fmt: skip
PRIMARY = {("contacts", "companies"): 1, ("deals", "companies"): 5, ("tickets", "companies"): 26}
LABELLED = {("deals", "contacts"): {"Decision maker": 71}}
"""Labels that somebody of the portal made."""
BACK = 10_000
"""An association's id in the other direction is so much more."""
