"""Events."""

import pytest

from tests.unit.domain.building import event


@pytest.mark.parametrize(("data", "source"), [({}, ""), ({"change_source": None}, ""), ({"change_source": "IMPORT"}, "IMPORT")])
def test_how_a_change_was_made(data: dict[str, str | None], source: str) -> None:
    assert event(data=data).change_source == source
