"""Whether a customer's contract allows AI processing of its data: whether what it wrote may leave this machine, and be shown to a model.

Not knowing is a no.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from agent.domain.facts import Fact
from tools.ports import Crm, Snapshot, SourceError

_FIELD = "ai_processing"


def may_process(account: Mapping[str, Any] | None) -> bool:
    """As an account's record says."""
    return account is not None and account.get(_FIELD) is True


def may_use_model(facts: Iterable[Fact]) -> bool:
    """As a decision's facts say."""
    return any(fact.name == f"account.{_FIELD}" and fact.known and may_process({_FIELD: fact.value}) for fact in facts)


async def allows_ai(crm: Crm, account: Any) -> bool:
    """As the CRM says of an account."""
    try:
        record: Snapshot | None = await crm.account(str(account)) if account else None
    except SourceError:
        return False
    return may_process(record.data if record else None)
