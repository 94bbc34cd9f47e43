"""The seed: the sandbox's starting world, in the YAML files beside this module."""

from functools import cache
from importlib.resources import files

from integrations.sandbox.fixtures import Item, read_fixture


def seed_items() -> list[Item]:
    """All records of all seed files, as one fixture: they point at each other across files."""
    return list(_read())


@cache
def _read() -> tuple[Item, ...]:
    folder = files("integrations.sandbox").joinpath("seed")
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return tuple(item for file in found for item in read_fixture(file.read_text(encoding="utf-8"), file.name))
