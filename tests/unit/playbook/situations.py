"""Builds whole situations on the benign baseline, to see what the default playbook chooses in them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from agent.domain.deciding import Judgement, decide
from agent.domain.event import Event
from agent.domain.evidence import Calendar, Contact, Evidence, Group, Material, Person
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, Status
from agent.domain.playbook import Playbook
from agent.playbook.benign import ACCOUNT, AT, BENIGN, RECIPIENT, SUBJECT

DAYS = Calendar("UTC", dict.fromkeys(range(7), (0, 24 * 60)))
TIERS = (Group("grp_one", "First line", "support", 1), Group("grp_two", "Second line", "support", 2))
ENGINEERS = Group("grp_eng", "Flow engineering", "engineering", 3, ("flow",))


def asset(name: str, strength: float, *, topics: tuple[str, ...] = (), kind: str = "guide", title: str = "") -> Material:
    """A content asset in English for the proposal and contract stages."""
    stages = ("proposal", "negotiation", "contract_sent")
    url = f"https://tessera.example/{name}"
    return Material(name, "asset", kind, title or name, url, "en", "public", topics, stages, "", "It helps.", strength)


def article(name: str, strength: float, *, visibility: str = "public") -> Material:
    """A help article in English about the module flow."""
    url = f"https://help.tessera.example/{name}"
    return Material(name, "article", "article", name, url, "en", visibility, (), (), "flow", "Do this.", strength)


@dataclass
class Situation:
    """What is different from the benign baseline. `facts` holds facts of the subject and of the one recipient."""

    event: str
    facts: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    groups: tuple[Group, ...] = ()
    unreachable: tuple[str, ...] = ()

    def decide(self, playbook: Playbook) -> Judgement:
        """The playbook's judgement."""
        return decide(playbook, self.evidence(playbook))

    def evidence(self, playbook: Playbook) -> Evidence:
        """The evidence of the situation, on the surface that its event belongs to."""
        surface = playbook.surface_of(self.event)
        assert surface is not None, f"no surface reacts to {self.event}"
        event = Event("test", "evt_1", self.event, AT, AT, surface.subject, SUBJECT, ACCOUNT)
        values = {**_quiet(surface.subject), **self.facts, "event.type": self.event}
        facts = [_fact(name, value) for name, value in values.items() if name not in self.missing]
        return Evidence(
            at=AT, event=event, surface=surface.id, account=ACCOUNT, facts=(*facts, *self._of_entities()),
            contacts=(contact(values),), requester=RECIPIENT, materials=self.materials, groups=self.groups,
            calendars={RECIPIENT: DAYS}, family=(ACCOUNT,), people=PEOPLE,
            roles=ROLES,
        )  # fmt: skip

    def _of_entities(self) -> list[Fact]:
        found = []
        for material in self.materials:
            values = {
                "id": material.id, "title": material.title, "language": material.language, "kind": material.type,
                "topics": list(material.topics), "visibility": material.visibility, "strength": material.strength,
                "stages": list(material.stages), "product": material.product or None,
            }  # fmt: skip
            found += [_fact(f"{material.kind}.{name}", value, material.id) for name, value in values.items()]
        for group in self.groups:
            there = group.id not in self.unreachable
            values = {
                "id": group.id, "name": group.name, "area": group.area, "tier": float(group.tier), "reachable": there,
                "open_now": there, "on_call": None,
            }  # fmt: skip
            found += [_fact(f"group.{name}", value, group.id) for name, value in values.items()]
        return found


ROLES = {"deal_owner": "u_owner", "ticket_assignee": "u_agent", "lead_on_shift": "u_lead", "account_csm": "u_csm"}
PEOPLE = tuple(
    Person(f"u_{role}", f"{role}@tessera.example", role.title(), (held,))
    for role, held in (("owner", "sales_rep"), ("agent", "support_agent"), ("lead", "support_lead"), ("csm", "csm"))
)


def contact(values: dict[str, Any]) -> Contact:
    """The recipient as a record, in step with their facts."""
    return Contact(
        RECIPIENT, ACCOUNT, "Carla Case", "Carla", "carla@case.example", values["contact.role"], "Head of Operations",
        values["contact.language"], "UTC",
    )  # fmt: skip


def _quiet(subject: str) -> dict[str, Any]:
    """The benign facts that exist for a subject, with nothing asked for, raised or linked."""
    left_out = {"deal", "ticket"} - {subject} | {"asset", "article", "group"}
    calm = {
        "deal.objection": None, "deal.competitor": None, "deal.requested_discount_pct": 0.0, "ticket.incident": None,
        "ticket.refund_amount": 0.0,
    }  # fmt: skip
    return {name: value for name, value in {**BENIGN, **calm}.items() if name.partition(".")[0] not in left_out}


def _fact(name: str, value: Any, of: str | None = None) -> Fact:
    whose = RECIPIENT if name.startswith("contact.") else of
    read_at = AT - timedelta(seconds=1)
    return Fact(name, value, CATALOGUE[name].source, read_at, read_at, Status.FRESH, whose)
