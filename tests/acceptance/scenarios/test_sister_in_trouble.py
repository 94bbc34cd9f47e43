"""Between the card and the click, a company of the same family gets a P1: nothing is sent, nobody is asked again, and it is looked at once more when
the P1 is over.
"""

from tests.acceptance.scenarios.world import Record, World, codes, event

START = "2026-12-01T09:00:00Z"
MOVED = event("deal.stage_changed", "2026-12-01T09:05:00Z", id="h-1", deal="paper-31", stage="contract_sent", version=4)
SIV = "siv@norden.example"


def _fault(world: World, account: str) -> None:
    ticket = {"id": "t-600", "account": account, "subject": "The plant stands still", "priority": "p1", "status": "open"}
    world.change("2026-12-01T09:20:00Z", tickets=ticket)


def _approved(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-12-01T09:06:00Z")
    assert decision["route"] == "ask"
    return decision


def test_a_p1_in_a_sister_company_stops_what_was_approved(world: World) -> None:
    decision = _approved(world)
    _fault(world, "hald-energy")

    said = world.answer(decision, "approve", SIV, "2026-12-01T09:30:00Z")

    assert "family has an open P1 ticket (number of open P1 tickets in the account family: 1)" in " ".join(said.out.split())
    world.tick("2026-12-01T09:32:00Z")
    assert world.effects() == []
    assert "Nothing was done: no-selling-during-open-p1" in world.story(decision)
    after = world.again(decision)
    assert "forbidden_after_approval" in codes(after)
    assert len(world.messages("ask", "difference")) == 1, "nobody is asked a second time"
    assert [one["state"] for one in after["approvals"]] == ["approved"]


def test_it_is_reconsidered_once_when_the_p1_is_over(world: World) -> None:
    decision = _approved(world)
    _fault(world, "hald-energy")
    world.answer(decision, "approve", SIV, "2026-12-01T09:30:00Z")

    assert world.tick("2026-12-01T10:00:00Z")["reconsidered"] == 0
    world.change("2026-12-01T11:00:00Z", tickets={"id": "t-600", "status": "solved"})
    cleared = world.tick("2026-12-01T11:05:00Z")

    assert cleared["reconsidered"] == 1
    (again,) = cleared["decisions"]
    assert (again["route"], again["subject_id"]) == ("ask", "paper-31")
    assert world.tick("2026-12-01T11:10:00Z")["reconsidered"] == 0
    assert world.effects() == []


def test_twin_a_p1_in_a_company_of_another_family_changes_nothing(world: World) -> None:
    decision = _approved(world)
    _fault(world, "bakery")

    world.answer(decision, "approve", SIV, "2026-12-01T09:30:00Z")
    world.tick("2026-12-01T09:32:00Z")

    (sent,) = world.effects("send_content")
    assert (sent["target"], sent["payload"]["content"]) == ("gro", "sec-en")
    assert not codes(world.again(decision)) & {"forbidden_after_approval", "changed_after_approval"}
