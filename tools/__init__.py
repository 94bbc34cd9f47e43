"""The deterministic tools: what the graph calls to know something. Start with `gathering.py`; `ports.py` is what
tools need of the world.
"""

from tools.account_state import account_state, family_state, usage_state
from tools.articles import find_articles
from tools.assets import find_assets
from tools.calendars import contact_calendars
from tools.consent import contact_states
from tools.contact_history import contact_history
from tools.lifecycle import contract_state, deal_state
from tools.ownership import colleagues, ownership
from tools.tickets import account_support, family_support, group_states, ticket_state

TOOLS = (
    account_state,
    family_state,
    usage_state,
    ownership,
    colleagues,
    deal_state,
    contract_state,
    ticket_state,
    account_support,
    family_support,
    group_states,
    contact_history,
    contact_states,
    contact_calendars,
    find_articles,
    find_assets,
)
"""Every tool, each with its name, whether it reads or writes, what it is about, and the facts it gives."""
