"""A copy of the playbook in which what bad labels name is turned, for `nextplay simulate`."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import InvalidInput
from agent.playbook.loader import load_source
from agent.playbook.turning import Turn, turned

if TYPE_CHECKING:
    from agent.domain.knobs import Knob
    from agent.reviewing import Pack


def check_free(folder: Path) -> None:
    """Raises InvalidInput where a draft would overwrite something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(f"{folder} is there already.", "Name a folder that is new or empty.")


def knobs_of(found: "Pack") -> "list[Knob]":
    """Of each bad label the likeliest knob that has a value to try, each knob once."""
    labels = [one for case in found.cases["labelled"] for one in case.labels]
    likeliest = [next((knob for knob in one.knobs if knob.try_ is not None), None) for one in labels]
    return list({(knob.of, knob.id, knob.setting): knob for knob in likeliest if knob is not None}.values())


def write_draft(playbook: Path, folder: Path, knobs: "Sequence[Knob]") -> "list[Knob]":
    """Copy the playbook, and turn the knobs in the copy; which were turned."""
    turns = {Turn("rule" if one.of == "rule" else "play", one.id, tuple(one.setting.split(".")), one.try_ or ""): one for one in knobs}
    texts, left = turned(playbook, load_source(playbook), list(turns))
    shutil.copytree(playbook, folder, dirs_exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    return [knob for turn, knob in turns.items() if turn not in left]
