"""What was mailed counts as a contact with the customer, as soon as it may have been sent: no CRM tells of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from agent.domain.evidence import Touch
from agent.domain.plays import StepKind
from integrations.db.tables import ACTIONS
from integrations.sandbox import records
from integrations.vendors.sources import VendorCrm
from tools.ports import History
from tools.tickets import OURS

_MAY_BE_SENT = ("started", "done", "unknown")


class MailingCrm(VendorCrm):
    """The CRM, whose touches are completed by our own ledger."""

    async def touches(self, accounts: Sequence[str]) -> History:
        """Every touch of the accounts, by whomever, oldest first."""
        told = await super().touches(accounts)
        mailed = await self._read("touches", lambda connection: mailed_to(connection, accounts))
        return told._replace(touches=sorted([*told.touches, *mailed], key=lambda touch: touch.at))


def mailed_to(connection: Connection, accounts: Sequence[str]) -> list[Touch]:
    """What was mailed to contacts of the accounts, or may have been."""
    contacts = [contact.id for contact in records.where(connection, "contacts", "account", *accounts)]
    columns = (ACTIONS.c.target, ACTIONS.c.account, ACTIONS.c.at, ACTIONS.c.payload)
    of_theirs = (ACTIONS.c.target.in_(contacts), ACTIONS.c.kind == StepKind.SEND.value, ACTIONS.c.state.in_(_MAY_BE_SENT))
    rows = connection.execute(select(*columns).where(*of_theirs)).all()
    return [_touch(row.target, row.account or "", row.at, row.payload) for row in rows if row.payload.get("by") == "mail"]


def _touch(contact: str, account: str, at: datetime, payload: dict[str, str]) -> Touch:
    return Touch(
        contact=contact, account=account, at=at, channel="email", purpose=payload.get("purpose", ""), sender=OURS, status="sent",
        content=payload.get("content") or "", ours=True,
    )  # fmt: skip
