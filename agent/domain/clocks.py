"""The clocks that run while something waits: what must not outlive them, and what would come too late for them."""

from datetime import UTC, datetime, timedelta

from agent.domain.evidence import Evidence

SLA, NOTICE = "the ticket's SLA time", "the contract's notice deadline"

_OF = {"ticket": SLA, "contract": NOTICE}
"""The clock of a subject itself. The deadline of a contract says nothing about when a step for a deal of the account comes too late."""


def protected_clocks(evidence: Evidence) -> dict[str, datetime]:
    """The moments that an ask must not outlive: the ticket's SLA time, and the day of the contract's notice deadline.

    On that day itself there is time until it ends, in UTC as the deadline is counted.
    """
    roots = evidence.view.roots
    minutes, days = roots.get("ticket", {}).get("minutes_to_sla"), roots.get("contract", {}).get("days_to_notice")
    clocks = {} if minutes is None else {SLA: evidence.at + timedelta(minutes=minutes)}
    if days is not None:
        today = evidence.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        clocks[NOTICE] = today + timedelta(days=days or 1)
    return clocks


def clock_before(evidence: Evidence, until: datetime) -> str | None:
    """The subject's own clock that runs out while something waits until then. One that has run out already is waited for by nothing."""
    name = _OF.get(evidence.event.subject_kind)
    moment = protected_clocks(evidence).get(name or "") if evidence.edition > 1 else None
    return name if moment is not None and evidence.at < moment <= until else None
