"""The holdout."""

from typing import Any

import pytest

from agent.domain.holdout import draw, held_out
from agent.domain.plays import Surface
from tests.unit.domain.building import evidence, play, surface

HELD = next(f"acc{i}" for i in range(100) if draw("deals", f"acc{i}") < 0.2)
FREE = next(f"acc{i}" for i in range(100) if draw("deals", f"acc{i}") > 0.6)


def with_share(share: float) -> Surface:
    return surface(holdout={"share": share})


def test_a_family_stays_where_it_is_and_its_members_are_together() -> None:
    sisters = (HELD, f"z{FREE}")
    for account in sisters:
        assert held_out(with_share(0.2), play(), evidence(account=account, family=sisters))
        assert held_out(with_share(0.2), play(), evidence(account=account, family=sisters[::-1]))
    assert not held_out(with_share(0.2), play(), evidence(account=FREE, family=(FREE,)))


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({}, True), ({"protective": True}, False), ({"purpose": "service"}, False), ({"purpose": "contractual"}, False), ({"holdout": False}, False),
    ],
)  # fmt: skip
def test_never_for_protective_service_or_contractual_plays(changes: dict[str, Any], held: bool) -> None:
    assert held_out(with_share(0.5), play(**changes), evidence(family=(HELD,))) is held


def test_without_a_share_nobody_is_held_out() -> None:
    assert not any(held_out(with_share(0), play(), evidence(family=(f"acc{i}",))) for i in range(200))


def test_an_account_without_a_family_stands_for_itself_and_nobody_for_nobody() -> None:
    assert held_out(with_share(0.2), play(), evidence(account=HELD, family=()))
    assert not held_out(with_share(0.5), play(), evidence(account=None, family=()))


def test_the_share_is_met_and_surfaces_are_drawn_apart() -> None:
    families = [f"fam{i}" for i in range(4000)]
    held = {s: {f for f in families if draw(s, f) < 0.1} for s in ("deals", "renewal")}
    assert all(330 < len(group) < 470 for group in held.values())
    assert len(held["deals"] & held["renewal"]) < 90
    assert all(0 <= draw("deals", f) < 1 for f in families)
