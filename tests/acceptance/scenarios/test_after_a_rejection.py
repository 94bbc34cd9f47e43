"""Who said no to a proposal does not see it again for fourteen days; then it may come back."""

import pytest

from tests.acceptance.scenarios.world import Record, World, candidates, chosen, event

START = "2026-11-03T09:00:00Z"
BEA, ANN, CAT = "bea@loom.example", "ann@loom.example", "cat@loom.example"


def _moved(at: str, number: int) -> Record:
    return event("deal.stage_changed", at, id=f"w-{number}", deal="wv-5", stage="evaluation", actor="bea")


def _rejected(world: World) -> Record:
    decision: Record = world.run(_moved("2026-11-03T10:00:00Z", 1), "2026-11-03T10:00:00Z")
    assert chosen(decision)["play"] == "follow-up-content"
    world.answer(decision, "reject", BEA, "2026-11-03T11:00:00Z", "--reason", "poorly_timed", "--note", "They are moving house.")
    return decision


def test_a_rejection_ends_it_and_is_kept_with_its_reason(world: World) -> None:
    decision = world.again(_rejected(world))

    (ask,) = decision["approvals"]
    assert (ask["state"], ask["answered_by"], ask["reason"], ask["note"]) == ("rejected", BEA, "poorly_timed", "They are moving house.")
    world.tick("2026-11-03T11:05:00Z")
    assert world.effects() == []


def test_not_mine_is_no_rejection_and_asks_the_manager_instead(world: World) -> None:
    decision = world.run(_moved("2026-11-03T10:00:00Z", 1), "2026-11-03T10:00:00Z")
    world.answer(decision, "approve", ANN, "2026-11-03T10:04:00Z", code=4)

    world.answer(decision, "reject", BEA, "2026-11-03T10:05:00Z", "--reason", "not_mine")

    (card,) = world.messages("reminder")
    assert card["to"] == [ANN]
    assert f"Who may answer: {ANN}, as deal owner" in card["body"]
    world.answer(decision, "approve", ANN, "2026-11-03T10:06:00Z")
    world.tick("2026-11-03T10:08:00Z")
    assert [one["target"] for one in world.effects("send_content")] == ["gil"]


def _not_hers(world: World) -> Record:
    """Bea, whose deal it is, has said that it is not hers; Ann is asked."""
    decision: Record = world.run(_moved("2026-11-03T10:00:00Z", 1), "2026-11-03T10:00:00Z")
    world.answer(decision, "reject", BEA, "2026-11-03T10:05:00Z", "--reason", "not_mine", "--note", "Ann knows them.")
    return decision


def test_after_not_mine_their_answer_does_not_count(world: World) -> None:
    decision = _not_hers(world)

    refused = world.answer(decision, "approve", BEA, "2026-11-03T10:06:00Z", code=4)

    assert f"{BEA} may not answer this after 'not mine'. Who may: {ANN}." in refused.err
    assert world.again(decision)["approvals"][0]["asked"] == [ANN]


def test_after_not_mine_the_same_again_changes_nothing_and_says_where_it_is(world: World) -> None:
    decision = _not_hers(world)

    again = world.answer(decision, "reject", BEA, "2026-11-03T10:06:00Z", "--reason", "not_mine", code=4)

    assert f"Already passed on to {ANN}. Nothing was changed." in again.out + again.err
    assert len(world.messages("reminder")) == 1


def test_after_not_mine_the_clock_neither_reminds_nor_asks_them_again(world: World) -> None:
    decision = _not_hers(world)

    for at in ("2026-11-03T13:05:00Z", "2026-11-04T10:05:00Z", "2026-11-04T12:00:00Z"):
        world.tick(at)

    assert world.again(decision)["approvals"][0]["asked"] == [ANN]
    told = world.messages("reminder")
    assert len(told) == 2, "Ann's card, and her reminder"
    assert {address for message in told for address in message["to"]} == {ANN}


def test_after_not_mine_what_changed_is_asked_of_who_took_it(world: World) -> None:
    decision = _not_hers(world)
    world.answer(decision, "approve", ANN, "2026-11-03T10:10:00Z")
    world.change("2026-11-03T10:11:00Z", contacts={"id": "gil", "email": "gil@elsewhere.example"})

    world.tick("2026-11-03T10:15:00Z")

    now = world.again(decision)
    assert [one["asked"] for one in now["approvals"]] == [[ANN], [ANN]]
    assert world.messages("difference")[0]["to"] == [ANN]
    assert f"Who may answer: {ANN}, as deal owner" in world.messages("difference")[0]["body"]
    world.answer(decision, "approve", BEA, "2026-11-03T10:20:00Z", code=4)


def test_after_not_mine_twice_it_waits_for_who_is_left(world: World) -> None:
    cat = {"id": "cat", "email": CAT, "name": "Cat Orr", "roles": ["sales_manager"], "timezone": "Europe/London"}
    world.change("2026-11-03T09:30:00Z", people=cat)
    decision = _not_hers(world)
    assert world.again(decision)["approvals"][0]["asked"] == [ANN, CAT]

    world.answer(decision, "reject", ANN, "2026-11-03T10:07:00Z", "--reason", "not_mine")

    assert world.again(decision)["approvals"][0]["asked"] == [CAT]
    assert len(world.messages("reminder")) == 1, "Cat has her card already"
    last = world.answer(decision, "reject", CAT, "2026-11-03T10:08:00Z", "--reason", "not_mine", code=4)
    assert "There is nobody else who could answer this." in last.err
    world.answer(decision, "approve", CAT, "2026-11-03T10:09:00Z")


@pytest.mark.parametrize("at", ["2026-11-06T10:00:00Z", "2026-11-17T10:59:00Z"], ids=["three days later", "a minute before the fortnight is over"])
def test_within_the_cooldown_it_is_not_proposed(world: World, at: str) -> None:
    _rejected(world)

    decision = world.run(_moved(at, 2), at)

    (mail,) = candidates(decision, "follow-up-content")
    assert (mail["verdict"], mail["until"]) == ("defer", "2026-11-17T11:00:00Z")
    assert "cooldown-after-rejection" in {rule["id"] for rule in mail["rules"] if rule["matched"]}
    assert len([one for one in world.messages("ask") if "What a loom earns" in one["body"]]) == 1


def test_twin_after_the_cooldown_it_is_proposed_again(world: World) -> None:
    _rejected(world)
    at = "2026-11-17T11:00:00Z"

    decision = world.run(_moved(at, 2), at)

    assert (decision["route"], chosen(decision)["play"]) == ("ask", "follow-up-content")


def test_wrong_facts_become_a_task_for_who_keeps_the_data(world: World) -> None:
    world.change("2026-11-03T09:30:00Z", people={"id": "rae", "email": "rae@loom.example", "name": "Rae Ops", "roles": ["revops"]})
    decision = world.run(_moved("2026-11-03T10:00:00Z", 1), "2026-11-03T10:00:00Z")

    said = world.answer(decision, "reject", BEA, "2026-11-03T11:00:00Z", "--reason", "facts_wrong", "--note", "The amount is last year's.")

    assert "A task to mend the facts goes to Rae Ops" in said.out
    (task,) = world.effects()
    assert (task["kind"], task["target"], task["payload"]["assignee"]) == ("crm_task", "weavers", "rae")
    text = task["payload"]["text"]
    assert f"{BEA} rejected {decision['id']} because facts are wrong: The amount is last year's." in text
    assert "- deal amount: deal.amount = 29000.0 (crm, " in text
    assert "old, fresh)" in text
    now = world.again(decision)
    assert [(one["kind"], one["state"]) for one in now["actions"]] == [("data_task", "done")]
    story = world.story(decision)
    assert "Nothing was done; a task to mend the facts was opened." in story
    assert "facts wrong" in story
    assert "The amount is last year's." in story


def test_the_task_is_opened_once_and_counts_as_no_delivery(world: World) -> None:
    decision = world.run(_moved("2026-11-03T10:00:00Z", 1), "2026-11-03T10:00:00Z")
    world.answer(decision, "reject", BEA, "2026-11-03T11:00:00Z", "--reason", "facts_wrong")
    world.answer(decision, "reject", BEA, "2026-11-03T11:01:00Z", "--reason", "facts_wrong", code=4)
    world.tick("2026-11-03T11:05:00Z")

    assert [one["kind"] for one in world.effects()] == ["crm_task"]
    assert world.effects()[0]["payload"]["assignee"] == "bea", "there is nobody else whose data it could be"
    later = world.run(_moved("2026-11-20T10:00:00Z", 2), "2026-11-20T10:00:00Z")
    (mail,) = candidates(later, "follow-up-content")
    assert mail["verdict"] != "forbid", "nothing has been sent, so nothing is sent twice"


def test_twin_another_reason_opens_no_task(world: World) -> None:
    _rejected(world)
    assert world.effects() == []


@pytest.mark.parametrize("state", ["down", "unknowable"])
def test_a_silent_crm_gets_its_task_when_it_answers_and_never_twice(world: World, state: str) -> None:
    decision = world.run(_moved("2026-11-03T10:00:00Z", 1), "2026-11-03T10:00:00Z")
    world.change("2026-11-03T10:30:00Z", faults={"source": "effects", "mode": state})
    world.answer(decision, "reject", BEA, "2026-11-03T11:00:00Z", "--reason", "facts_wrong")
    world.change("2026-11-03T11:10:00Z", faults={"source": "effects", "mode": "ok"})
    world.tick("2026-11-03T11:20:00Z")
    if state == "unknowable":
        (alarm,) = world.messages("alarm")
        assert alarm["title"].startswith("Effect unknown: the task to mend the facts (weavers)")
        (action,) = world.again(decision)["actions"]
        world.command("effects", "resolve", action["key"], "--done", "--why", "it is there", "--as", ANN)
    assert [one["kind"] for one in world.effects()] == ["crm_task"]
    assert [one["state"] for one in world.again(decision)["actions"]] == ["done"]
