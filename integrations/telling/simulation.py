"""How a simulation is told, on every page: kinds, sides and figures in words."""

from datetime import UTC, datetime, timedelta

from agent.simulating import Change, Judged, Kind, Side, Simulation
from integrations.telling.words import role, several, utc

KIND: dict[Kind, str] = {
    "newly_forbidden": "newly forbidden",
    "newly_allowed": "newly allowed",
    "other_choice": "other choice",
    "other_route": "other route",
    "other_terms": "other terms",
}
"""Short names of the kinds of change."""

_ROUTES = {
    "act": "acts",
    "ask": "asks",
    "deferred": "waits",
    "none": "does nothing",
    "shadow": "in shadow",
    "holdout": "held out",
    "suppressed": "already open",
}

_VERDICTS = {"allow": "allowed", "ask": "allowed with approval", "defer": "allowed later", "forbid": "forbidden", None: "not offered"}


def side(one: Side) -> str:
    """What is chosen and how it is done: `send-case-study (asks deal owner)`."""
    if one.choice is None:
        return "does nothing" if one.route == "none" else _ROUTES[one.route]
    of = f" {' and '.join(map(role, one.roles))}" if one.roles else ""
    until = f"{' until' if one.route == 'deferred' else ', for'} {utc(one.until)}" if one.until and one.route in ("deferred", "ask") else ""
    return f"{one.choice} ({_ROUTES[one.route]}{of}{until})"


def verdict(one: Judged) -> str:
    """What rules said, and what they say."""
    return f"{one.candidate}: {_VERDICTS[one.before]} → {_VERDICTS[one.after]}"


def causes(change: Change) -> list[str]:
    """Each cause in one line."""
    return [f"{'earlier decision ' if one.kind == 'history' else ''}{one.id}: {one.says}" for one in change.causes]


def became(change: Change) -> str:
    """What became of the decision as it was."""
    known = change.became
    words = [
        *(["rejected"] if known.rejected else ["approved"] if known.approved else []),
        *(["done"] if known.delivered else []),
        *(["converted"] if known.converted else []),
        *(f"friction: {name.replace('_', ' ')}" for name in known.friction),
    ]
    return ", ".join(words) or "nothing was done"


def span(found: Simulation) -> str:
    """Which decisions were simulated."""
    return f"{day(found.since)} to {day(found.until)}"


def day(moment: datetime) -> str:
    """A day, with its time where that is not midnight."""
    at = (moment - timedelta(microseconds=moment.microsecond)).astimezone(UTC)
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M} UTC"


def summary(found: Simulation) -> str:
    """In one or two sentences what came out."""
    if not found.decisions:
        return "Nothing was decided in this time, so there is nothing to decide again."
    total, changes = found.total, len(found.changes)
    if not changes:
        return f"Each of {several(found.decisions, 'decision')} would be the same under the draft."
    would = f"{changes:,} of {several(found.decisions, 'decision')} would be different ({share(changes, found.decisions)})."
    lost = sum(one.became.converted and not one.known for one in found.changes)
    spared = sum(bool(one.became.friction) and not one.known for one in found.changes)
    told = [f"{several(lost, 'conversion')} of what would not have been done the same way"] if lost else []
    told += [f"{several(spared, 'case')} of friction"] if spared else []
    behind = f" Behind them stand {' and '.join(told)}." if told else ""
    return f"{would}{behind} Of {total.unknown:,} nobody can know what would have come." if total.unknown else f"{would}{behind}"


def share(part: int, whole: int) -> str:
    """A share in per cent, to a tenth."""
    return f"{part / whole * 100:.1f} %" if whole else "—"


def not_decided(found: Simulation) -> list[str]:
    """What was not decided again, and why; nothing where everything was."""
    told = []
    if found.recorded:
        told.append(f"{several(found.recorded, 'event')} only recorded when {'they' if found.recorded > 1 else 'it'} came: nothing was decided then.")
    if found.lost:
        named = ", ".join(found.lost[:5]) + (f" and {len(found.lost) - 5} more" if len(found.lost) > 5 else "")
        told.append(f"{several(len(found.lost), 'decision')} cannot be decided again, because what they were made from is gone: {named}.")
    return told
