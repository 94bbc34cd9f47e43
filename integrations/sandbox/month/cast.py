"""The customers of the month beside those of the seed: companies with people, consents, deals, contracts and use."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.fixtures import Item
from integrations.sandbox.month.dice import Dice

COMPANIES = 116
"""At most as many as there are pairs of a first and a second name."""

_FIRST = (
    "Alder",
    "Birken",
    "Cedar",
    "Dorn",
    "Elm",
    "Falken",
    "Granit",
    "Hafen",
    "Insel",
    "Juniper",
    "Kestrel",
    "Linden",
    "Marlow",
    "Nessel",
    "Orchard",
)
_SECOND = ("Foods", "Optics", "Freight", "Textiles", "Clinics", "Tools", "Papers", "Energy", "Hotels", "Ceramics")
_INDUSTRY = {
    "Foods": "food", "Optics": "optics", "Freight": "freight and logistics", "Textiles": "textiles", "Clinics": "health care", "Tools": "tools",
    "Papers": "paper", "Energy": "energy", "Hotels": "hospitality", "Ceramics": "ceramics",
}  # fmt: skip
_PLACES = (
    ("DE", "Europe/Berlin", "cal_berlin", "EUR", "de"), ("GB", "Europe/London", "cal_london", "GBP", "en"),
    ("NL", "Europe/Amsterdam", "cal_amsterdam", "EUR", "en"), ("US", "America/New_York", "cal_new_york", "USD", "en"),
    ("SE", "Europe/Stockholm", "cal_stockholm", "SEK", "en"), ("FR", "Europe/Paris", "cal_paris", "EUR", "fr"),
)  # fmt: skip
_REPS = ("u_katrin", "u_oliver", "u_camille", "u_mia", "u_diego", "u_kenji")
_CSMS = ("u_lena", "u_sophie", "u_tom")
_GIVEN = ("Ada", "Bram", "Chiara", "Daan", "Edith", "Farid", "Greta", "Henrik", "Ines", "Joris", "Klara", "Leon", "Maud", "Nils", "Olga", "Piet")
_FAMILY = ("Acker", "Bruns", "Castel", "Drost", "Ekman", "Falk", "Gerber", "Holm", "Iversen", "Jansen", "Kern", "Lund", "Maurer", "Noack")
_ROLES = (("champion", "Head of Operations"), ("economic_buyer", "Finance Director"), ("admin", "System Administrator"))
_STAGES = {"discovery": 2.0, "qualified": 3.0, "evaluation": 4.0, "proposal": 3.0, "negotiation": 2.0, "contract_sent": 2.0}
_INTERESTS = ("security", "integrations", "reporting", "automation", "scheduling")
_PLANS = {"smb": "team", "mid_market": "business", "enterprise": "enterprise", "strategic": "enterprise"}
_ARR = {"smb": 6_000, "mid_market": 32_000, "enterprise": 96_000, "strategic": 280_000}


@dataclass(frozen=True, slots=True)
class Company:
    """One customer of the month. `number` names its records."""

    number: int
    tier: str
    lifecycle: str
    place: tuple[str, str, str, str, str]
    owner: str

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{_FIRST[self.number % len(_FIRST)]} {_SECOND[self.number // len(_FIRST) % len(_SECOND)]}"

    @property
    def domain(self) -> str:
        """Where its people have their addresses."""
        return f"{self.name.lower().replace(' ', '-')}.example"

    @property
    def account(self) -> str:
        """Its id."""
        return f"acc_m{self.number:03d}"

    def contact(self, position: int) -> str:
        """The id of one of its people: champion, buyer, administrator."""
        return f"con_m{self.number:03d}{'abc'[position]}"

    @property
    def contract(self) -> str:
        """The id of its contract."""
        return f"ctr_m{self.number:03d}"

    @property
    def bought(self) -> bool:
        """It is a customer already."""
        return self.lifecycle != "prospect"


def companies(dice: Dice, count: int = COMPANIES) -> list[Company]:
    """So many of them."""
    tiers = {"smb": 4.0, "mid_market": 4.0, "enterprise": 2.0, "strategic": 0.4}
    stages_of_life = {"customer": 7.5, "prospect": 2.0, "onboarding": 0.5}
    return [
        Company(
            n, dice.weighted(tiers, "tier", n), dice.weighted(stages_of_life, "life", n), dice.among(_PLACES, "place", n),
            dice.among(_REPS, "owner", n),
        )
        for n in range(count)
    ]  # fmt: skip


def records(cast: list[Company], dice: Dice, at: datetime) -> list[Item]:
    """Everything that the CRM and the helpdesk know of them when the month begins."""
    return [item for company in cast for item in _of(company, dice, at)]


def deal(company: Company, number: int, dice: Dice, at: datetime, stage: str) -> dict[str, Any]:
    """The record of one of its deals as it begins, in a stage."""
    names = ("deal", company.number, number)
    interest, amount = dice.among(_INTERESTS, "interest", *names), round(_ARR[company.tier] * dice.between(0.2, 1.2, "amount", *names), -2)
    return {
        "id": f"deal_m{company.number:03d}_{number}", "account": company.account, "name": f"{company.name}: {interest}", "interest": interest,
        "kind": "expansion" if company.bought else "new", "owner": company.owner, "stage": stage, "stage_entered_at": at.isoformat(),
        "amount": {"amount": amount, "currency": company.place[3]},
        "close_date": (at + timedelta(days=dice.between(20, 70, "close", *names))).isoformat(),
        "primary_contact": company.contact(0), "contacts": [company.contact(0), company.contact(1)], "last_activity_at": at.isoformat(),
    }  # fmt: skip


def use(company: Company, change: float, dice: Dice, at: datetime) -> Item:
    """Its use of the product, as measured."""
    seats = max(10, _ARR[company.tier] // 260)
    adoption = dice.between(0.35, 0.85, "adoption", company.number)
    measured = {
        "account": company.account, "as_of": at.isoformat(), "seats": seats, "active_users": int(seats * adoption * (1 + change)),
        "change_30d": round(change, 3), "adoption": round(adoption, 2), "last_login_at": (at - timedelta(hours=4)).isoformat(),
    }  # fmt: skip
    return Item("usage", measured, "the month")


def health(company: Company, change: float, at: datetime) -> Item:
    """Its health score, taken again when use is measured."""
    return Item("accounts", {"id": company.account, "health": round(min(max(72 + 90 * change, 5), 98)), "health_as_of": at.isoformat()}, "the month")


def first_stage(company: Company, dice: Dice) -> str:
    """Where its first deal stands when the month begins."""
    return dice.weighted(_STAGES, "stage", company.number)


def _of(company: Company, dice: Dice, at: datetime) -> Iterator[Item]:
    country, zone, calendar, currency, language = company.place
    n = company.number
    account = {
        "id": company.account, "name": company.name, "domain": company.domain, "tier": company.tier, "lifecycle": company.lifecycle,
        "owner": company.owner, "owner_confirmed_at": (at - timedelta(days=20)).isoformat(), "csm": dice.among(_CSMS, "csm", n),
        "industry": _INDUSTRY[company.name.split()[1]], "country": country, "timezone": zone, "calendar": calendar, "currency": currency,
        "language": language, "plan": _PLANS[company.tier], "products": ["flow", "insight", "connect"], "health": 72,
        "health_as_of": at.isoformat(), "ai_processing": True,
        "arr": {"amount": _ARR[company.tier], "currency": currency},
    }  # fmt: skip
    yield Item("accounts", account, "the month")
    link = {"source": "helpdesk", "external_id": f"org-m{n:03d}", "kind": "account", "id": company.account, "matched_by": "explicit"}
    yield Item("links", link, "the month")
    for position, (role, title) in enumerate(_ROLES):
        yield from _person(company, position, role, title, dice)
    if company.bought:
        yield Item("contracts", _contract(company, dice, at), "the month")
        yield use(company, 0.02, dice, at)


def _person(company: Company, position: int, role: str, title: str, dice: Dice) -> Iterator[Item]:
    who, n = company.contact(position), company.number
    given, family = dice.among(_GIVEN, "given", who), dice.among(_FAMILY, "family", who)
    yield Item("contacts", {
        "id": who, "account": company.account, "name": f"{given} {family}", "first_name": given, "role": role, "title": title,
        "email": f"{given}.{family}.{n}@{company.domain}".lower(), "language": company.place[4],
    }, "the month")  # fmt: skip
    status = dice.weighted({"granted": 9.0, "withdrawn": 0.6, "pending": 0.4}, "consent", who)
    yield Item("consents", {"contact": who, "purpose": "marketing", "channel": "email", "status": status, "basis": "opt-in form"}, "the month")


def _contract(company: Company, dice: Dice, at: datetime) -> dict[str, Any]:
    n = company.number
    return {
        "id": company.contract, "account": company.account, "plan": _PLANS[company.tier], "status": "active",
        "start": (at - timedelta(days=300)).isoformat(), "end": (at + timedelta(days=round(dice.between(70, 420, "end", n)))).isoformat(),
        "notice_days": dice.among((30, 60, 90), "notice", n), "auto_renew": dice.happens(0.6, "renews", n),
        "value": {"amount": _ARR[company.tier], "currency": company.place[3]}, "seats": max(10, _ARR[company.tier] // 260),
        "support_tier": "standard" if company.tier == "smb" else "priority", "entitlements": ["email_support"],
    }  # fmt: skip
