"""What the documents say is what is there: the diagram, the fixture's fields, the words used as values, and every command."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from agent.domain.approvers import ROLES
from agent.graph.build import build as build_graph
from agent.playbook.loader import DEFAULT, load
from evals.cli import build as build_commands
from integrations.sandbox.models import ENTRIES, AssetKind

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = sorted(path for folder in ("agent", "tools", "integrations", "evals") for path in (ROOT / folder).rglob("*.py"))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_diagram_in_the_readme_is_the_one_that_langgraph_draws() -> None:
    drawn = re.search(r"<!-- graph -->\s*```mermaid\n(.*?)\n```\s*<!-- /graph -->", text_of("README.md"), re.DOTALL)
    assert drawn, "README.md needs a mermaid block between <!-- graph --> and <!-- /graph -->"
    assert drawn[1].strip() == build_graph().get_graph().draw_mermaid().strip()


# --- the fixture -----------------------------------------------------------------------------------------------------

ROW = re.compile(r"^\| `(\w+)` \| (.*) \|$", re.MULTILINE)
NAME = re.compile(r"(\w+)(\[\])?(\{[^}]*\})?(\?)?")


def documented() -> dict[str, str]:
    """What the table says of each key."""
    return {key: said.replace("\\|", "|") for key, said in ROW.findall(text_of("docs/sandbox.md"))}


def fields_said(said: str) -> dict[str, bool]:
    """The fields in the first code span of a row, with whether they may be absent."""
    span = re.search(r"`([^`]*)`", said)
    assert span, said
    listed = re.sub(r"\{[^}]*\}", "", span[1])
    return {found[1]: bool(found[4]) for found in NAME.finditer(listed)}


def fields_of(model: type[BaseModel]) -> dict[str, bool]:
    """The fields of a model under the names that a fixture uses, with whether they may be absent; `deleted` is said apart."""
    return {info.alias or name: not info.is_required() for name, info in model.model_fields.items() if name != "deleted"}


def test_the_fixture_has_the_keys_that_are_documented() -> None:
    assert documented().keys() == ENTRIES.keys()


@pytest.mark.parametrize("key", ENTRIES)
def test_a_key_has_the_fields_that_are_documented(key: str) -> None:
    said, real = fields_said(documented()[key]), fields_of(ENTRIES[key])
    assert said.keys() == real.keys()
    assert [name for name, absent in said.items() if absent and not real[name]] == []


def test_parts_of_records_have_the_fields_that_are_documented() -> None:
    tickets, accounts = documented()["tickets"], documented()["accounts"]
    messages = re.search(r"`messages\[\]\?` of `\{(.*?)\}`|messages\[\]\?` of `\{(.*?)\}", tickets)
    onboarding = re.search(r"onboarding\? ?\{(.*?)\}", accounts)
    assert messages
    assert onboarding
    (message,) = [part for part in get_args(ENTRIES["tickets"].model_fields["messages"].annotation) if part is not type(None)]
    said = {name.partition(":")[0].strip(" ?") for name in (messages[1] or messages[2]).split(",")}
    assert said == fields_of(get_args(message)[0]).keys()
    (started,) = [part for part in get_args(ENTRIES["accounts"].model_fields["onboarding"].annotation) if part is not type(None)]
    assert {name.strip() for name in onboarding[1].split(",")} == fields_of(started).keys()


WORDS = {
    "tier": ("accounts", "tier"),
    "lifecycle": ("accounts", "lifecycle"),
    "contact role": ("contacts", "role"),
    "deal stage": ("deals", "stage"),
    "deal kind": ("deals", "kind"),
    "ticket priority": ("tickets", "priority"),
    "status": ("tickets", "status"),
    "type": ("tickets", "type"),
    "article visibility": ("articles", "visibility"),
    "group area": ("groups", "area"),
}


def words_said(name: str) -> set[str]:
    found = re.search(rf"\*\*{name}\*\*: `([^`]*)`", text_of("docs/sandbox.md"))
    assert found, name
    return set(found[1].split())


@pytest.mark.parametrize("name", WORDS)
def test_the_words_used_as_values_are_those_that_are_accepted(name: str) -> None:
    key, field = WORDS[name]
    assert words_said(name) == set(literals(ENTRIES[key].model_fields[field].annotation))


def literals(annotation: Any) -> Iterator[str]:
    """The texts that an annotation names."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from literals(part)


def test_roles_and_kinds_of_assets_are_those_that_are_accepted() -> None:
    assert words_said("roles") == set(ROLES)
    assert words_said("asset kind") == set(get_args(AssetKind))


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def commands() -> Any:
    return typer.main.get_command(build_commands())


def code_in(document: str) -> Iterator[str]:
    """The lines of code blocks, without what explains them, and the code spans of a document."""
    for block in re.findall(r"^```\w*\n(.*?)^```", document, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            yield from re.split(r" {2,}", line.strip())
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", document)


def commands_in(document: str) -> list[str]:
    return [code for code in code_in(document) if re.match(r"nextplay [a-z]", code)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(commands: Any, path: Path) -> None:
    wrong = [command for command in commands_in(path.read_text(encoding="utf-8")) if not exists(commands, shlex.split(command)[1:])]
    assert wrong == []


def test_the_readme_shows_commands_and_wrong_ones_would_be_found(commands: Any) -> None:
    assert len(commands_in(text_of("README.md"))) >= 12
    for wrong in (
        "frobnicate",
        "decisions frobnicate",
        "review frobnicate",
        "review --frobnicate",
        "replay ID --frobnicate",
        "answer ID approve --frobnicate x",
    ):
        assert not exists(commands, wrong.split())


def exists(command: Any, words: list[str]) -> bool:
    """Whether the words lead to a command that has all the options among them."""
    while hasattr(command, "commands") and not (command.invoke_without_command and (not words or words[0].lstrip("[").startswith("-"))):
        found = command.commands.get(words[0]) if words else None
        if found is None:
            return False
        command, words = found, words[1:]
    options = {name for parameter in command.params for name in parameter.opts + parameter.secondary_opts}
    return all(word.partition("=")[0] in options for word in words if word.startswith("-") and word != "-")


def test_every_make_target_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {name for path in DOCUMENTS for code in code_in(path.read_text(encoding="utf-8")) for name in re.findall(r"\bmake ([a-z]+)", code)}
    assert named
    assert named <= targets


def test_every_command_that_a_message_recommends_exists(commands: Any) -> None:
    """Errors and cards end with what to do next; a command among it must be there to be typed."""
    wrong = []
    prose = ("process",)  # "another nextplay process"
    for path in SOURCES:
        for words in re.findall(r"(?<!/)\bnextplay ((?:[a-z-]+ ?){1,2})(?=[ '\"`:.,)A-Z\[\{<]|$)", path.read_text(encoding="utf-8")):
            first, _, second = words.strip().partition(" ")
            group = commands.commands.get(first)
            if first in prose:
                continue
            if group is None or (hasattr(group, "commands") and second and not second.startswith("-") and second not in group.commands):
                wrong.append((path.name, words))
    assert wrong == []


# --- events ----------------------------------------------------------------------------------------------------------


def test_every_event_that_a_surface_reacts_to_is_documented_with_its_surface() -> None:
    told = {
        (type_, surface)
        for types, surface in re.findall(r"^\| (`[^|]*) \| `([\w-]+)` \|", text_of("docs/events.md"), re.MULTILINE)
        for type_ in re.findall(r"`(\w+\.\w+)`", types)
    }
    playbook = load(DEFAULT)
    reacted = {(type_, surface.id) for surface in playbook.surfaces.values() for type_ in surface.trigger.types}
    assert told - {("params.days", "renewal")} == reacted


def test_every_event_of_the_clock_is_documented() -> None:
    source = (ROOT / "agent" / "clock.py").read_text(encoding="utf-8")
    types = set(re.findall(r'"((?:contract|ticket|deal)\.\w+)"', source))
    assert types
    assert all(f"`{type_}` (clock" in text_of("docs/events.md") for type_ in types)
