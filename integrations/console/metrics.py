"""What was recommended, what people said, what came of it and what it caused: per surface and play, with what is uncertain about each figure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from fastapi import Request, Response

from agent.domain.lift import wilson
from agent.domain.metrics import Counted, Struck
from agent.domain.spans import parse_span
from agent.errors import InvalidInput
from agent.measuring import Figures, SurfaceFigures
from agent.ports import Pace
from integrations.console.foretelling import foretold_section
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page
from integrations.console.visit import console_of
from integrations.reports import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Dot,
    Dots,
    Fold,
    Line,
    Lines,
    Point,
    Prose,
    Section,
    Series,
    Stack,
    Stacked,
    Table,
    Tile,
    Tiles,
)
from integrations.telling.figures import caused, worth
from integrations.telling.words import role, several, span

pages = Pages()
SPANS = ("7d", "30d", "90d", "365d")
LONGEST = timedelta(days=1_000)
_ASKED: tuple[Series, ...] = (
    Series("approved", "good"), Series("edited", "c3"), Series("rejected", "bad"), Series("silent", "muted"), Series("withdrawn", "plain"),
    Series("open", "warn"),
)  # fmt: skip
_CAME: tuple[Series, ...] = (
    Series("converted", "good"), Series("assumed", "c3"), Series("ignored", "muted"), Series("lost", "bad"), Series("open", "warn"),
)  # fmt: skip
_COUNTS = ("decisions", "held_out", "asked", "approved", "edited", "rejected", "ignored_asks", "delivered", "converted", "assumed", "ignored", "lost")


@pages.get("/metrics", roles=EVERYBODY)
async def metrics(request: Request, since: str = "30d", surface: str = "", rules: str = "") -> Response:
    """The figures of a period, and what rules struck out where that is asked for."""
    console, length = console_of(request), span_of(since)
    service = console.workspace.service
    found = await service.metrics(since=length, surface=surface or None, rules=bool(rules))
    of_surfaces = (section for one in found.surfaces for section in _surface(one, found))
    sections = [_funnel(found.pace), *of_surfaces, *foretold_section(found.foretold), *_rules(found, asked=bool(rules))]
    return page(
        request, "metrics.html", found=found, sections=sections if found.surfaces else [], since=since, surface=surface, rules=bool(rules),
        spans=[(one, f"{one[:-1]} days") for one in SPANS], surfaces=[(name, name) for name in sorted(console.workspace.playbook.surfaces)],
    )  # fmt: skip


def span_of(text: str) -> timedelta:
    """How far back. Raises InvalidInput."""
    try:
        length = parse_span(text)
    except ValueError as error:
        raise InvalidInput(f"The time {error}.", "Write it as 30d.") from None
    if not isinstance(length, timedelta) or not timedelta() < length <= LONGEST:
        raise InvalidInput(f"{text!r} is no time that figures are made of.", f"Write it as 30d; {LONGEST.days} days at most.")
    return length


def _funnel(pace: Pace) -> Section:
    """Day by day: how much was decided, shown to people, delivered, and converted."""
    days = list(_days(pace))
    lines = [Line(name, [Point(pace.days.get(day, {}).get(name, 0)) for day in days]) for name in ("decided", "asked", "delivered", "converted")]
    drawn = Lines([f"{day:%d %b}" for day in days], lines, empty="Nothing was decided in this time.")
    return Section("Day by day", [drawn], "Days are those of UTC.")


def _days(pace: Pace) -> Iterator[date]:
    """Every day from the first on which something was decided to the last, also those on which nothing was."""
    day, last = min(pace.days, default=None), max(pace.days, default=None)
    while day is not None and last is not None and day <= last:
        yield day
        day += timedelta(days=1)


def _surface(one: SurfaceFigures, found: Figures) -> Iterator[Section]:
    whole = one.whole
    blocks: list[Block] = [Tiles([*_tiles(whole, found.currency), _answering(found.pace, one.id)])]
    if whole.asked:
        blocks.append(
            Stacked(_ASKED, [Stack(name, _asks(counted)) for name, counted in one.plays.items() if counted.asked], "What people said, by play")
        )
    if rates := list(_rates(one)):
        blocks.append(Dots(rates, "Approved or edited, of those that were answered", zero=None, unit=" %"))
    if whole.delivered:
        blocks.append(
            Stacked(_CAME, [Stack(name, _came(counted)) for name, counted in one.plays.items() if counted.delivered], "What came of it, by play")
        )
    blocks.append(_lift(one))
    if whole.guardrails:
        blocks.append(Bars([Bar(role(name), count, f"{count:,}", tone="bad") for name, count in whole.guardrails.most_common()], "Friction"))
    proposed = sum(counted.asked for counted in one.plays.values())
    if proposed:
        shares = sorted(((counted.asked, name) for name, counted in one.plays.items() if counted.asked), reverse=True)
        blocks.append(
            Bars([Bar(name, count, _share(count, proposed)) for count, name in shares], "Concentration: which plays people are asked about")
        )
    blocks.append(Fold("The figures as a table", [_table(one)]))
    yield Section(one.id, blocks)


def _share(part: int, whole: int) -> str:
    """A share in percent; what there is of is never nothing."""
    return f"{part / whole:.0%}" if part * 200 >= whole else "under 1%"


def _tiles(whole: Counted, currency: str) -> list[Tile]:
    answered = whole.approved + whole.edited + whole.rejected
    said_yes = f"{(whole.approved + whole.edited) / answered:.0%}" if answered else "—"
    earned = f"{whole.amount:,.0f} {currency}" if whole.amount else f"{whole.minutes:,.0f} min" if whole.minutes else ""
    friction = whole.guardrails.total()
    of_delivered = f"{friction / whole.delivered:.1%} of delivered" if whole.delivered else ""
    return [
        Tile("decisions", f"{whole.decisions:,}", several(whole.held_out, "held out", "held out")),
        Tile("approved", said_yes, f"of {several(answered, 'answer')}"),
        Tile("delivered", f"{whole.delivered:,}", f"{several(whole.bounced, 'message')} came back" if whole.bounced else ""),
        Tile("converted", f"{whole.converted:,}", earned, "good" if whole.converted else "plain"),
        Tile("friction", f"{friction:,}", of_delivered, "bad" if friction else "plain"),
    ]


def _answering(pace: Pace, surface: str) -> Tile:
    took = pace.answered_in.get(surface)
    return Tile("time to answer", "—", "nobody has answered") if took is None else Tile("time to answer", span(took), "half of them sooner")


def _asks(one: Counted) -> list[float]:
    return [one.approved, one.edited, one.rejected, one.ignored_asks, one.withdrawn_asks, one.open_asks]


def _came(one: Counted) -> list[float]:
    return [one.converted, one.assumed, one.ignored, one.lost, one.waiting]


def _rates(one: SurfaceFigures) -> Iterator[Dot]:
    """With the interval that so few answers leave."""
    for name, counted in one.plays.items():
        answered = counted.approved + counted.edited + counted.rejected
        if answered:
            share = (counted.approved + counted.edited) / answered
            low, high = wilson(share, answered)
            yield Dot(name, share * 100, low * 100, high * 100, f"{share:.0%} of {answered:,}")


def _lift(one: SurfaceFigures) -> Block:
    lift = one.lift
    if lift.difference is None or lift.low is None or lift.high is None:
        return Prose(f"What acting caused is {caused(lift)}.")
    dot = Dot("treated less held out", lift.difference * 100, lift.low * 100, lift.high * 100, note=caused(lift))
    return Dots([dot], "What acting caused", unit=" points")


def _table(one: SurfaceFigures) -> Table:
    rows: Sequence[tuple[str, Counted]] = [*one.plays.items(), ("all", one.whole)]
    columns = [Column("play"), *(Column(role(name).replace(" asks", ""), number=True) for name in _COUNTS)]
    return Table(columns, [[name, *(f"{getattr(counted, count):,}" for count in _COUNTS)] for name, counted in rows])


def _rules(found: Figures, *, asked: bool) -> Iterator[Section]:
    if not asked or not found.rules:
        return
    columns = [Column("rule"), *(Column(name, number=True) for name in ("struck", "in decisions", "alone", "worth", "cost"))]
    note = (
        "Struck: candidates forbidden. Alone: decisions in which no other rule forbade something worth doing. Worth: the expected value of the best"
        " of those; cost: by how much it beats what was chosen instead. Expected, not observed."
    )
    yield Section("What rules struck out", [Table(columns, [_rule(name, one, found.currency) for name, one in found.rules.items()])], note=note)


def _rule(name: str, one: Struck, currency: str) -> list[Cell | str]:
    return [Cell(name, "code"), f"{one.candidates:,}", f"{one.decisions:,}", f"{one.alone:,}", worth(one.worth, currency), worth(one.cost, currency)]
