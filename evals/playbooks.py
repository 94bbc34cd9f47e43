"""Playbooks with some words replaced: what a case or a seeded fault changes in the policy."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from agent.errors import InvalidInput
from evals.cases import Edit


def edited(base: Path, edits: Sequence[Edit], beside: Path) -> Path:
    """The playbook itself, or a copy in `beside` with the edits made. The same edits have the same folder. Raises InvalidInput."""
    if not edits:
        return base
    digest = hashlib.sha256(repr(edits).encode()).hexdigest()[:12]
    folder = beside / f"playbook_{digest}"
    if not folder.exists():
        shutil.copytree(base, folder)
        for edit in edits:
            _make(edit, folder)
    return folder


def _make(edit: Edit, folder: Path) -> None:
    if edit.old is None:
        (folder / edit.file).write_text(edit.new, encoding="utf-8")
        return
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(folder.glob(edit.file))}
    if not any(edit.old in text for text in texts.values()):
        raise InvalidInput(f"No file {edit.file} of the playbook says: {edit.old.strip()}", "Write it as it stands there.")
    for file, text in texts.items():
        file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
