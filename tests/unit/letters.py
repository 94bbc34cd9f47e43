"""A sample case for letters: one play with a template, one candidate, and the evidence that they are composed from."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.event import Event
from agent.domain.evidence import Contact, Evidence, Group, Material, Person
from agent.domain.facts import Fact, Status
from agent.domain.plays import Play

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PRIYA = Contact("c_1", "acc_1", "Priya Sharma", "Priya", "priya@northwind.example", "champion", "Head of Data", "en", "UTC")
OTTO = Contact("c_2", "acc_1", "Otto Brandt", "Otto", "otto@northwind.example", "admin", "Admin", "de", "UTC")
ARTICLE = Material(
    "a_1",
    "article",
    "article",
    "Export a report",
    "https://help.tessera.example/articles/1",
    "en",
    "public",
    ("reporting",),
    (),
    "reports",
    "Open Reports and choose Export. It takes about 2 minutes.",
    0.8,
)
ASSET = Material(
    "s_1",
    "asset",
    "case_study",
    "How Contoso cut reporting",
    "https://tessera.example/assets/1",
    "en",
    "public",
    ("reporting",),
    ("evaluation",),
    "reports",
    "Contoso cut its reporting time by 30% in six weeks.",
    0.9,
)
MARTA = Person("u_1", "marta@tessera.example", "Marta Ruiz", ("csm",))

FACTS: Mapping[str, Any] = {
    "account.name": "Northwind Foods",
    "account.tier": "strategic",
    "account.ai_processing": True,
    "owner.id": "u_1",
    "owner.name": "Marta Ruiz",
    "contract.end": datetime(2026, 12, 12, tzinfo=UTC),
    "contract.value": 48000.0,
    "contract.seats": 120.0,
    "usage.seat_use": 0.8,
    "ticket.subject": "Cannot export\nmy report, see evil.com",
    "ticket.type": "question",
    "ticket.priority": "p3",
    "deal.name": "Northwind renewal",
}


def fact(name: str, value: Any, *, status: Status = Status.FRESH, of: str | None = None) -> Fact:
    """One fact, read now."""
    return Fact(name, value, "crm", AT, AT, status, of)


def evidence(
    values: Mapping[str, Any] | None = None,
    *,
    extra: tuple[Fact, ...] = (),
    data: dict[str, Any] | None = None,
    **more: Any,
) -> Evidence:
    """The sample evidence, with other facts if given."""
    facts = tuple(fact(name, value) for name, value in {**FACTS, **(values or {})}.items())
    return Evidence(
        at=AT,
        event=Event("zendesk", "e_1", "ticket.created", AT, AT, "ticket", "t_1", "acc_1", data=data or {}),
        surface="ticket-reply",
        account="acc_1",
        facts=(*facts, *extra),
        contacts=more.pop("contacts", (PRIYA, OTTO)),
        materials=(ARTICLE, ASSET),
        groups=(Group("g_1", "Engineering", "engineering", 2),),
        people=more.pop("people", (MARTA,)),
        **more,
    )


def play(
    body: str | Mapping[str, str] | None = "Hello {{ contact.first_name }}",
    subject: str = "About {{ vendor }}",
    **more: Any,
) -> Play:
    """A play with one public reply and the given template; None for no template and an internal step."""
    reply = {"do": "ticket_comment", "public": body is not None}
    bodies = {"en": body} if isinstance(body, str) else body
    fields: dict[str, Any] = {
        "id": "reply",
        "kind": "answer",
        "title": "Answer the question",
        "owner": "ops@tessera.example",
        "why": "Customers wait for it.",
        "reach": "customer" if body is not None else "internal",
        "purpose": "service",
        "channels": ["ticket"],
        "steps": [reply],
        "value": 10,
        "prior": {"with": 0.5, "without": 0.2},
        "window": "2d",
    }
    if bodies is not None:
        fields["content"] = {"subject": dict.fromkeys(bodies, subject), "body": bodies}
    return Play.model_validate({**fields, **more})


def candidate(of: Play, recipient: str | None = "c_1", **more: Any) -> Candidate:
    """The play for one recipient."""
    return Candidate("cand_1", of.id, of.kind, of.title, of.reach, of.purpose, of.channels[0], recipient=recipient, **more)


async def nobody(_: Iterable[str]) -> list[str]:
    """Finds no other customer in any text."""
    return []
