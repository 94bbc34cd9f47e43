"""A discount in another currency: its value counts at a dated rate, and who asked for it cannot approve it, not even as somebody's delegate."""

import shutil
from pathlib import Path

import pytest

from agent.playbook.loader import DEFAULT
from tests.acceptance.scenarios.world import Record, World, candidates, chosen, codes, event, fact

START = "2026-11-10T14:00:00Z"
NOW = "2026-11-10T15:00:00Z"
ASKED = event("deal.discount_requested", NOW, id="d-1", deal="bay-1", actor="dov")
CLICK = "2026-11-10T16:00:00Z"


def _asked(decision: Record) -> dict[str, list[str]]:
    return {one["needed_role"]: one["asked"] for one in decision["approvals"]}


def test_the_delegate_who_requested_it_is_neither_asked_nor_heard(world: World) -> None:
    decision = world.run(ASKED, NOW)

    assert (chosen(decision)["play"], chosen(decision)["params"]) == ("retention-offer", {"discount_pct": 12.0})
    assert (fact(decision, "deal.amount")["value"], fact(decision, "deal.rate")["value"]) == (39600.0, 0.9)
    assert fact(decision, "deal.rate")["as_of"] == "2026-11-08T00:00:00Z"
    assert _asked(decision) == {"sales_manager": ["zoe@port.example"]}, "4,752 EUR are under the deal desk's limit"

    refused = world.answer(decision, "approve", "dov@port.example", CLICK, code=4)
    assert "dov@port.example may not answer this" in refused.err
    assert "zoe@port.example" in refused.err
    world.answer(decision, "approve", "zoe@port.example", CLICK)
    world.tick("2026-11-10T16:02:00Z")
    (sent,) = world.effects("send_content")
    assert "12%" in sent["payload"]["body"]


def test_twin_when_somebody_else_requested_it_the_delegate_is_asked(world: World) -> None:
    world.change(START, deals={"id": "bay-1", "discount_requested_by": "ian"})

    decision = world.run({**ASKED, "actor": "ian"}, NOW)

    assert _asked(decision) == {"sales_manager": ["dov@port.example"]}
    world.answer(decision, "approve", "ian@port.example", CLICK, code=4)
    world.answer(decision, "approve", "dov@port.example", CLICK)


def test_twin_at_another_rate_the_deal_desk_is_asked_too(world: World) -> None:
    world.change(START, rates={"from": "USD", "to": "EUR", "rate": 0.96, "date": "2026-11-09"})

    assert set(_asked(world.run(ASKED, NOW))) == {"sales_manager", "deal_desk"}


@pytest.mark.parametrize(("sold_in", "amount", "rate"), [("USD", 44000.0, 1.0), ("EUR", 48888.89, 1 / 0.9), ("GBP", None, None)])
def test_twin_where_dollars_are_reported_amounts_are_converted_into_and_shown_in_dollars(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sold_in: str, amount: float | None, rate: float | None
) -> None:
    monkeypatch.setenv("NEXTPLAY_PLAYBOOK", str(shutil.copytree(DEFAULT, tmp_path / "dollars")))
    (manifest := tmp_path / "dollars" / "playbook.yaml").write_text(manifest.read_text().replace("EUR", "USD"))
    world.change(START, deals={"id": "bay-1", "amount": {"amount": 44000, "currency": sold_in}})

    decision = world.run(ASKED, NOW)

    assert (fact(decision, "deal.amount")["value"], fact(decision, "deal.rate")["value"]) == (amount, rate)
    assert set(_asked(decision)) == {"sales_manager", "deal_desk"}, "over the deal desk's limit, or of unknown worth"
    assert "EUR" not in "".join([world.story(decision), *(card["body"] for card in world.messages("ask"))]).replace(sold_in, "")


def test_twin_at_a_rate_of_last_month_people_decide_and_are_told_what_is_not_known(world: World) -> None:
    world.change(START, rates={"id": "USD:EUR:2026-11-08T00:00:00+00:00", "from": "USD", "to": "EUR", "rate": 0.90, "date": "2026-10-11"})

    decision = world.run(ASKED, NOW)

    assert (fact(decision, "deal.rate")["status"], fact(decision, "deal.amount")["status"]) == ("stale", "stale")
    assert (chosen(decision)["play"], chosen(decision)["score"]["priority"]) == ("retention-offer", None)
    assert set(_asked(decision)) == {"sales_manager", "deal_desk"}, "nobody can tell that it is under the deal desk's limit"
    says = f"deal.amount is out of date ('{chosen(decision)['title']}' could not be valued)"
    assert says in _texts(decision, "fact_stale")
    (nothing,) = candidates(decision, "do-nothing")
    assert "which was asked for; a person decides" in nothing["counterfactual"]
    assert all("the deal amount is out of date" in card["body"] for card in world.messages("ask"))


def test_twin_where_nobody_asked_for_it_an_old_rate_leaves_it_undone_and_says_so(world: World) -> None:
    world.change(START, rates={"id": "USD:EUR:2026-11-08T00:00:00+00:00", "from": "USD", "to": "EUR", "rate": 0.90, "date": "2026-10-11"})

    decision = world.run(event("deal.stage_changed", NOW, id="d-2", deal="bay-1", stage="negotiation"), NOW)

    assert (decision["route"], "fact_stale" in codes(decision), "do_nothing_best" in codes(decision)) == ("none", True, False)
    (offer,) = candidates(decision, "retention-offer")
    assert offer["counterfactual"].startswith("could not be valued: deal.amount is out of date")


def _texts(decision: Record, code: str) -> list[str]:
    return [one["text"] for one in decision["reasons"] if one["code"] == code]
