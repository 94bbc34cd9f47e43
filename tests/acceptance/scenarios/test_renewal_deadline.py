"""A renewal hangs on its notice deadline, not on its end: 20 March less 90 days is 20 December, nineteen days from 1 December."""

from tests.acceptance.scenarios.world import World, candidates, chosen, codes, event, fact, forbidding

START = "2026-12-01T10:00:00Z"
NOW = "2026-12-01T10:30:00Z"


def test_the_clock_opens_the_renewal_before_the_deadline(world: World) -> None:
    ticked = world.tick(NOW)

    assert ticked["events"] == 1
    (row,) = ticked["decisions"]
    decision = world.again(row)
    assert (decision["trigger"]["type"], chosen(decision)["play"]) == ("contract.renewal_window", "renewal-play")
    assert (fact(decision, "contract.days_to_notice")["value"], fact(decision, "contract.days_to_end")["value"]) == (19, 109)
    assert "20 December 2026" in decision["proposal"]["content"]["body"]
    (ask,) = decision["approvals"]
    assert ask["asked"] == ["hana@keel.example"]
    assert ask["expires_at"] < "2026-12-20T00:00:00Z"


def test_the_clock_says_it_once_however_often_it_comes_by(world: World) -> None:
    world.tick(NOW)

    assert [world.tick(f"2026-12-01T1{hour}:00:00Z")["events"] for hour in (1, 2, 3)] == [0, 0, 0]
    assert len(world.messages("ask")) == 1
    assert world.checked("quarantine") == "none"


def test_an_ask_does_not_outlive_the_deadline(world: World) -> None:
    late = "2026-12-18T15:00:00Z"  # a Friday afternoon: three working days would end on Wednesday, the deadline is on Sunday

    (row, *_) = [one for one in world.tick(late)["decisions"] if one["route"] == "ask"]

    (ask,) = world.again(row)["approvals"]
    assert ask["expires_at"] < "2026-12-20T00:00:00Z"


def test_twin_when_the_deadline_has_passed_the_clock_is_silent_and_nothing_is_proposed(world: World) -> None:
    world.change(START, contracts={"id": "keel-9", "notice_days": 110})  # 30 November

    assert world.tick(NOW)["events"] == 0
    decision = world.run(event("contract.updated", NOW, id="u-1", contract="keel-9"), NOW)
    assert fact(decision, "contract.days_to_notice")["value"] < 0
    (renewal,) = candidates(decision, "renewal-play")
    assert forbidding(renewal) == {"renewal-too-late"}
    assert renewal["counterfactual"] == "allowed if the notice deadline had not passed"
    assert "window_closed" in codes(decision)
    assert decision["proposal"] is None


def test_the_clock_begins_when_the_rule_about_the_window_says(world: World) -> None:
    world.change(START, contracts={"id": "keel-9", "notice_days": 24})  # 24 February: 85 days, and the rule says 90

    (row,) = world.tick(NOW)["decisions"]

    assert chosen(world.again(row))["play"] == "renewal-play"


def test_twin_before_the_window_of_the_rule_the_clock_is_silent(world: World) -> None:
    world.change(START, contracts={"id": "keel-9", "notice_days": 18})  # 2 March: 91 days

    assert world.tick(NOW)["events"] == 0


def test_twin_too_early_says_what_would_let_it_through_and_closes_no_window(world: World) -> None:
    world.change(START, contracts={"id": "keel-9", "notice_days": 0})

    decision = world.run(event("contract.updated", NOW, id="u-1", contract="keel-9"), NOW)

    (renewal,) = candidates(decision, "renewal-play")
    assert renewal["counterfactual"] == "allowed if the notice deadline were near"
    assert "window_closed" not in codes(decision)
