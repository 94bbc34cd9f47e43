"""Two holidays around a weekend in which the clocks go forward, half an hour off; a family three deep; two contracts, one of them near.

Thursday 11 March 2027, 20:00 in UTC, is 16:30 in St John's: the office has just closed. It opens on Tuesday the 16th at 08:30, which after the change
of the clocks is 11:00 in UTC, and not 12:00.
"""

from tests.acceptance.scenarios.world import World, candidates, chosen, fact, forbidding

START = "2027-03-11T12:00:00Z"
NOW = "2027-03-11T20:00:00Z"


def test_it_waits_to_the_minute_and_says_for_what(world: World) -> None:
    (row,) = world.tick(NOW)["decisions"]
    decision = world.again(row)

    assert (decision["subject"]["id"], decision["route"]) == ("boats", "deferred")
    assert chosen(decision)["until"] == "2027-03-16T11:00:00Z"
    assert fact(decision, "contract.value")["value"] == 20000.0
    (why,) = decision["reasons"]
    assert "closed until Tue 16 Mar 08:30, America/St_Johns; holiday: Fri 12 Mar, Mon 15 Mar; day off: Sat 13 Mar, Sun 14 Mar" in why["text"]
    assert world.tick("2027-03-16T10:59:00Z")["driven"] == 0
    world.tick("2027-03-16T11:00:00Z")
    assert [card["to"] for card in world.messages("ask")] == [["una@reef.example"]]


def test_twin_the_minute_before_the_office_closes_it_is_asked_at_once(world: World) -> None:
    (row,) = world.tick("2027-03-11T19:59:00Z")["decisions"]

    assert world.again(row)["route"] == "ask"


def test_twin_a_p1_of_the_holding_stands_in_the_way_of_everybody_below_it(world: World) -> None:
    world.change(START, tickets={"id": "k-1", "priority": "p1"})

    (row,) = world.tick(NOW)["decisions"]
    decision = world.again(row)

    assert (fact(decision, "family.size")["value"], fact(decision, "family.open_p1_tickets")["value"]) == (3, 1)
    (renewal,) = candidates(decision, "renewal-play")
    assert forbidding(renewal) == {"no-selling-during-open-p1"}
