"""The moment at which time alone makes a record matter: a notice deadline, an SLA, the last sign of life of an open deal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tools.lifecycle import notice_deadline
from tools.reading import moment
from tools.tickets import OPEN, status_of

OPEN_STAGES = frozenset({"discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent"})


def silent_since(deal: Mapping[str, Any]) -> datetime | None:
    """Since when nothing has happened on an open deal; None where that is not known, or the deal is over."""
    if deal.get("stage") not in OPEN_STAGES:
        return None
    return moment(deal, "last_activity_at") or moment(deal, "stage_entered_at")


def sla_due(ticket: Mapping[str, Any]) -> datetime | None:
    """By when an open ticket has to be answered; None where nothing was promised, or nothing is to be done any more."""
    return moment(ticket, "sla_due_at") if status_of(ticket) in OPEN else None


def notice_due(contract: Mapping[str, Any]) -> datetime | None:
    """By when notice has to be given of a contract in force, or else when it ends; None where neither is known."""
    if (contract.get("status") or "active") != "active":
        return None
    return notice_deadline(contract) or moment(contract, "end")
