"""A pack as people read it on a terminal, and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.text import Text

from agent.domain.knobs import Knob
from agent.reviewing import LEAST_PEOPLE, Case, Labelled, Pack, Team
from integrations.cli.look import Page
from integrations.telling.reviewed import PARTS, came, concentration, team_said
from integrations.telling.words import listed, role, several, utc

SHOWN = 5
RULES = 8


def as_plain(found: Pack) -> dict[str, Any]:
    """The pack as plain data."""
    plain = asdict(replace(found, parts={}))
    del plain["parts"]  # `cases` has them, opened
    plain["cases"] = {name: [_case_as_plain(case) for case in cases] for name, cases in found.cases.items()}
    plain["teams"] = [{**asdict(team), "rubber_stamps": team.rubber_stamps} for team in found.teams]
    plain["plays"] = [{"id": name, "proposals": count} for name, count in found.plays.items()]
    plain["rules"] = [{"id": name, **asdict(rule)} for name, rule in found.rules.items()]
    return plain


def _case_as_plain(case: Case) -> dict[str, Any]:
    return {**asdict(case), "labels": [label_as_plain(one) for one in case.labels]}


def label_as_plain(said: Labelled) -> dict[str, Any]:
    """A label with its knobs."""
    return {"label": said.label, "note": said.note, "area": said.area, "why": said.why, "knobs": list(map(knob_as_plain, said.knobs))}


def knob_as_plain(knob: Knob) -> dict[str, Any]:
    """One setting."""
    return {"of": knob.of, "id": knob.id, "setting": knob.setting, "now": knob.now, "try": knob.try_}


def page_of(found: Pack, html: Path | None = None, width: int | None = None) -> Page:
    """The whole pack."""
    page = Page(width)
    page.heading(f"Review{f' of {found.surface}' if found.surface else ''}", several(found.decisions, "decision"))
    page.line((f"{utc(found.since)} to {utc(found.until)}", "dim"))
    if not found.decisions:
        page.wrapped("There is nothing to review here. Look at another week with --week, or at decisions in shadow with --sample N --surface S.")
        return page
    if found.sample:  # each of them is to be looked at
        _add_cases(page, "Proposed in shadow", found.cases["proposed"], found.decisions)
    else:
        for name, title in PARTS.items():
            if found.counts[name] and name != "proposed":
                _add_cases(page, title, found.cases[name], SHOWN)
    _add_teams(page, found.teams)
    _add_plays(page, found)
    _add_rules(page, found)
    page.blank()
    page.wrapped("Say what was good or bad: nextplay review label DECISION LABEL --as EMAIL")
    if html is not None:
        page.wrapped(f"The whole pack is in {html}.")
    return page


def _add_cases(page: Page, title: str, cases: tuple[Case, ...], at_most: int) -> None:
    page.blank()
    page.heading(title, str(len(cases)))
    for case in cases[:at_most]:
        page.line((case.id, "bold"), f"  {case.surface}  {case.account or 'no account'}  ", (utc(case.at), "dim"))
        page.wrapped(": ".join(filter(None, (case.title or "nothing", came(case)))), indent=2, at_most=2)
        if case.why:
            page.wrapped("; ".join(case.why), indent=2, label=Text("why  ", "dim"), at_most=2)
        for said in case.labels:
            add_label(page, said, indent=2)
    if len(cases) > at_most:
        page.line((f"… and {len(cases) - at_most} more: --json or --html has them all", "dim"))


def add_label(page: Page, said: Labelled, *, indent: int) -> None:
    """Add what a reviewer said, and what to turn."""
    if said.area is None:
        page.wrapped(f"good{f': {said.note}' if said.note else ''}", indent=indent, label=Text("said  ", "green"))
        return
    page.wrapped(f"{said.label}{f': {said.note}' if said.note else ''}", indent=indent, label=Text("said  ", "yellow"))
    page.wrapped(f"{said.area}: {said.why}", indent=indent, label=Text("knob  ", "dim"))
    for knob in said.knobs:
        page.wrapped(str(knob), indent=indent + 6)
    if not said.knobs:
        page.wrapped("nothing in the playbook looks at this: a rule is missing", indent=indent + 6)


def add_draft(page: Page, folder: Path, turned: Sequence[Knob]) -> None:
    """Add what was drafted, and how its effect is seen."""
    page.blank()
    page.heading("Draft", str(folder))
    for knob in turned:
        page.wrapped(f"{knob.of} {knob.id}: {knob.setting} from {knob.now} to {knob.try_}", indent=2)
    if not turned:
        page.wrapped("No bad label names a setting with a value to try: the draft is a plain copy.", indent=2)
    page.wrapped(f"See its effect: nextplay simulate --playbook {folder}")


def _add_teams(page: Page, teams: tuple[Team, ...]) -> None:
    if not teams:
        return
    page.blank()
    page.heading("How teams answer", f"figures from {LEAST_PEOPLE} people on")
    for team in teams:
        page.wrapped(team_said(team), indent=2, label=Text(f"{role(team.role)}  ", "bold"))
        for sign in team.rubber_stamps:
            page.wrapped(sign, indent=4, label=Text("!  ", "yellow"))


def _add_plays(page: Page, found: Pack) -> None:
    if not found.plays:
        return
    page.blank()
    page.heading("Plays", concentration(found.plays))
    total = sum(found.plays.values())
    page.table([[name, str(count), f"{count / total:.0%}"] for name, count in found.plays.items()], header=("play", "proposed", "share"), indent=2)


def _add_rules(page: Page, found: Pack) -> None:
    if not found.rules:
        return
    page.blank()
    page.heading("Most-hit rules", "what they struck out")
    rows = [[name, str(rule.candidates), str(rule.decisions), str(rule.alone)] for name, rule in list(found.rules.items())[:RULES]]
    page.table(rows, header=("rule", "struck", "in", "alone"), flex=0, indent=2)
    overridden = found.counts["overridden"]
    labels = listed([f"{name.replace('_', ' ')} {count}" for name, count in found.labels.items()])
    page.wrapped(f"Overridden by people: {overridden}. Labels: {labels or 'none yet'}.", indent=2)
