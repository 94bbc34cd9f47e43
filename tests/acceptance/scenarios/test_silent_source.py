"""While a source is silent nothing is decided without it; that it is so can be seen, and after some minutes people are told, once."""

from tests.acceptance.scenarios.world import World, event

START = "2026-11-24T04:00:00Z"
NOW = "2026-11-24T05:00:00Z"
CREATED = event("ticket.created", NOW, id="s-1", ticket="z-9")
AGAIN = event("ticket.priority_changed", NOW, id="s-2", ticket="z-9")
DOWN, UP = ({"source": "helpdesk", "mode": mode} for mode in ("down", "ok"))


def test_what_waits_for_a_silent_source_is_told_once_and_goes_on_when_it_answers(world: World) -> None:
    world.change(NOW, faults=DOWN)

    waiting = world.run([CREATED, AGAIN], NOW, code=1)

    assert [one["state"] for one in waiting] == ["new", "new"]
    assert all("waits for helpdesk" in one["why"] for one in waiting)
    assert "2 runs for helpdesk since" in world.checked("waiting runs")
    world.tick("2026-11-24T05:04:00Z")
    assert world.messages("alarm") == []
    for moment in ("2026-11-24T05:05:00Z", "2026-11-24T05:20:00Z"):
        world.tick(moment)
    (alarm,) = world.messages("alarm")
    assert (alarm["to"], alarm["title"]) == (["ops@desk.example"], "Silent: helpdesk")

    world.change("2026-11-24T05:21:00Z", faults=UP)
    world.tick("2026-11-24T05:21:00Z")
    assert "assign_group" in [one["kind"] for one in world.effects()]
    assert world.checked("waiting runs") == "none"


def test_twin_while_the_source_answers_nothing_waits(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert decision["route"] == "act"
    assert world.checked("waiting runs") == "none"
