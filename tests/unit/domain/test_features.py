"""What the model looks at: bounded, the same on every surface, and never zero for want of knowing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.evidence import Evidence, Past
from agent.domain.facts import Status
from agent.domain.features import ALWAYS, NAMES, WHERE_KNOWN, Features
from tests.unit.domain.building import AT, candidate, evidence, facts, material


def features(given: Evidence, **of_candidate: Any) -> dict[str, float]:
    return dict(Features(given).of(candidate(**of_candidate)))


def past(what: Any, days: int = 1, **changes: Any) -> Past:
    plain = {"decision": "d", "play": "mail", "kind": "mail", "account": "acc", "subject": "deal", "recipient": "ann", "material": ""}
    return Past(**{**plain, "what": what, "at": AT - timedelta(days=days), **changes})


def test_nothing_is_known_of_an_empty_case_and_each_indicator_says_so() -> None:
    found = features(evidence(), recipient=None)
    assert found == {"base": 1.0, **{f"{name}?": 1.0 for name in WHERE_KNOWN}}


@pytest.mark.parametrize(
    ("fact", "value", "name", "expected"),
    [
        ("deal.stage", "contract_sent", "stage", 1.0),
        ("account.tier", "enterprise", "tier", 0.6667),
        ("deal.amount", 1e6, "amount", 1.0),
        ("contract.value", 0, "amount", 0.0),
        ("deal.days_in_stage", 90, "waited", 1.0),
        ("ticket.age_minutes", 0, "waited", 0.0),
        ("account.days_since_reply", 7, "engagement", 0.5),
        ("ticket.priority", "p2", "urgency", 0.6667),
        ("contract.days_to_notice", 45, "urgency", 0.5),
        ("deal.close_in_days", -3, "urgency", 1.0),
        ("account.health", 50, "health", 0.5),
        ("usage.change_30d", -9, "use", -1.0),
    ],
)
def test_each_fact(fact: str, value: Any, name: str, expected: float) -> None:
    found = features(evidence({fact: value}))
    assert found.get(name, 0.0) == expected
    assert f"{name}?" not in found
    stale = features(evidence({fact: Status.STALE}))
    assert name not in stale
    assert stale[f"{name}?"] == 1.0


def test_of_a_contact_and_its_content() -> None:
    known = facts({"contact.role": "executive", "contact.language": "de"}, of="ann")
    given = evidence(facts=known, materials=(material("guide", language="de", strength=0.4),))
    found = features(given, recipient="ann", material="guide")
    assert (found["decider"], found["language"], found["strength"]) == (1.0, 1.0, 0.4)
    other = features(given, recipient="bob")
    assert (other["decider?"], other["language?"], other["strength?"]) == (1.0, 1.0, 1.0)


def test_of_our_own_past_with_the_account() -> None:
    given = evidence(past=(past("delivered"), past("delivered", 31), past("delivered", account="other"), past("rejected", play="call")))
    found = features(given)
    assert 0 < found["contacted"] < 0.5
    assert "turned_down" not in found
    assert features(evidence(past=(past("rejected", 300),)))["turned_down"] == 1.0


numbers = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9)


@given(
    values=st.dictionaries(
        st.sampled_from(["deal.amount", "deal.days_in_stage", "account.health", "usage.change_30d", "deal.close_in_days"]), numbers
    )
)
def test_all_are_declared_and_lie_between_minus_one_and_one(values: dict[str, Any]) -> None:
    found = features(evidence(values))
    assert found.keys() <= set(NAMES)
    assert all(-1 <= value <= 1 for value in found.values())
    assert all((name in found and f"{name}?" in found) is False for name in WHERE_KNOWN)
    assert len(set(NAMES)) == len(ALWAYS) + 2 * len(WHERE_KNOWN)
