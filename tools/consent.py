"""Reads who may be contacted, and whether they have agreed to marketing."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from agent.domain.evidence import Contact
from tools.ports import Crm, Snapshot
from tools.reading import UNKNOWN, Reading, field, fields, moment
from tools.result import ToolResult, facts_of, reads

OPT_OUT_COUNTRIES = frozenset({"US", "GB", "UK", "IE", "FR", "SE", "FI", "PT", "EE", "IN", "SG"})
"""Countries that let a business write to people at another business without their prior consent, as long as they can
object.

Everywhere else prior consent is asked for: in Germany, Austria, Spain, the Netherlands, Italy, Poland, Denmark,
Norway, Switzerland, Canada or Japan because their law says so, and in countries not weighed yet because the stricter
reading does no harm. This is a working table for mail to companies, not legal advice; a deployment that knows better
tightens or loosens it with rules on `contact.consent_required`.
"""

STOPS = {
    "opted_out": "has opted out",
    "do_not_contact": "is not to be contacted",
    "hard_bounced": "has an address that takes no mail",
    "left_company": "has left the company",
}
"""The flags of a contact to whom nothing is sent, and what each says of them."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@reads(*facts_of("contact", but=("contact.timezone",)))
async def contact_states(crm: Crm, account_id: str, at: datetime) -> ToolResult:
    """The account's contacts, what forbids contacting them, and their consent to marketing by e-mail."""
    account, contacts = await asyncio.gather(crm.account(account_id), crm.contacts(account_id))
    about = account.data if account else {}
    facts = [fact for c in contacts for fact in Reading.told(c, at, c.id).facts(_contact_values(c, about, at))]
    people = tuple(_contact(contact, about, at) for contact in contacts)
    return ToolResult("ok" if people else "no_data", tuple(facts), {"contacts": people})


def _contact_values(contact: Snapshot, account: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    data = contact.data
    consent = marketing_consent(data.get("consents") or (), at)
    agreed = str(consent["status"]) if consent else "none"
    return {
        **fields("contact", data, "name", "first_name", "role", "title"),
        "contact.id": contact.id,
        "contact.language": data.get("language") or field(account, "language"),
        # vendors leave these flags out until they are set; the record itself is the proof that they are not
        **{f"contact.{flag}": bool(data.get(flag)) for flag in STOPS},
        "contact.marketing_consent": agreed if data.get("consents", ()) is not None else UNKNOWN,  # None: what is there cannot be read
        "contact.consent_required": consent_required(account.get("country")),
    }


def consent_required(country: Any) -> Any:
    """Whether a country asks for prior consent to marketing by e-mail; UNKNOWN when nobody knows the country."""
    return country.upper() not in OPT_OUT_COUNTRIES if isinstance(country, str) and country else UNKNOWN


def marketing_consent(consents: Iterable[Mapping[str, Any]], at: datetime) -> Mapping[str, Any] | None:
    """The record that counts for marketing by e-mail: the latest by `at`. Of two at the same moment the refusal
    counts.
    """
    own = [c for c in consents if c.get("purpose") == "marketing" and c.get("channel") == "email"]
    known = [c for c in own if (moment(c, "at") or _NEVER) <= at]
    return max(known, key=lambda c: (moment(c, "at") or _NEVER, c.get("status") != "granted"), default=None)


def _contact(contact: Snapshot, account: Mapping[str, Any], at: datetime) -> Contact:
    data = contact.data
    consent = marketing_consent(data.get("consents") or (), at)

    def text(name: str) -> str:
        return str(data.get(name) or "")

    return Contact(
        id=contact.id,
        account=text("account"),
        name=text("name"),
        first_name=text("first_name"),
        email=text("email"),
        role=text("role"),
        title=text("title"),
        language=text("language") or str(account.get("language") or ""),
        timezone=text("timezone") or str(account.get("timezone") or ""),
        consent_basis=str(consent.get("basis") or "") if consent else "",
    )
