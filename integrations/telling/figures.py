"""Figures of a period, in the words of every door."""

from collections.abc import Mapping

from agent.domain.lift import Lift
from integrations.telling.words import several


def caused(lift: Lift) -> str:
    """What acting caused, with its interval; or why that is unknown."""
    if lift.difference is None or lift.low is None or lift.high is None or lift.treated is None or lift.held_out is None:
        return f"unknown: {lift.why}"
    interval = f"{points(lift.difference)} points (95 %: {points(lift.low)} to {points(lift.high)})"
    families = f"{lift.treated.families} families treated ({lift.treated.share:.1%}), {lift.held_out.families} held out ({lift.held_out.share:.1%})"
    left_out = f"; {several(lift.left_out, 'family', 'families')} that stood in both left out" if lift.left_out else ""
    return f"{interval}, of {families}{left_out}"


def points(share: float) -> str:
    """A share as points, with its sign."""
    return f"{share * 100:+.1f}"


def worth(by_unit: Mapping[str, float], currency: str) -> str:
    """Amounts by unit, as people read them."""
    named = {"money": currency, "minutes": "min"}
    return " + ".join(f"{value:,.0f} {named.get(unit, unit)}" for unit, value in sorted(by_unit.items()) if value >= 0.5) or "·"
