"""A playbook as stored JSON, so that a decision can be replayed under the version that made it, whatever the folder says by then."""

from typing import Any

from agent.domain.playbook import Playbook
from agent.domain.plays import LaunchLimits, Play, Surface
from agent.domain.rules import Rule
from agent.domain.triage_words import TriageWords


def playbook_to_json(playbook: Playbook) -> dict[str, Any]:
    """Plain JSON of the whole playbook."""
    return {
        "reporting_currency": playbook.reporting_currency,
        "launch": playbook.launch.model_dump(mode="json"),
        **({} if playbook.triage.says_nothing() else {"triage": playbook.triage.model_dump(mode="json")}),
        "surfaces": [s.model_dump(mode="json", by_alias=True) for s in playbook.surfaces.values()],
        "plays": [p.model_dump(mode="json", by_alias=True) for p in playbook.plays.values()],
        "rules": [r.model_dump(mode="json", by_alias=True) for r in playbook.rules.values()],
    }


def playbook_from_json(version: str, stored: dict[str, Any]) -> Playbook:
    """The playbook as it was. Raises ValidationError for a shape that this release does not know."""
    return Playbook(
        {s["id"]: Surface.model_validate(s) for s in stored["surfaces"]},
        {p["id"]: Play.model_validate(p) for p in stored["plays"]},
        {r["id"]: Rule.model_validate(r) for r in stored["rules"]},
        version,
        stored["reporting_currency"],
        LaunchLimits.model_validate(stored.get("launch", {})),
        TriageWords.model_validate(stored.get("triage", {})),
    )
