"""With a strategic account the owner's manager reads a commercial message first, and the case counts as sensitive."""

from tests.acceptance.scenarios.world import World, chosen, codes, event

START = "2026-11-24T09:00:00Z"
NOW = "2026-11-24T10:00:00Z"
MOVED = event("deal.stage_changed", NOW, id="b-1", deal="lb-3", stage="evaluation")


def test_a_strategic_account_needs_the_owners_manager(world: World) -> None:
    decision = world.run(MOVED, NOW)

    assert decision["sensitive"] == {"value": True, "rules": ["strategic-tier-asks"]}
    assert {"sensitive", "ask_rule"} <= codes(decision)
    assert chosen(decision)["ask_of"] == ["owner_manager"]
    assert [one["asked"] for one in decision["approvals"]] == [["olga@vault.example"]]
    refused = world.answer(decision, "approve", "nils@vault.example", NOW, code=4)
    assert "Who may: olga@vault.example" in refused.err


def test_twin_a_mid_market_account_is_its_owners_business(world: World) -> None:
    world.change(START, accounts={"id": "bank", "tier": "mid_market"})

    decision = world.run(MOVED, NOW)

    assert decision["sensitive"] == {"value": False, "rules": []}
    assert not {"sensitive", "ask_rule"} & codes(decision)
    assert [one["asked"] for one in decision["approvals"]] == [["nils@vault.example"]]
    world.answer(decision, "approve", "nils@vault.example", NOW)
