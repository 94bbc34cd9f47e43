"""A simulation as a page: what changes, where and why, what became of it, and every decision that changes."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from agent.simulating import KINDS, Change, Kind, Simulation, Tally
from integrations.reports import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Fold,
    Line,
    Lines,
    Notice,
    Page,
    Point,
    Points,
    Section,
    Series,
    Stack,
    Stacked,
    Table,
    Tile,
    Tiles,
    Tone,
)  # fmt: skip
from integrations.telling.simulation import KIND, became, causes, day, not_decided, share, side, span, summary, verdict
from integrations.telling.words import several

TONES: dict[Kind, Tone] = {
    "newly_forbidden": "bad", "newly_allowed": "good", "other_choice": "c1", "other_route": "c4", "other_terms": "muted",
}  # fmt: skip
_MOST_DAYS = 92
_DAY = timedelta(days=1)
_FIGURES = ("Changes", "Approved", "Rejected", "Done", "Converted", "Friction", "Not known")


Address = Callable[[str], str]
"""Where a decision is shown; empty for nowhere."""


def nowhere(decision_id: str) -> str:  # noqa: ARG001  the signature of all addresses
    """A file of its own leads nowhere."""
    return ""


def report_of(found: Simulation, folder: str) -> Page:
    """The whole page."""
    about = [
        ("Draft", f"{folder} ({found.draft})"), ("Decided", span(found)), ("Surface", found.surface or "all"),
        ("Decided under", ", ".join(found.playbooks[:4]) + (" …" if len(found.playbooks) > 4 else "") or "—"),
    ]  # fmt: skip
    return Page(
        title="What the draft would have done", kind="Simulation", lead=summary(found), about=about, sections=sections_of(found),
        foot="Made by nextplay simulate. Nothing was recorded or done.",
    )  # fmt: skip


def sections_of(found: Simulation, *, address: Address = nowhere, at_most: int | None = None) -> list[Section]:
    """What a page about it consists of. Of each kind of change at most so many decisions are listed; their ids lead where they are shown."""
    told = [_where(found), _why(found), _outcomes(found), _listed(found, address, at_most)] if found.changes else []
    return [_at_a_glance(found), *told, _granted(found)]


def _at_a_glance(found: Simulation) -> Section:
    kinds, total = found.by_kind(), found.total
    tiles = [
        Tile("Decided again", f"{found.decisions:,}", f"{several(found.recorded, 'event')} only recorded" if found.recorded else ""),
        Tile("Would differ", f"{total.changes:,}", share(total.changes, found.decisions), "c1" if total.changes else "plain"),
        *(Tile(KIND[kind].capitalize(), f"{kinds[kind].changes:,}", _known_of(kinds[kind]), TONES[kind] if kinds[kind].changes else "muted")
          for kind in KINDS),
        Tile("Cannot be known", f"{total.unknown:,}", "no outcome was observed for what would have been done", "warn" if total.unknown else "muted"),
    ]  # fmt: skip
    blocks: list[Block] = [Tiles(tiles), *(Notice(note) for note in not_decided(found))]
    if found.decisions and not found.changes:
        blocks.append(Notice("The draft changes nothing for these decisions.", "good"))
    return Section("At a glance", blocks)


def _known_of(tally: Tally) -> str:
    told = [f"{tally.converted:,} converted"] if tally.converted else []
    return ", ".join([*told, *([f"{tally.friction:,} with friction"] if tally.friction else [])])


def _where(found: Simulation) -> Section:
    by_surface = found.by_surface()
    stacks = [
        Stack(surface, [kinds[kind] for kind in KINDS], f"of {several(found.decided[surface], 'decision')}") for surface, kinds in by_surface.items()
    ]
    rows = [
        [surface, f"{found.decided[surface]:,}", *(f"{kinds[kind]:,}" for kind in KINDS), share(sum(kinds.values()), found.decided[surface])]
        for surface, kinds in by_surface.items()
    ]
    headings: list[Column | str] = ["Surface", Column("Decisions", number=True), *(Column(KIND[kind].capitalize(), number=True) for kind in KINDS)]
    blocks: list[Block] = [
        Stacked([Series(KIND[kind], TONES[kind]) for kind in KINDS], stacks, title="Decisions that change, by surface"), *_over_time(found),
        Fold("The same as a table", [Table([*headings, Column("Share", number=True)], rows)]),
    ]  # fmt: skip
    return Section("What changes, and where", blocks, "Each decision that changes is of one kind: the first that fits, in this order.")


def _over_time(found: Simulation) -> list[Block]:
    """The changes of each day, where there are days enough for a line."""
    first, last = (min(c.at for c in found.changes).date(), max(c.at for c in found.changes).date())
    days = [first + number * _DAY for number in range((last - first).days + 1)]
    if not 3 <= len(days) <= _MOST_DAYS:
        return []
    counted = [sum(change.at.date() == one for change in found.changes) for one in days]
    ticks, line = [f"{one.day} {one:%b}" for one in days], Line("changes", [Point(count) for count in counted])
    return [Lines(ticks, [line], title="Decisions that change, by day")]


def _why(found: Simulation) -> Section:
    named = [(kind, name or "earlier decisions would have been others", tally) for (kind, name), tally in found.by_cause().items()]
    bars = [Bar(name, tally.changes, note=kind) for kind, name, tally in named[:12]]
    rows: list[list[Cell | str]] = [
        [Cell(kind, "badge"), Cell(name, "code"), *_figures(tally)] for kind, name, tally in named
    ]  # fmt: skip
    note = "The rules that speak otherwise of what was chosen, or of what would be; where none does, the settings that differ. Some have several."
    return Section("What made the difference", [Bars(bars, title="Changes by cause"), Fold("All causes", [_table(("Kind", "Cause"), rows)])], note)


def _outcomes(found: Simulation) -> Section:
    kinds = [(kind, tally) for kind, tally in found.by_kind().items() if tally.changes]
    series = [Series("done, and would be done", "good"), Series("done, and would not be", "warn"), Series("nothing was done", "muted")]
    stacks = [Stack(KIND[kind], _split([change for change in found.changes if change.kind == kind])) for kind, _ in kinds]
    rows: list[list[Cell | str]] = [[Cell(KIND[kind], "badge", TONES[kind]), *_figures(tally)] for kind, tally in kinds]
    rows.append([Cell("all", "badge"), *_figures(found.total)])
    bars = [Bar(f"{metric}, {KIND[kind]}", value, tone=TONES[kind]) for (metric, kind), value in sorted(_worth(found).items())]
    blocks: list[Block] = [
        Stacked(series, stacks, title="What was done, and whether it still would be"), _table(("Kind",), rows),
        *([Bars(bars, title="Value of the conversions among them")] if bars else []),
    ]  # fmt: skip
    note = "What became of these decisions as they were. A conversion is not lost for certain: without the contact it might have come all the same."
    return Section("What became of them", blocks, note)


def _worth(found: Simulation) -> dict[tuple[str, Kind], float]:
    """The value of what converted, by metric and kind of change."""
    worth: dict[tuple[str, Kind], float] = {}
    for change in found.changes:
        if change.became.converted and change.became.value is not None:
            key = (change.became.metric or "outcome", change.kind)
            worth[key] = worth.get(key, 0.0) + change.became.value
    return worth


def _split(changes: Sequence[Change]) -> list[float]:
    done = [change for change in changes if change.became.delivered]
    known = sum(change.known for change in done)
    return [known, len(done) - known, len(changes) - len(done)]


def _listed(found: Simulation, address: Address, at_most: int | None) -> Section:
    blocks: list[Block] = []
    for kind, says in KINDS.items():
        mine = [change for change in found.changes if change.kind == kind]
        if mine:
            rows = [_row(change, address) for change in mine[:at_most]]
            table = Table(["Decision", "Was", "Would be", "Because of", "What became of it"], rows)
            blocks.append(
                Fold(
                    f"{KIND[kind].capitalize()}: {len(mine):,} — {says}", [table, *_cut(len(mine), len(rows))], is_open=not blocks and len(mine) <= 40
                )
            )
    return Section("Every decision that changes", blocks)


def _cut(there_are: int, shown: int) -> list[Block]:
    return [Notice(f"The first {shown:,} of {there_are:,} are listed; nextplay simulate --html lists all.", "plain")] if shown < there_are else []


def _row(change: Change, address: Address) -> list[Cell | str]:
    where = f"{change.id}\n{change.surface}\n{change.account or 'no account'}, {change.subject_kind} {change.subject_id}\n{day(change.at)}"
    why = [*causes(change), *(["It changes only because earlier decisions do."] if change.knock_on else [])]
    judged = "\n".join(verdict(one) for one in change.judged if one.before != one.after)
    would = f"{_told(change.after.title, side(change.after))}{f'{chr(10)}{judged}' if judged else ''}"
    told = became(change) + ("" if change.known else "\nwhat would have come cannot be known")
    was = _told(change.before.title, side(change.before))
    return [Cell(where, "small", href=address(change.id)), was, Cell(would), Cell("\n".join(why), "small"), Cell(told, "small")]


def _told(title: str | None, done: str) -> str:
    return f"{title}: {done}" if title else done


def _granted(found: Simulation) -> Section:
    return Section("What this takes for granted", [Points(found.assumptions)])


def _table(first: tuple[str, ...], rows: list[list[Cell | str]]) -> Table:
    return Table([*first, *(Column(name, number=True) for name in _FIGURES)], rows)


def _figures(tally: Tally) -> list[str]:
    values = (tally.changes, tally.approved, tally.rejected, tally.delivered, tally.converted, tally.friction, tally.unknown)
    return [f"{value:,}" for value in values]
