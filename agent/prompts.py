"""Loads the prompts: one Markdown file each, with its inputs and its answer's shape in the front matter.

Partials, whose names start with `_`, are drawn in by `{{> _name}}`. A prompt's hash covers everything that it says,
so that a decision can name exactly which prompt worded it.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent.parent / "prompts"
"""The prompts that ship."""

WRITING = frozenset({"play", "purpose", "language", "values", "draft", "passage", "untrusted", "feedback"})
"""The inputs of a prompt that words texts."""

_USUAL = {"ticket": "compose_ticket_reply", "internal": "compose_ticket_reply"}

_FRONT = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
_SECTIONS = re.compile(r"# System\n(.*?)\n# User\n(.*)", re.DOTALL)
_PARTIAL = re.compile(r"\{\{>\s*(_\w+)\s*\}\}")
_INPUT = re.compile(r"\{\{\s*([a-z]\w*)\s*\}\}")
_KEYS = {"id", "purpose", "inputs", "output"}


class PromptError(Exception):
    """A prompt file is not well formed, or was given other inputs than it names."""


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered prompt: what the model is, and what it is asked."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt. `output` is the JSON schema of the answer; `hash` changes with every word of it."""

    id: str
    purpose: str
    inputs: frozenset[str]
    output: dict[str, Any]
    system: str
    user: str
    hash: str

    @property
    def words_texts(self) -> bool:
        """Whether it takes what a writer has to give, and asks for a subject and a body of bounded length."""
        parts = self.output.get("properties", {})
        return self.inputs == WRITING and parts.keys() == {"subject", "body"} and all("maxLength" in part for part in parts.values())

    def render(self, inputs: Mapping[str, str]) -> Message:
        """Fill in the inputs, all of them and no others.

        What they hold is never read as a placeholder. Raises PromptError.
        """
        if inputs.keys() != self.inputs:
            missing, unknown = self.inputs - inputs.keys(), inputs.keys() - self.inputs
            wrong = _listed("missing", missing) + _listed("unknown", unknown)
            raise PromptError(f"prompt '{self.id}': {wrong}; it takes {_names(self.inputs)}")
        return Message(_filled(self.system, inputs), _filled(self.user, inputs))


def usual_prompt(channel: str) -> str:
    """The prompt of a play that names none."""
    return _USUAL.get(channel, "compose_customer_message")


def load_prompts(folder: Path = FOLDER) -> dict[str, Prompt]:
    """Read every prompt of a folder, by id. Raises PromptError, which names the file and what to change."""
    partials = {path.stem: path.read_text(encoding="utf-8").strip() for path in folder.glob("_*.md")}
    prompts = [_read(path, partials) for path in sorted(folder.glob("[!_]*.md"))]
    if not prompts:
        raise PromptError(f"there is no prompt in {folder}: expected files such as compose_customer_message.md")
    return {prompt.id: prompt for prompt in prompts}


def fenced(text: str) -> str:
    """Put text between marks that it cannot contain: their code is taken from the text itself.

    Empty text stays empty.
    """
    if not text.strip():
        return ""
    code = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"<<<DATA {code}\n{text}\nDATA>>> {code}"


def _read(path: Path, partials: Mapping[str, str]) -> Prompt:
    text = _PARTIAL.sub(lambda match: _partial(match[1], partials, path), path.read_text(encoding="utf-8"))
    front = _FRONT.fullmatch(text)
    sections = _SECTIONS.fullmatch(front[2].strip()) if front else None
    if front is None or sections is None:
        raise PromptError(f"{path.name}: expected front matter between two lines '---', then '# System' and '# User'")
    head = _head(front[1], path)
    system, user = sections[1].strip(), sections[2].strip()
    inputs = frozenset(head["inputs"])
    named = frozenset(_INPUT.findall(system + user))
    if named != inputs:
        raise PromptError(f"{path.name}: the front matter names {_names(inputs)}, the text uses {_names(named)}; make them equal")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Prompt(head["id"], head["purpose"], inputs, head["output"], system, user, digest)


def _head(source: str, path: Path) -> dict[str, Any]:
    try:
        head = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise PromptError(f"{path.name}: the front matter is not YAML: {error}") from error
    if not isinstance(head, dict) or head.keys() != _KEYS:
        raise PromptError(f"{path.name}: the front matter must have exactly the keys {_names(_KEYS)}")
    if head["id"] != path.stem:
        raise PromptError(f"{path.name}: its id is '{head['id']}'; it must be the file's name")
    return head


def _partial(name: str, partials: Mapping[str, str], path: Path) -> str:
    if name not in partials:
        raise PromptError(f"{path.name}: there is no partial {name}.md beside it")
    return partials[name]


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    return _INPUT.sub(lambda match: inputs[match[1]], text)


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _listed(what: str, names: Iterable[str]) -> str:
    return f"{what} {_names(names)} " if names else ""
