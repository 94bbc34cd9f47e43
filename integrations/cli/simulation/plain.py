"""A simulation as plain data, with the stable names that docs/simulate.md lists."""

from dataclasses import asdict
from typing import Any

from agent.simulating import Change, Simulation


def as_plain(found: Simulation, folder: str) -> dict[str, Any]:
    """Everything that was found."""
    return {
        "draft": {"version": found.draft, "folder": folder},
        "playbooks": list(found.playbooks),
        "since": found.since,
        "until": found.until,
        "surface": found.surface,
        "decisions": found.decisions,
        "changed": len(found.changes),
        "unchanged": found.decisions - len(found.changes),
        "only_recorded": found.recorded,
        "lost": list(found.lost),
        "total": asdict(found.total),
        "kinds": {kind: asdict(tally) for kind, tally in found.by_kind().items()},
        "surfaces": {
            surface: {"decisions": found.decided[surface], "changed": sum(kinds.values()), "kinds": kinds}
            for surface, kinds in found.by_surface().items()
        },
        "causes": [{"kind": kind, "id": name or None, **asdict(tally)} for (kind, name), tally in found.by_cause().items()],
        "changes": [_change(change) for change in found.changes],
        "assumptions": list(found.assumptions),
    }


def _change(change: Change) -> dict[str, Any]:
    plain = asdict(change)
    subject = {"kind": plain.pop("subject_kind"), "id": plain.pop("subject_id")}
    return {**plain, "subject": subject}
