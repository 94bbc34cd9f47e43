"""The deterministic tools: what the graph calls to know something.

Start with `gathering.py`, which runs them all. `ports.py` is what they need of the world.
"""

from tools import (
    account_state,
    articles,
    assets,
    calendars,
    consent,
    contact_history,
    lifecycle,
    ownership,
    tickets,
    triage,
)

TOOLS = (
    account_state.account_state,
    account_state.family_state,
    account_state.usage_state,
    ownership.ownership,
    ownership.colleagues,
    lifecycle.deal_state,
    lifecycle.contract_state,
    tickets.ticket_state,
    tickets.account_support,
    tickets.family_support,
    tickets.group_states,
    triage.triage_state,
    contact_history.contact_history,
    consent.contact_states,
    calendars.contact_calendars,
    articles.find_articles,
    assets.find_assets,
)
"""Every tool, each with its name, whether it reads or writes, what it is about, and the facts it gives."""
