"""The seed: the sandbox's starting world, in the YAML files beside this module."""

from importlib.resources import files

from integrations.sandbox.fixtures import Item, read_fixture


def seed_items() -> list[Item]:
    """All records of all seed files, as one fixture: they point at each other across files."""
    folder = files("integrations.sandbox").joinpath("seed")
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return [item for file in found for item in read_fixture(file.read_text(encoding="utf-8"), file.name)]
