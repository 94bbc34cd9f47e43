"""The catalogue of facts."""

import re

from agent.domain.fact_catalogue import CATALOGUE, PER_CANDIDATE_ROOTS, ROOTS


def test_every_name_is_a_root_and_a_field_that_a_rule_can_write() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z][a-z_0-9]*", name) for name in CATALOGUE)
    assert all(spec.name == name and spec.about and spec.source for name, spec in CATALOGUE.items())


def test_measurements_age_from_the_moment_they_were_taken() -> None:
    measured = {name for name, spec in CATALOGUE.items() if spec.ages_from == "as_of"}
    assert {"account.health", "deal.rate"} < measured
    assert all(name in measured for name in CATALOGUE if name.startswith("usage."))
    assert "account.tier" not in measured


def test_roots_that_differ_between_candidates_are_roots() -> None:
    assert PER_CANDIDATE_ROOTS < ROOTS
    assert {"account", "deal", "ticket", "family"}.isdisjoint(PER_CANDIDATE_ROOTS)
