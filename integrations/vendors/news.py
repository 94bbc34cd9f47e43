"""What a sync found changed, as events: for vendors that cannot tell us themselves."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from agent.domain.event import Event
from integrations.vendors.copy import Changed

_FIELDS = {
    "deals": {
        "stage": "deal.stage_changed", "amount": "deal.amount_changed", "close_date": "deal.close_date_changed", "owner": "deal.owner_changed",
    },
    "tickets": {"status": "ticket.status_changed", "priority": "ticket.priority_changed", "group": "ticket.group_changed"},
    "contracts": {"status": "contract.updated"},
}  # fmt: skip
_KINDS = {"deals": "deal", "tickets": "ticket", "contracts": "contract"}


def news_of(vendor: str, changed: Iterable[Changed], received_at: datetime) -> Iterator[Event]:
    """One event for each field that matters; of what is new, that it was created. Found again, it is the same event.

    What is new because everything was read for the first time is no news: whoever syncs for the first time does not ask for it.
    """
    for told, before in changed:
        kind = _KINDS.get(told.key)
        if kind is None or told.external_id is None or told.deleted:
            continue
        said = (
            [("", f"{kind}.created")]
            if before is None
            else [(name, type_) for name, type_ in _FIELDS[told.key].items() if before.get(name) != told.fields.get(name)]
        )
        for name, type_ in said:
            data = {name: told.fields[name], f"previous_{name}": (before or {}).get(name)} if name in told.fields else {}
            yield Event(
                source=vendor, id=f"sync:{type_}:{told.external_id}:{told.version}", type=type_, occurred_at=told.as_of, received_at=received_at,
                subject_kind=kind, subject_id=told.external_id, data=data,
            )  # fmt: skip
