"""What rules see of a candidate, and which candidates look the same."""

from dataclasses import replace
from typing import Any

import pytest

from agent.domain.candidate_facts import NEVER_DAYS, CandidateFacts
from agent.domain.candidates import Candidate
from agent.domain.evidence import Evidence
from agent.domain.facts import FactView, Status
from tests.unit.domain.building import candidate, event, evidence, facts, group, material, past, play, touch


def roots(given: Evidence, one: Candidate | None = None, **of_play: Any) -> Any:
    return CandidateFacts(FactView.of(given.facts), given).roots(play(**of_play), one or candidate())


def test_the_recipient_target_and_content_are_those_of_the_candidate() -> None:
    given = evidence(
        facts=(
            *facts({"contact.role": "champion"}, of="ann"), *facts({"contact.role": "user"}, of="bob"),
            *facts({"group.tier": 2}, of="g"), *facts({"asset.kind": "guide", "article.kind": "wrong"}, of="guide"),
        ),
        materials=(material(),),
    )  # fmt: skip
    seen = roots(given, candidate(recipient="bob", target="g", material="guide"))
    assert (seen["contact"], seen["group"]) == ({"role": "user"}, {"tier": 2.0})
    assert (seen["asset"], seen["article"]) == ({"kind": "guide"}, {})
    assert roots(given, candidate(recipient=None))["contact"] == {}
    assert roots(given, candidate(material="other"))["asset"] == {}


@pytest.mark.parametrize(
    ("product", "handles"),
    [("analytics", True), ("payroll", False), (None, False), (Status.MISSING, None), (Status.STALE, None)],
)
def test_whether_the_group_handles_the_module_of_the_ticket(product: Any, handles: bool | None) -> None:
    given = evidence({"ticket.product": product}, groups=(group("g", products=("analytics",)), group("h", products=("payroll",))))
    assert roots(given, candidate(target="g"))["group"].get("handles_product") is handles


@pytest.mark.parametrize(
    ("product", "told", "handles"),
    [
        (None, "analytics", True),
        (None, "payroll", False),
        ("payroll", "analytics", False),
        (Status.MISSING, "analytics", True),
        (Status.MISSING, None, None),
    ],
)
def test_a_module_that_was_told_from_the_ticket_counts_where_the_helpdesk_names_none(product: Any, told: Any, handles: bool | None) -> None:
    given = evidence({"ticket.product": product, "triage.product": told}, groups=(group("g", products=("analytics",)),))
    assert roots(given, candidate(target="g"))["group"].get("handles_product") is handles


def test_the_play() -> None:
    seen = roots(evidence(), risk="high")
    assert seen["play"] == {"id": "mail", "kind": "mail", "reach": "customer", "purpose": "marketing", "risk": "high"}


@pytest.mark.parametrize(
    ("params", "values", "subject", "own"),
    [
        ({}, {}, "deal", {"discount_pct": 0.0, "discount_value": 0.0, "refund_value": 0.0}),
        ({"discount_pct": 15.0}, {"deal.amount": 1000}, "deal", {"discount_pct": 15.0, "discount_value": 150.0}),
        ({"discount_pct": 0.1}, {"deal.amount": 333.33}, "deal", {"discount_value": 0.33}),
        ({"discount_pct": 15.0}, {"contract.value": 200}, "contract", {"discount_value": 30.0}),
        ({"discount_pct": 15.0}, {"contract.value": 200, "deal.amount": 9}, "ticket", {"discount_value": 30.0}),
        ({"refund": 80.0}, {}, "ticket", {"refund_value": 80.0}),
    ],
)
def test_its_own_values(params: dict[str, Any], values: dict[str, Any], subject: str, own: dict[str, float]) -> None:
    given = evidence(values, event=event(subject_kind=subject))
    seen = roots(given, candidate(params=params, requester="rep", channel="ticket"))["candidate"]
    assert {name: seen[name] for name in own} == own
    assert (seen["channel"], seen["requester"], seen["proactive"], seen["has_disclosure"]) == ("ticket", "rep", True, False)


@pytest.mark.parametrize("amount", [Status.MISSING, Status.STALE, None])
def test_a_discount_on_an_unknown_amount_has_no_known_value(amount: Status | None) -> None:
    given = evidence({"deal.amount": amount})
    assert "discount_value" not in roots(given, candidate(params={"discount_pct": 5.0}))["candidate"]


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({}, False),
        ({"past": (past(what="delivered", material="guide"),)}, True),
        ({"past": (past(what="rejected", material="guide"),)}, False),
        ({"past": (past(what="delivered", material="guide", recipient="bob"),)}, False),
        ({"touches": (touch(content="guide"),)}, True),
        ({"touches": (touch(content="guide", status="replied"),)}, True),
        ({"touches": (touch(-1, content="guide"),)}, True),
        ({"touches": (touch(content="guide", status="bounced"),)}, False),
        ({"touches": (touch(content="guide", direction="in"),)}, False),
        ({"touches": (touch(content="guide", contact="bob"),)}, False),
        ({"touches": (touch(content="other"),)}, False),
    ],
)
def test_whether_the_content_went_there_before(changes: dict[str, Any], sent: bool) -> None:
    assert roots(evidence(**changes), candidate(material="guide"))["history"]["sent_before"] is sent


def test_a_play_without_content_was_never_sent_before() -> None:
    assert roots(evidence(past=(past(what="delivered"),), touches=(touch(),)))["history"]["sent_before"] is False


@pytest.mark.parametrize(
    ("one", "rejected", "overridden"),
    [
        (past(3), 3.0, NEVER_DAYS),
        (past(3, what="overridden"), NEVER_DAYS, 3.0),
        (past(3, what="overridden", subject="other"), NEVER_DAYS, NEVER_DAYS),
        (past(3, account="sister"), NEVER_DAYS, NEVER_DAYS),
        (past(3, play="call"), NEVER_DAYS, NEVER_DAYS),
        (past(3, subject="other", recipient="bob"), 3.0, NEVER_DAYS),
    ],
)
def test_days_since_people_said_no(one: Any, rejected: float, overridden: float) -> None:
    history = roots(evidence(past=(one,)))["history"]
    assert (history["days_since_rejected"], history["days_since_override"]) == (rejected, overridden)


def test_the_latest_no_counts() -> None:
    assert roots(evidence(past=(past(9), past(2), past(5))))["history"]["days_since_rejected"] == 2.0


def test_roots_of_the_same_source_are_the_same_mapping() -> None:
    given = evidence(facts=facts({"contact.role": "user"}, of="bob"), touches=(touch(content="guide"),), materials=(material(),))
    found = CandidateFacts(FactView.of(given.facts), given)
    first, second = candidate("a", recipient="bob", material="guide"), candidate("b", recipient="bob", material="other")
    one, two = found.roots(play(), first), found.roots(play(), second)
    same = {root for root, source in found.sources(first).items() if source == found.sources(second)[root]}
    assert same == {"contact", "group", "play", "history", "candidate"}
    assert all((one[root] is two[root]) == (root in same) for root in one)
    reached = replace(first, recipient="ann")
    assert found.sources(reached)["history"] != found.sources(first)["history"]
    assert found.sources(replace(first, params={"x": 1.0}))["candidate"] != found.sources(first)["candidate"]
