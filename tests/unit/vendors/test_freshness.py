"""What was read of a vendor is handed out again for as long as the facts made of it may be old, and for no purpose that needs it newer."""

from datetime import timedelta
from typing import get_args

import pytest

from agent.domain.fact_catalogue import CATALOGUE
from integrations.vendors.connector import Key
from integrations.vendors.freshness import allowed_age, is_new_enough
from tests.unit.domain.building import AT
from tools.freshness import needed_since, not_read_before

SECOND = timedelta(seconds=1)
MADE_OF: tuple[Key, ...] = ("accounts", "contacts", "consents", "contracts", "deals", "tickets", "touches", "people", "groups")


@pytest.mark.parametrize("key", MADE_OF)
def test_no_fact_is_made_of_what_is_older_than_the_catalogue_lets_it_be(key: Key) -> None:
    age = allowed_age(key)
    assert age > timedelta()
    assert is_new_enough(key, AT - age, AT)
    assert not is_new_enough(key, AT - age - SECOND, AT)
    roots = {"deals": "deal", "tickets": "ticket", "contacts": "contact", "touches": "account"}
    if key in roots:
        of = [spec for spec in CATALOGUE.values() if spec.root == roots[key] and spec.ages_from == "read_at"]
        assert of
        assert all(age <= spec.max_age for spec in of)


def test_a_measurement_ages_by_its_own_date_and_lets_nothing_else_grow_old() -> None:
    assert allowed_age("accounts") < CATALOGUE["account.health"].max_age


@pytest.mark.parametrize("key", sorted({*get_args(Key)} - {*MADE_OF}))
def test_what_no_fact_is_made_of_is_not_handed_out_again(key: Key) -> None:
    assert not is_new_enough(key, AT - SECOND, AT)


def test_what_was_never_read_or_in_the_future_is_not_new_enough() -> None:
    assert not is_new_enough("deals", None, AT)
    assert not is_new_enough("deals", AT + SECOND, AT)


def test_whoever_needs_it_newer_gets_it_newer() -> None:
    with not_read_before(AT - 10 * SECOND):
        assert is_new_enough("deals", AT - 10 * SECOND, AT)
        assert not is_new_enough("deals", AT - 11 * SECOND, AT)
        with not_read_before(AT - 60 * SECOND):
            assert needed_since() == AT - 10 * SECOND, "what the one outside needs holds on"
        with not_read_before(None):
            assert needed_since() == AT - 10 * SECOND
        with not_read_before(AT):
            assert not is_new_enough("deals", AT - SECOND, AT)
    assert needed_since() is None
