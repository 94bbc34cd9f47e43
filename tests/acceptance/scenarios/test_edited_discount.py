"""Editing the discount: within the rep's limit it is sent as edited, above it the manager is asked, above the maximum it is refused."""

import pytest

from tests.acceptance.scenarios.world import Record, World, event

START = "2026-11-16T09:00:00Z"
NOW = "2026-11-16T10:00:00Z"
ASKED = event("deal.discount_requested", NOW, id="sd-1", deal="sm-9")
CAL, DOT = "cal@forge.example", "dot@forge.example"
CLICK, LATER = "2026-11-16T10:30:00Z", "2026-11-16T10:32:00Z"


def _asked(world: World) -> Record:
    decision: Record = world.run(ASKED, NOW)
    assert decision["proposal"]["params"] == {"discount_pct": 8.0}
    assert [one["asked"] for one in decision["approvals"]] == [[CAL]]
    return decision


def test_within_the_limit_it_is_sent_as_edited(world: World) -> None:
    decision = _asked(world)

    world.answer(decision, "edit", CAL, CLICK, "--set", "discount_pct=10")
    world.tick(LATER)

    (sent,) = world.effects("send_content")
    assert "a discount of 10% on" in sent["payload"]["body"]
    assert "8%" not in sent["payload"]["body"]
    after = world.again(decision)
    assert after["proposal"]["params"] == {"discount_pct": 10.0}
    assert after["approvals"][-1]["state"] == "edited"


def test_twin_above_the_limit_the_manager_is_asked_about_the_new_figure(world: World) -> None:
    decision = _asked(world)

    said = world.answer(decision, "edit", CAL, CLICK, "--set", "discount_pct=11")
    assert "sales manager" in said.out.replace("_", " ")
    world.tick(LATER)
    assert world.effects() == []

    (card,) = world.messages("difference")
    assert card["to"] == [DOT]
    assert "a discount of 11% on" in card["body"]
    assert f"edited by {CAL}" in card["body"]
    assert "discount_pct was 8.0, is 11.0" in card["body"]
    states = {one["needed_role"]: one["state"] for one in world.again(decision)["approvals"] if one["state"] != "void"}
    assert states == {"sales_manager": "open", "deal_owner": "edited"}, "who edited it has said yes to it"


def test_the_managers_yes_sends_the_edited_figure_without_a_third_card(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "edit", CAL, CLICK, "--set", "discount_pct=15")

    world.answer(decision, "approve", CAL, "2026-11-16T11:00:00Z", code=4)
    world.answer(decision, "approve", DOT, "2026-11-16T11:00:00Z")
    world.tick("2026-11-16T11:02:00Z")

    (sent,) = world.effects("send_content")
    assert "a discount of 15% on" in sent["payload"]["body"]
    assert len(world.messages("difference")) == 1


@pytest.mark.parametrize("value", ["31", "-1", "nan", "much"])
def test_out_of_bounds_is_refused_and_changes_nothing(world: World, value: str) -> None:
    decision = _asked(world)

    refused = world.answer(decision, "edit", CAL, CLICK, "--set", f"discount_pct={value}", code=2)

    assert ("must be a number" if value == "much" else "must lie between 0 and 30") in refused.err
    assert world.again(decision)["proposal"] == decision["proposal"]


def test_a_text_that_promises_more_than_the_parameter_is_refused(world: World) -> None:
    decision = _asked(world)
    text = world.text_file("Hello Ivy,\n\nwe can offer a discount of 25% on the first year.\n\nKind regards\nCal Reed")

    refused = world.answer(decision, "edit", CAL, CLICK, "--content", text, code=4)

    assert "25" in refused.err
    assert world.again(decision)["proposal"] == decision["proposal"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"body": ""}, "The body is empty."),
        ({"body": " \n\t "}, "The body is empty."),
        ({"subject": "", "body": "Dear Ms Ito"}, "The subject is empty."),
        ({"footer": "Bye"}, "'footer' is not a part of the content."),
    ],
)
def test_a_letter_without_words_is_no_letter(world: World, content: Record, why: str) -> None:
    decision = _asked(world)

    refused = world.answer(decision, "edit", CAL, CLICK, "--content", world.json_file(content), code=2)

    assert why in " ".join(refused.err.split())
    world.tick(LATER)
    assert world.effects() == []


def test_twin_the_part_that_is_not_named_stays(world: World) -> None:
    decision = _asked(world)

    world.answer(decision, "edit", CAL, CLICK, "--content", world.json_file({"subject": "As you asked"}))
    world.tick(LATER)

    (sent,) = world.effects("send_content")
    assert (sent["payload"]["subject"], sent["payload"]["body"]) == ("As you asked", decision["proposal"]["content"]["body"])


def test_a_discount_that_was_given_is_counted_as_friction_beside_the_result(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "edit", CAL, CLICK, "--set", "discount_pct=10")
    assert world.again(decision)["outcome"] is None, "nothing has gone out yet"
    world.tick(LATER)

    assert world.again(decision)["outcome"]["guardrails"] == ["discount_given"]


def test_twin_a_discount_that_was_refused_gives_nothing_away(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "reject", CAL, CLICK, "--reason", "low_margin")
    world.tick(LATER)

    assert world.again(decision)["outcome"] is None
