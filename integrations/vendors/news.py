"""What was found changed, as events: for vendors that cannot tell us themselves."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from agent.arrivals import arrival_of, run_for
from agent.domain.event import Event
from integrations.db.inbox import accept
from integrations.vendors.copy import Changed

_FIELDS = {
    "deals": {
        "stage": "deal.stage_changed", "amount": "deal.amount_changed", "close_date": "deal.close_date_changed", "owner": "deal.owner_changed",
    },
    "tickets": {"status": "ticket.status_changed", "priority": "ticket.priority_changed", "group": "ticket.group_changed"},
    "contracts": {"status": "contract.updated"},
}  # fmt: skip
_KINDS = {"deals": "deal", "tickets": "ticket", "contracts": "contract"}


@dataclass(frozen=True, slots=True)
class News:
    """Puts it into the inbox. `silent`: the vendors that do not tell us themselves."""

    silent: Collection[str]

    def __call__(self, connection: Connection, vendor: str, changed: Sequence[Changed], at: datetime) -> None:
        """In the caller's transaction. Whoever looks for runs that are due finds them."""
        if vendor in self.silent:
            accept(connection, [(arrival_of(event), run_for(event, at)) for event in news_of(vendor, changed, at)], at)


def news_of(vendor: str, changed: Iterable[Changed], received_at: datetime) -> Iterator[Event]:
    """One event for each field that matters; of what is new, that it was created. Found again, it is the same event.

    What is new because everything was read for the first time is no news: whoever syncs for the first time does not ask for it.
    """
    for told, before, after in changed:
        kind = _KINDS.get(told.key)
        if kind is None or told.external_id is None or told.deleted:
            continue
        said = (
            [("", f"{kind}.created")]
            if before is None
            else [(name, type_) for name, type_ in _FIELDS[told.key].items() if before.get(name) != after.get(name)]
        )
        for name, type_ in said:
            data = {name: after[name], f"previous_{name}": (before or {}).get(name)} if name in after else {}
            yield Event(
                source=vendor, id=f"sync:{type_}:{told.external_id}:{told.version}", type=type_, occurred_at=told.as_of, received_at=received_at,
                subject_kind=kind, subject_id=told.external_id, data=data,
            )  # fmt: skip
