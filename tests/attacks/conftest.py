"""How many attacks are made: a slice in every run of the tests, all with --every-attack (make attack). Each prints the seed that makes it again."""

from random import Random

import pytest

from tests.acceptance.conftest import folder, quiet_world, seeded_world
from tests.databases import either_url

__all__ = ["either_url", "folder", "quiet_world", "seeded_world"]


@pytest.fixture
def whole(pytestconfig: pytest.Config) -> bool:
    """Whether all attacks are made, or a slice of them."""
    return bool(pytestconfig.getoption("every_attack"))


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """The one given with --attack-seed; else a new one for all attacks. A slice has always the same, so that a change fails for what it changed."""
    given: int | None = pytestconfig.getoption("attack_seed")
    fresh = Random().randrange(1_000_000) if pytestconfig.getoption("every_attack") else 0  # noqa: S311  no secret
    drawn = fresh if given is None else given
    print(f"--attack-seed={drawn}")
    return drawn
