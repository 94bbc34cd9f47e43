"""What a desk has settled teaches what it deals with: strangers go to a person, and every decision replays the same whatever is learned later."""

from tests.acceptance.scenarios.world import Record, World, chosen, codes, event, fact

START = "2026-11-10T09:00:00Z"
NOW = "2026-11-10T10:00:00Z"
MIRA = "mira@roster.example"
STRANGE = {"id": "n-1", "subject": "Can you recommend a restaurant in Rome", "body": "We are four people and would like to sit outside."}


def _decided(world: World, **ticket: str) -> Record:
    if ticket:
        world.change(START, tickets=ticket)
    decision: Record = world.run(event("ticket.created", NOW, id="s-1", ticket="n-1"), NOW)
    return decision


def test_what_is_like_nothing_before_goes_to_a_person(world: World) -> None:
    world.tick(START)

    decision = _decided(world, **STRANGE)

    assert fact(decision, "triage.out_of_scope")["value"] is True
    assert fact(decision, "triage.familiar")["value"] < 0.03
    assert (decision["route"], "ask_rule" in codes(decision)) == ("ask", True)
    assert [one["asked"] for one in decision["approvals"]] == [[MIRA]]
    assert world.effects() == []


def test_twin_what_is_like_much_before_is_told_and_not_held_up(world: World) -> None:
    world.tick(START)

    decision = _decided(world)

    told = {name: fact(decision, f"triage.{name}")["value"] for name in ("kind", "kind_by", "product", "product_by", "out_of_scope", "language_by")}
    assert told == {
        "kind": "question", "kind_by": "examples", "product": "flow", "product_by": "rule", "out_of_scope": False, "language_by": "helpdesk",
    }  # fmt: skip
    assert "ask_rule" not in codes(decision)
    assert chosen(decision)["material"] == "a_copy"


def test_a_decision_names_what_told_it_and_replays_the_same_when_that_was_taken_back(world: World) -> None:
    world.tick(START)
    decision = _decided(world, **STRANGE)
    version = fact(decision, "triage.model")["value"]

    world.command("triage", "rollback", "words", "--as", MIRA, "--why", "it knows too little")

    listed = world.command("triage", "list", "--json").json
    assert (listed["in_force"], [one["version"] for one in listed["models"]]) == ("words", [version])
    assert "triage.out_of_scope" not in world.command("triage", "try", STRANGE["subject"], "--json").json
    assert world.command("replay", decision["id"], "--json").json["same"] is True
    assert fact(world.command("decisions", "show", decision["id"], "--json").json, "triage.model")["value"] == version


def test_twin_with_what_was_learned_in_force_it_tells_again(world: World) -> None:
    world.tick(START)
    version = world.command("triage", "list", "--json").json["in_force"]
    world.command("triage", "rollback", "words", "--as", MIRA, "--why", "it knows too little")
    world.command("triage", "promote", version, "--as", MIRA, "--why", "it knows enough")

    told = world.command("triage", "try", STRANGE["subject"], "--json").json

    assert (told["triage.out_of_scope"], told["triage.model"]) == (True, version)


def test_the_way_of_an_escalation_is_told(world: World) -> None:
    world.change(
        START, tickets={"id": "n-1", "subject": "TS-4029 since this morning", "type": "bug", "priority": "p1", "sla_due_at": "2026-11-10T10:25:00Z"}
    )

    decision = _decided(world)

    assert chosen(decision)["target"] == "plumbers"
    (done,) = world.messages("done")
    assert "- Group: Connect engineering, engineering, tier 2" in done["body"]
    assert "- Module: connect, by its words" in done["body"]
    assert "- On call: Oda Vik; outside its hours" in done["body"]
    assert "- SLA: 25 minutes left" in done["body"]
    assert "the module is the group's business" in done["body"]
