"""How measured figures are kept and printed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `floor` is what it is compared with, measured in the same run; `aim` is the target, in words."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    floor_name: str = ""
    aim: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over floor."""
        return self.value / self.floor if self.floor else None

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "ratio": self.ratio}


def lines(title: str, figures: Sequence[Figure]) -> list[str]:
    """The figures of one benchmark as text."""
    printed = ["", title]
    for figure in figures:
        beside = f"   {figure.floor_name}: {figure.floor:,.1f} {figure.unit}, ratio {figure.ratio:.2f}" if figure.ratio is not None else ""
        aim = f"   (aim: {figure.aim})" if figure.aim else ""
        printed.append(f"  {figure.name:<44} {figure.value:>12,.1f} {figure.unit}{beside}{aim}")
    return printed


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which the share of the sorted values lies."""
    ordered = sorted(values)
    return ordered[min(round(share * len(ordered)), len(ordered) - 1)]
