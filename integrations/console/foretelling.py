"""What was foretold beside what came, per surface: for the page of metrics."""

from collections.abc import Callable, Iterator

from agent.domain.confidence import LABELS_TO_CALIBRATE
from agent.domain.reliability import Bin, Foretold, Reliability
from integrations.reports import Block, Cell, Column, Curve, Curves, Fold, Notice, Prose, Section, Seen, Table, Tone
from integrations.telling.words import listed, several

NOTE = (
    "Confidence is the chance that whoever answers approves the choice, as it is or edited; the chance of success is that what was delivered"
    " converts within its window, or that its silence counts as success. On the dashed line as much came as was foretold; bars are 95 % intervals."
)
"""Which chance means what."""

_COLUMNS = ("cases", "foretold", "came", "95 % interval")


def foretold_section(found: Foretold) -> Iterator[Section]:
    """Curves for approval and for success, their scores, and every bin as a table. Nothing where nothing was foretold and came."""
    approval, success = _kept(found, found.approval), _kept(found, found.success)
    unsure = {surface: many for surface, many in found.unsure.items() if many}
    if not approval and not success and not unsure and not found.unread:
        return
    blocks: list[Block] = []
    if found.unread:
        blocks.append(Notice(f"{several(found.unread, 'decision')} of an earlier release {'is' if found.unread == 1 else 'are'} still being read."))
    if approval:
        blocks.append(Curves(_curves(approval, "c1"), "Approval: the confidence in what people were asked", "confidence", "approved or edited"))
    if unsure:
        blocks.append(Prose(_unsure(unsure)))
    if success:
        blocks.append(Curves(_curves(success, "c3"), "Success: the chance of what was delivered", "chance of success", "converted or assumed"))
    if approval or success:
        blocks += [_scores(approval, success), Fold("Every bin as a table", [_bins(approval, success)])]
    yield Section("What was foretold, and what came", blocks, NOTE)


def _kept(found: Foretold, told: Callable[[str], Reliability | None]) -> dict[str, Reliability]:
    return {surface: one for surface in found.surfaces if (one := told(surface)) is not None}


def _curves(told: dict[str, Reliability], tone: Tone) -> list[Curve]:
    return [Curve(surface, [_seen(one) for one in of.bins], _score(of), tone) for surface, of in told.items()]


def _seen(one: Bin) -> Seen:
    return Seen(one.foretold, one.came, one.at_least, one.at_most, one.cases)


def _score(of: Reliability) -> str:
    return f"{several(of.cases, 'case')} · Brier {of.brier:.3f} · ECE {of.ece * 100:.1f} points"


def _unsure(unsure: dict[str, int]) -> str:
    """How many answers there is no chance for, and why."""
    of = listed([f"{many:,} of {surface}" for surface, many in sorted(unsure.items())])
    return f"Without a confidence, for their kind of play had under {LABELS_TO_CALIBRATE} labels: {several(sum(unsure.values()), 'answer')} ({of})."


def _each(approval: dict[str, Reliability], success: dict[str, Reliability]) -> Iterator[tuple[str, str, Reliability]]:
    for what, told in (("approval", approval), ("success", success)):
        for surface, of in told.items():
            yield surface, what, of


def _scores(approval: dict[str, Reliability], success: dict[str, Reliability]) -> Table:
    rows: list[list[Cell | str]] = [
        [surface, what, f"{of.cases:,}", f"{of.brier:.3f}", f"{of.blind:.3f}", f"{of.ece * 100:.1f} points"]
        for surface, what, of in _each(approval, success)
    ]
    names = ("cases", "Brier score", "of the share alone", "calibration error (ECE)")
    caption = "How good the chances were: 0 is best, and a Brier score should be under that of the share alone"
    return Table(["surface", "of", *(Column(name, number=True) for name in names)], rows, caption=caption)


def _bins(approval: dict[str, Reliability], success: dict[str, Reliability]) -> Table:
    rows: list[list[Cell | str]] = [
        [surface, what, f"{one.low:.0%} to {one.high:.0%}", f"{one.cases:,}", f"{one.foretold:.0%}", f"{one.came:.0%}",
         f"{one.at_least:.0%} to {one.at_most:.0%}"]
        for surface, what, of in _each(approval, success) for one in of.bins
    ]  # fmt: skip
    return Table(["surface", "of", "bin", *(Column(name, number=True) for name in _COLUMNS)], rows)
