"""The events of the demo: one Tuesday morning at Tessera, told through the webhooks that would bring it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

START = datetime(2026, 11, 10, 10, 0, tzinfo=UTC)
"""The moment at which the story begins: a Tuesday, 11:00 in Berlin, 05:00 in New York."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One event, what it shows, and the door through which it comes."""

    door: str
    type: str
    kind: str
    subject: str
    shows: str
    data: dict[str, Any] = field(default_factory=dict)
    actor: str | None = None
    version: int | None = None

    @property
    def id(self) -> str:
        """The event's id for doors that let us choose it."""
        return f"demo-{self.type}-{self.subject}" + (f"-v{self.version}" if self.version else "")


MORNING: tuple[Scene, ...] = (
    Scene("zendesk", "ticket.created", "ticket", "tic_001", "a P1 outage: a rule requires the escalation"),
    Scene("zendesk", "ticket.created", "ticket", "tic_002", "danger to people, filed as a low priority"),
    Scene("zendesk", "ticket.created", "ticket", "tic_004", "an error code that an article answers"),
    Scene("zendesk", "ticket.created", "ticket", "tic_005", "a plain question"),
    Scene("zendesk", "ticket.created", "ticket", "tic_010", "an agent is writing on it right now"),
    Scene("zendesk", "ticket.created", "ticket", "tic_011", "a refund above what support may grant"),
    Scene("zendesk", "ticket.created", "ticket", "tic_075", "a ticket of nobody we know"),
    Scene("hubspot", "deal.stage_changed", "deal", "deal_001", "contract sent, and quiet since"),
    Scene("hubspot", "deal.stage_changed", "deal", "deal_005", "a sister company has an open P1"),
    Scene("hubspot", "deal.stage_changed", "deal", "deal_037", "a strategic account"),
    Scene("hubspot", "deal.stage_changed", "deal", "deal_044", "the buyer is asleep in New York"),
    Scene("hubspot", "deal.stage_changed", "deal", "deal_007", "the primary contact has opted out"),
    Scene("generic", "deal.stage_changed", "deal", "deal_027", "part of the family is not linked to the helpdesk"),
    Scene("generic", "deal.stage_changed", "deal", "deal_034", "three of us wrote to them this week already"),
    Scene("generic", "deal.stage_changed", "deal", "deal_001", "late news: an older version of the deal", version=5),
    Scene("generic", "deal.discount_requested", "deal", "deal_024", "a discount, asked for by the owner",
          {"discount_pct": 12, "requested_by": "u_oliver"}, "u_oliver"),
    Scene("generic", "contract.renewal_window", "contract", "ctr_023", "a renewal before its notice deadline"),
    Scene("generic", "contract.renewal_window", "contract", "ctr_037", "a renewal whose notice deadline has passed"),
    Scene("generic", "usage.dropped", "account", "acc_031", "usage fell by a third"),
    Scene("generic", "usage.reported", "account", "acc_055", "use seemed to fall, but the figures are three weeks old"),
    Scene("generic", "usage.reported", "account", "acc_001", "all is well"),
    Scene("generic", "onboarding.overdue", "account", "acc_015", "an onboarding that is late"),
    Scene("generic", "request.article", "ticket", "tic_033", "an agent asks for an article", {"request": "article"}, "u_stefan"),
    Scene("generic", "deal.stage_changed", "deal", "deal_017", "part of a bulk import", {"change_source": "IMPORT"}, "u_admin"),
    Scene("generic", "deal.stage_changed", "deal", "deal_018", "the same import", {"change_source": "IMPORT"}, "u_admin"),
)  # fmt: skip
"""What arrives, in this order."""
