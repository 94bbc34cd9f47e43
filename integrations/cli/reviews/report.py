"""A pack as a page for the meeting."""

from collections.abc import Sequence

from agent.reviewing import Case, Pack
from integrations.reports import Bar, Bars, Block, Cell, Column, Page, Points, Section, Table, Tile, Tiles
from integrations.telling.reviewed import PARTS, came, concentration, team_said
from integrations.telling.words import role, utc

_COLUMNS = (Column("Decision"), Column("Surface"), Column("Proposal"), Column("What came of it"), Column("Why"), Column("Reviewers"))


def report_of(found: Pack) -> Page:
    """The whole page."""
    what = f"{found.decisions:,} decisions" + (f" of {found.surface}" if found.surface else "")
    sections = [_glance(found), *(_part(title, found.cases[name]) for name, title in PARTS.items() if found.counts[name])]
    if found.teams:
        said = [f"{role(team.role)}: {team_said(team)}{''.join(f'; {sign}' for sign in team.rubber_stamps)}" for team in found.teams]
        sections.append(Section("How teams answer", [Points(said)]))
    if found.plays:
        bars: Block = Bars([Bar(name, count, f"{count:,}") for name, count in found.plays.items()])
        sections.append(Section("Plays", [bars], note=concentration(found.plays)))
    if found.rules:
        rows: list[list[Cell | str]] = [
            [Cell(name, "code"), f"{one.candidates:,}", f"{one.decisions:,}", f"{one.alone:,}"] for name, one in found.rules.items()
        ]
        columns = (Column("Rule"), Column("Struck"), Column("In decisions"), Column("Alone"))
        sections.append(Section("Most-hit rules", [Table(columns, rows)]))
    return Page(
        title="What there is to review", kind="Review", lead=f"{what}, {utc(found.since)} to {utc(found.until)}.",
        about=[("From", utc(found.since)), ("Until", utc(found.until)), ("Surface", found.surface or "all")], sections=sections,
        foot="Made by nextplay review.",
    )  # fmt: skip


def _glance(found: Pack) -> Section:
    tones = {"friction": "bad", "overridden": "warn", "converted": "good"}
    tiles = [Tile(title, f"{found.counts[name]:,}", "", tones.get(name, "plain") if found.counts[name] else "plain") for name, title in PARTS.items()]  # type: ignore[arg-type]  # tones are tones
    return Section("At a glance", [Tiles(tiles)])


def _part(title: str, cases: Sequence[Case]) -> Section:
    rows: list[list[Cell | str]] = [
        [Cell(one.id, "code"), one.surface, one.title or "nothing", came(one),
         Cell("; ".join(one.why), "small"), Cell("\n".join(_said(one)), "small")]
        for one in cases
    ]  # fmt: skip
    return Section(title, [Table(_COLUMNS, rows)])


def _said(case: Case) -> list[str]:
    return [f"{one.label}{f': {one.note}' if one.note else ''}{''.join(f' · {knob}' for knob in one.knobs[:2])}" for one in case.labels]
