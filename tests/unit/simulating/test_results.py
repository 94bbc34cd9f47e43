"""Counting what a simulation found."""

from agent.simulating import Became, Change, Side, Tally
from tests.unit.domain.building import AT


def _change(became: Became, *, known: bool) -> Change:
    sides = (Side("mail/ann", "mail", "Mail", "act"), Side(None, None, None, "none"))
    return Change("dec", AT, "deals", "acc", "deal", "deal", "newly_forbidden", *sides, (), (), became, known=known)


def test_a_tally_counts_what_became_of_them_and_what_nobody_knows() -> None:
    good = Became(approved=True, delivered=True, converted=True)
    found = [
        _change(good, known=False),
        _change(Became(rejected=True, friction=("complaint", "unsubscribed")), known=True),
        _change(good, known=True),
    ]
    assert Tally.of(found) == Tally(changes=3, approved=2, rejected=1, delivered=2, converted=2, friction=1, unknown=1)
