"""Nobody has confirmed for half a year who owns the account: a manager is asked before anything goes out in the owner's name."""

from tests.acceptance.scenarios.world import World, chosen, clause, codes, event

START = "2026-11-19T09:00:00Z"
NOW = "2026-11-19T10:00:00Z"
MOVED = event("deal.stage_changed", NOW, id="p-1", deal="fy-2", stage="qualified")


def test_stale_ownership_asks_the_owners_manager(world: World) -> None:
    decision = world.run(MOVED, NOW)

    assert "ask_rule" in codes(decision)
    assert clause(chosen(decision), "stale-ownership", "stale")["values"]["owner.confirmed_days"] == 232
    assert [(one["needed_role"], one["asked"]) for one in decision["approvals"]] == [("owner_manager", ["uri@pier.example"])]


def test_twin_confirmed_yesterday_the_owner_is_asked(world: World) -> None:
    world.change(START, accounts={"id": "ferry", "owner_confirmed_at": "2026-11-18T09:00:00Z"})

    decision = world.run(MOVED, NOW)

    assert "ask_rule" not in codes(decision)
    assert [(one["needed_role"], one["asked"]) for one in decision["approvals"]] == [("deal_owner", ["tess@pier.example"])]
