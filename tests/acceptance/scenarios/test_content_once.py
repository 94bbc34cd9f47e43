"""Nobody gets the same content twice, whoever sent it the first time."""

from tests.acceptance.scenarios.world import World, candidates, chosen, event, forbidding

START = "2026-11-18T09:00:00Z"
NOW = "2026-11-18T10:00:00Z"
MOVED = event("deal.stage_changed", NOW, id="c-1", deal="ws-1", stage="evaluation")
FAY = "fay@ember.example"


def test_what_a_colleague_sent_in_september_is_not_sent_again(world: World) -> None:
    decision = world.run(MOVED, NOW)

    (before,) = [one for one in candidates(decision, "follow-up-content") if (one["recipient"], one["material"]) == ("kay", "api-a")]
    assert forbidding(before) == {"content-not-sent-twice"}
    assert (chosen(decision)["recipient"], chosen(decision)["material"]) == ("kay", "api-b")


def test_twin_sent_to_somebody_else_it_is_new_to_this_person(world: World) -> None:
    world.change(START, touches={"id": "earlier", "contact": "lyn", "at": "2026-09-02T09:00:00Z", "sender": "fay"})

    decision = world.run(MOVED, NOW)

    assert (chosen(decision)["recipient"], chosen(decision)["material"]) == ("kay", "api-a")


def test_twin_what_bounced_was_never_read(world: World) -> None:
    world.change(START, touches={"id": "earlier", "contact": "kay", "at": "2026-09-02T09:00:00Z", "sender": "fay", "status": "bounced"})

    assert chosen(world.run(MOVED, NOW))["material"] == "api-a"


def test_what_we_sent_ourselves_counts_too(world: World) -> None:
    decision = world.run(MOVED, NOW)
    world.answer(decision, "approve", FAY, NOW)
    world.tick("2026-11-18T10:02:00Z")
    assert [one["payload"]["content"] for one in world.effects("send_content")] == ["api-b"]
    later = "2026-12-02T10:00:00Z"

    again = world.run(event("deal.stage_changed", later, id="c-2", deal="ws-1", stage="evaluation"), later)

    assert {one["material"]: forbidding(one) for one in candidates(again, "follow-up-content") if one["recipient"] == "kay"} == {
        "api-a": {"content-not-sent-twice"},
        "api-b": {"content-not-sent-twice"},
    }
