"""Writes small playbook folders for tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from agent.domain.playbook import Playbook
from agent.playbook.findings import Finding
from agent.playbook.lint import lint
from agent.playbook.loader import load_source

Item = dict[str, Any]


def surface(**changes: Any) -> Item:
    """A sound surface."""
    return {
        "id": "deals", "area": "revenue", "owner": "revops@example.com", "why": "because", "mode": "suggest",
        "subject": "deal", "trigger": {"types": ["deal.silent"]}, "plays": ["nudge"], "outcome": {"metric": "won"},
        "review": {
            "approver": "deal_owner", "fallback": "sales_manager", "remind_after": "1h", "delegate_after": "2h",
            "expire_after": "4h",
        },
        "confidence": {"act_at_least": 0.8}, **changes,
    }  # fmt: skip


def play(**changes: Any) -> Item:
    """A sound play that mails the customer."""
    return {
        "id": "nudge", "kind": "nudge", "title": "Nudge", "owner": "revops@example.com", "why": "because",
        "reach": "customer", "purpose": "marketing", "channels": ["email"], "steps": [{"do": "send_content"}],
        "value": "deal.amount * 0.2", "prior": {"with": "0.4", "without": "0.3"}, "window": "10d",
        "outcome": {"event": "deal.won", "window": "14d"},
        "content": {"subject": {"en": "Hello"}, "body": {"en": "Hello {{ contact.name }}"}}, **changes,
    }  # fmt: skip


def rule(**changes: Any) -> Item:
    """A sound rule with a case for and one against it."""
    return {
        "id": "closed", "owner": "revops@example.com", "why": "because", "layer": "applicability", "effect": "forbid",
        "when": [{"id": "won", "cel": 'deal.stage == "won"', "says": "the deal is won"}],
        "cases": [
            {"name": "won", "play": "nudge", "facts": {"deal.stage": "won"}, "matches": True},
            {"name": "open", "play": "nudge", "facts": {"deal.stage": "proposal"}, "matches": False},
        ], **changes,
    }  # fmt: skip


def when(*expressions: str) -> list[Item]:
    """Clauses c0, c1, … with these conditions."""
    return [{"id": f"c{i}", "cel": cel, "says": "so it is"} for i, cel in enumerate(expressions)]


def write(folder: Path, *, surfaces: Any = None, plays: Any = None, rules: Any = None, **files: str) -> Path:
    """Write a folder of sound items, or of those given; `files` are extra files by name (`__` stands for a slash)."""
    parts = {"surfaces": surfaces or [surface()], "plays": plays or [play()], "rules": rules or [rule()]}
    for name, items in parts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "all.yaml").write_text(yaml.safe_dump(items, sort_keys=False), encoding="utf-8")
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def findings(folder: Path, **parts: Any) -> list[Finding]:
    """What the lint says of a folder with these items."""
    source = load_source(write(folder, **parts))
    return lint(source.playbook, source.places)


def messages(found: list[Finding]) -> str:
    """All findings as one text."""
    return "\n".join(str(one) for one in found)


def built(parts: Mapping[str, Any], folder: Path) -> Playbook:
    """The playbook of a folder with these items."""
    return load_source(write(folder, **parts)).playbook
