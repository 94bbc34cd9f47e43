"""What a record leaves out: where it can be told from the rest it is, and where not it is missing, and said to be. It never hides a renewal."""

from tests.acceptance.scenarios.world import Record, World, candidates, chosen, codes, fact

START = "2026-12-01T10:00:00Z"
NOW = "2026-12-01T10:30:00Z"
LATER = "2026-12-01T11:00:00Z"


def test_a_contract_in_force_makes_a_customer_and_revenue_its_value(world: World) -> None:
    decision = _ticked(world, NOW)

    assert (fact(decision, "account.lifecycle")["value"], fact(decision, "contract.status")["value"]) == ("customer", "active")
    assert fact(decision, "contract.value")["status"] == "missing"
    assert (decision["route"], chosen(decision)["play"]) == ("ask", "renewal-play")


def test_twin_who_is_said_to_have_left_gets_no_renewal(world: World) -> None:
    world.change(START, accounts={"id": "lodge", "lifecycle": "churned"})

    decision = _ticked(world, NOW)

    assert decision["choice"] is None
    assert {one["counterfactual"] for one in candidates(decision, "renewal-play")} == {"allowed if the account were a customer"}


def test_twin_without_any_value_it_says_what_it_could_not_weigh(world: World) -> None:
    world.change(START, accounts={"id": "lodge", "arr": None})

    decision = _ticked(world, NOW)

    assert (decision["route"], "do_nothing_best" in codes(decision)) == ("none", False)
    (renewal,) = candidates(decision, "renewal-play")
    lacking = "could not be valued: account.arr is not known and contract.value is not known; weighed if they were known and fresh"
    assert renewal["counterfactual"] == lacking
    missing = [one["text"] for one in decision["reasons"] if one["code"] == "fact_missing"]
    assert any(text.startswith("contract.value is not known: no amount") for text in missing)


def test_a_notice_period_that_nobody_noted_is_missing_and_not_zero(world: World) -> None:
    world.change(START, contracts={"id": "keel-12", "notice_days": None})

    decision = _ticked(world, NOW)

    assert (decision["trigger"]["type"], decision["route"]) == ("contract.renewal_window", "none")
    assert "contract.days_to_notice is not known: no notice period is noted (renewal-window)" in [one["text"] for one in decision["reasons"]]
    (renewal,) = candidates(decision, "renewal-play")
    assert renewal["counterfactual"] == "allowed if contract.days_to_notice were known and fine (renewal-window)"

    assert world.tick(LATER)["events"] == 0
    world.change(LATER, contracts={"id": "keel-12", "notice_days": 60})
    assert chosen(_ticked(world, LATER))["play"] == "renewal-play"


def _ticked(world: World, at: str) -> Record:
    """The one decision that the clock made just now."""
    (row,) = world.tick(at)["decisions"]
    return world.again(row)
