"""What must hold in the end, of whatever life; read from the database and the notes of the world outside, without the code that made them."""

from collections.abc import Iterator

from tests.chaos.checker import APPROVED, ENDED, OPEN, Evidence, violations_so_far


def broken(evidence: Evidence) -> list[str]:
    """Every promise that was broken, in a sentence each."""
    checks = (_lost, _set_aside, _unfinished, _untold, _out_of_time, _though_blocked, _though_taken_back)
    return [*violations_so_far(evidence), *(sentence for check in checks for sentence in check(evidence))]


def _lost(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged is there, and has come to its end."""
    states = {row["id"]: row["state"] for row in evidence.rows["runs"]}
    inbox = {(row["source"], row["event_id"]): row["run_id"] for row in evidence.rows["inbox"]}
    for note in evidence.said("acknowledged"):
        run = inbox.get((note["source"], note["id"]))
        if run is None or states.get(run) != "closed":
            yield f"the event {note['id']} was acknowledged, and its run is {states.get(run or '')}"
    yield from (f"the run {id_} ended as {state}" for id_, state in states.items() if state not in ENDED)


def _set_aside(evidence: Evidence) -> Iterator[str]:
    """What says another thing than what came first under its name is set aside; nothing else is."""
    first = {(row["source"], row["event_id"]): bytes(row["raw"]).decode() for row in evidence.rows["inbox"]}
    aside = {(row["source"], row["event_id"]) for row in evidence.rows["quarantine"]}
    others = {(note["source"], note["id"]) for note in evidence.said("sent") if note["body"] != first.get((note["source"], note["id"]), note["body"])}
    for note in evidence.said("acknowledged"):
        name = note["source"], note["id"]
        if (note["body"] != first.get(name)) != (note["status"] == "conflict"):
            yield f"{note['id']} was taken as {note['status']}: {note['body']} after {first.get(name)}"
        if note["status"] == "conflict" and name not in aside:
            yield f"{note['id']} was acknowledged as set aside, and is not"
    yield from (f"{event} is set aside, and nobody sent another" for _, event in aside - others)


def _unfinished(evidence: Evidence) -> Iterator[str]:
    """Asks and steps have come to an end, and the ledger says what the target does."""
    happened = {row["marker"] for row in evidence.rows["sandbox_effects"]}
    yield from (f"the ask {row['id']} is still {row['state']}" for row in evidence.rows["approvals"] if row["state"] in OPEN)
    for row in evidence.rows["actions"]:
        if row["state"] not in ("done", "failed"):
            yield f"{row['key']} is still {row['state']}"
        elif (row["state"] == "done") != (row["key"] in happened):
            yield f"{row['key']} is {row['state']}, which is not what the target says"
    yield from (f"the effect {stray} is in no ledger" for stray in happened - {row["key"] for row in evidence.rows["actions"]})


def _untold(evidence: Evidence) -> Iterator[str]:
    """Every message was delivered, and no other."""
    delivered, written = {row["id"] for row in evidence.rows["sandbox_messages"]}, {row["id"] for row in evidence.rows["messages"]}
    yield from (f"the message {id_} was not delivered" for id_ in written - delivered)
    yield from (f"the message {id_} was delivered, and nobody wrote it" for id_ in delivered - written)


def _out_of_time(evidence: Evidence) -> Iterator[str]:
    """No ask ends before its time, and no answer counts after it."""
    for ask in evidence.rows["approvals"]:
        if ask["state"] == "expired" and ask["at"] < ask["expires_at"]:
            yield f"{ask['id']} expired at {ask['at']}, before {ask['expires_at']}"
        if ask["state"] in (*APPROVED, "rejected") and ask["at"] >= ask["expires_at"]:
            yield f"{ask['id']} was {ask['state']} at {ask['at']}, after {ask['expires_at']}"


def _though_blocked(evidence: Evidence) -> Iterator[str]:
    """Nothing is begun for an account between the moment when a block of it was confirmed and that when somebody asked to end it."""
    accounts = {row["id"]: row["account"] for row in evidence.rows["decisions"]}
    of_action = {row["key"]: accounts[row["decision_id"]] for row in evidence.rows["actions"]}
    blocked: set[str] = set()
    for note in evidence.notes:
        match note["kind"]:
            case "blocked":
                blocked.add(note["account"])
            case "unblocking":
                blocked.discard(note["account"])
            case "call" if of_action.get(note["marker"]) in blocked:
                yield f"{note['marker']} was done though {of_action[note['marker']]} was blocked"


def _though_taken_back(evidence: Evidence) -> Iterator[str]:
    """What somebody took back in time is not done after that; unless it was approved again."""
    asks = {row["id"]: row for row in evidence.rows["approvals"]}
    decisions = {row["key"]: row["decision_id"] for row in evidence.rows["actions"]}
    back: set[str] = set()
    for note in evidence.notes:
        if note["kind"] == "answered" and note["approval"] in asks:
            decision = asks[note["approval"]]["decision_id"]
            if note["answer"] == "undo":
                back.add(decision)
            elif note["answer"] in ("approve", "edit"):
                back.discard(decision)
        elif note["kind"] == "call" and decisions.get(note["marker"]) in back:
            yield f"{note['marker']} was done though it had been taken back"
