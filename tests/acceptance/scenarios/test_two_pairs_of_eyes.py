"""Two roles mean two people, as long as there are two; and who asked for a concession is neither, by whatever name the CRM knows them."""

from tests.acceptance.scenarios.world import Record, World, event

START = "2026-11-24T15:00:00Z"
NOW = "2026-11-24T16:00:00Z"
ASKED = event("deal.discount_requested", NOW, id="g-1", deal="egg-1", actor="77")
CLICK, LATER = "2026-11-24T16:10:00Z", "2026-11-24T16:12:00Z"
BEA, GUS = "bea@gull.example", "gus@gull.example"
A_SECOND = {"id": "gus", "email": GUS, "name": "Gus Lee", "roles": ["sales_manager"]}


def _asked(decision: Record) -> dict[str, list[str]]:
    return {one["needed_role"]: one["asked"] for one in decision["approvals"]}


def test_where_one_person_is_both_they_are_asked_once_and_the_record_says_so(world: World) -> None:
    decision = world.run(ASKED, NOW)

    (ask,) = decision["approvals"]
    assert (ask["asked"], ask["routing"]) == ([BEA], "answers for deal_desk too: nobody else may")
    assert "answers for deal_desk too" in " ".join(world.story(decision).split())
    world.answer(decision, "approve", BEA, CLICK)
    world.tick(LATER)
    assert [one["target"] for one in world.effects("send_content")] == ["joy"]


def test_twin_with_a_second_manager_both_must_agree_and_nobody_answers_twice(world: World) -> None:
    world.change(START, people=A_SECOND)

    decision = world.run(ASKED, NOW)

    assert _asked(decision) == {"sales_manager": [GUS], "deal_desk": [BEA]}
    world.answer(decision, "approve", BEA, CLICK)
    again = world.answer(decision, "approve", BEA, CLICK, code=4)
    assert "Already approved by bea@gull.example" in again.err
    world.tick(LATER)
    assert world.effects("send_content") == []
    world.answer(decision, "approve", GUS, LATER)
    world.tick("2026-11-24T16:14:00Z")
    assert len(world.effects("send_content")) == 1


def test_twin_the_requester_is_known_by_the_crms_own_name_for_them(world: World) -> None:
    """HubSpot's user 901 is Bea, says a link: then she may approve it in neither role."""
    world.change(START, people=A_SECOND)

    decision = world.run({**ASKED, "actor": "901"}, NOW)

    assert _asked(decision) == {"sales_manager": [GUS]}
    assert [(one["kind"], one["to"]) for one in world.messages()] == [("ask", [GUS])]
    world.answer(decision, "approve", BEA, CLICK, code=4)
    world.answer(decision, "approve", GUS, CLICK)


def test_twin_where_the_requester_is_all_there_is_nobody_can_approve(world: World) -> None:
    decision = world.run({**ASKED, "actor": "901"}, NOW)

    assert all(one["asked"] == [] for one in decision["approvals"])
    told = world.messages()
    assert {one["kind"] for one in told} == {"alarm"}
    assert {tuple(one["to"]) for one in told} == {(BEA,)}
    assert all(one["title"].startswith("Nobody can be asked") and "bea, who requested it, may not approve it" in one["body"] for one in told)
    refused = world.answer(decision, "approve", BEA, CLICK, code=4)
    assert "nobody" in refused.err


def test_everybody_who_is_named_as_the_requester_is_barred(world: World) -> None:
    """The deal says Gus, the event says Bea: neither of them may approve it."""
    world.change(START, people=A_SECOND, deals={"id": "egg-1", "discount_requested_by": "gus"})

    decision = world.run({**ASKED, "actor": "901"}, NOW)

    assert all(one["asked"] == [] for one in decision["approvals"])
    assert all("bea" in one["body"] and "gus" in one["body"] for one in world.messages())
    for who in (BEA, GUS):
        world.answer(decision, "approve", who, CLICK, code=4)


def test_twin_where_the_deal_names_another_colleague_both_managers_may_approve(world: World) -> None:
    world.change(START, people=A_SECOND, deals={"id": "egg-1", "discount_requested_by": "sol"})

    assert _asked(world.run(ASKED, NOW)) == {"sales_manager": [GUS], "deal_desk": [BEA]}
