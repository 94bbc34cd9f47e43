"""Finds what is wrong with a playbook that loads: rules that cannot work, unknown names, spans that contradict."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from agent.domain.playbook import Playbook
from agent.playbook.cases import failed_cases
from agent.playbook.checks.effects import check_cases, check_effects
from agent.playbook.checks.evaluation import check_satisfiable, check_types
from agent.playbook.checks.facts import check_facts
from agent.playbook.checks.from_text import check_from_text
from agent.playbook.checks.launch import check_launch
from agent.playbook.checks.plays import check_plays
from agent.playbook.checks.reach import check_reach
from agent.playbook.checks.references import check_references
from agent.playbook.checks.templates import check_templates
from agent.playbook.checks.vocabulary import check_vocabulary
from agent.playbook.checks.windows import check_ended, check_windows
from agent.playbook.expressions import Kind
from agent.playbook.findings import Finding
from agent.playbook.loader import DEFAULT, Place, PlaybookError, load_source

CHECKS = (
    check_facts, check_types, check_satisfiable, check_vocabulary, check_reach, check_references, check_effects,
    check_plays, check_templates, check_windows, check_launch, check_from_text,
)  # fmt: skip
"""Every check but the one for cases, which is stricter for the playbook that ships."""


def lint(
    playbook: Playbook, places: Mapping[tuple[Kind, str], Place] | None = None, *, cases_required: bool = False, today: date | None = None
) -> list[Finding]:
    """All findings, errors first. `places` gives them files and lines; `cases_required` makes missing cases errors.

    The lint has no clock: what is out of date is found only if `today` is given.
    """
    found = [finding for check in CHECKS for finding in check(playbook)]
    found += check_ended(playbook, today) if today else []
    found += check_cases(playbook, required=cases_required)
    return sorted_findings(finding.placed(places or {}) for finding in found)


def sorted_findings(found: Iterable[Finding]) -> list[Finding]:
    """Each finding once: errors first, then by place."""
    return sorted(dict.fromkeys(found), key=lambda f: (f.severity, f.file, f.line or 0, f.kind, f.id, f.message))


def check(folder: Path, *, today: date | None = None) -> list[Finding]:
    """What `nextplay playbook check` says: what keeps a folder from loading, else the lint, else its failing cases."""
    return checked(folder, today=today)[1]


def checked(folder: Path, *, today: date | None = None) -> tuple[Playbook | None, list[Finding]]:
    """The playbook in a folder, None where it does not load; and what `check` says of it."""
    try:
        source = load_source(folder)
    except PlaybookError as broken:
        return None, [Finding("error", "playbook", "", f"{p.text}\n{p.shown}".rstrip(), file=p.file, line=p.line) for p in broken.problems]
    found = lint(source.playbook, source.places, cases_required=folder.resolve() == DEFAULT, today=today)
    if not any(finding.severity == "error" for finding in found):
        found = sorted_findings([*found, *(f.placed(source.places) for f in failed_cases(source.playbook))])
    return source.playbook, found


def judged(draft: Playbook, *, today: date | None = None) -> list[Finding]:
    """What the lint says of a playbook whose settings were changed over its files. An example of a rule that says otherwise is only a warning:

    examples stand in the files, beside the setting that they were written for, and hold there.
    """
    cases = [
        replace(one, severity="warning", message=f"an example in the file was written for another setting: {one.message}")
        if one.severity == "error" else one
        for one in failed_cases(draft)
    ]  # fmt: skip
    return sorted_findings([*lint(draft, today=today), *cases])
