"""The same witness, of requests: what somebody asked for in Slack is decided once, answered once, and never lost."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.chaos.checker import Evidence
from tests.chaos.slack_log import Row, standing, words_of

_ID = re.compile(r"(dec|run|apr)_[0-9a-f]{12}|np-[0-9a-f]{24}|\b[0-9a-f]{32}\b")

AGAIN = ("You asked the same a moment ago", "This was asked for already")


def request_violations(evidence: Evidence) -> Iterator[str]:
    """Every broken promise to those who asked for something in Slack, in a sentence each. Each asks for different things."""
    for check in (_lost_requests, _not_decided_once, _not_answered_once, _never_arrived):
        yield from check(evidence)


def _lost_requests(evidence: Evidence) -> Iterator[str]:
    """What we said had arrived is kept, once."""
    kept = Counter(_print_of(click["id"]) for click in evidence.rows["slack_clicks"])
    for note in evidence.said("arrived"):
        if kept[_hashed(note["id"])] != 1:
            yield f"{note['what']} was acknowledged and is kept {kept[_hashed(note['id'])]} times"


def _not_decided_once(evidence: Evidence) -> Iterator[str]:
    """What somebody asked for is one event and one decision, however often it was delivered, or asked again because of an error."""
    asked = _asked(evidence)
    events = Counter(asked.get(print_, "what nobody asked for") for print_ in _events(evidence).values())
    decided = Counter(asked.get(_events(evidence)[run], "") for run in map(_run_of, evidence.rows["decisions"]) if run in _events(evidence))
    for what in {*asked.values(), *events}:
        if (events[what], decided[what]) != (1, 1):
            yield f"{what} became {events[what]} events and {decided[what]} decisions"


def _not_answered_once(evidence: Evidence) -> Iterator[str]:
    """The answer to each stands in Slack once, where we say it stands, and names its decision."""
    posts = {row["decision_id"]: row for row in evidence.rows["slack_posts"] if row["kind"] == "reply"}
    for decision in [row["id"] for row in evidence.rows["decisions"] if _run_of(row) in _events(evidence)]:
        answers = [doc for doc in standing(evidence.slack).values() if _post_of(doc) == f"reply:{decision}"]
        if len(answers) != 1 or decision not in words_of(answers[0]):
            yield f"{decision} has {len(answers)} answers: {[words_of(doc) for doc in answers]}"
            continue
        post = posts[decision]
        if (post["channel"], post["ts"]) != (answers[0]["channel"], answers[0]["ts"]) or post["state"] not in ("live", "settled"):
            yield f"{decision} is not answered where we say it is: {post['state']} at {post['channel']}/{post['ts']}"


def _never_arrived(evidence: Evidence) -> Iterator[str]:
    """Whoever asks is heard in the end: what Slack delivers again, and what a person who was shown an error asks again."""
    yield from (f"{what} never arrived" for what in set(_asked(evidence).values()) - {note["what"] for note in evidence.said("arrived")})


def _asked(evidence: Evidence) -> dict[str, str]:
    """What people asked for, by the print that a kept request has of Slack's id."""
    return {_hashed(note["id"]): note["what"] for note in evidence.said("sent")}


def _events(evidence: Evidence) -> dict[str, str]:
    """The runs of requests, with the print of the request that each began with."""
    return {row["run_id"]: _print_of(json.loads(row["event"])["data"]["click"]) for row in evidence.rows["inbox"] if row["source"] == "slack"}


def _run_of(decision: Row) -> str:
    return str(decision["id"]).replace("dec_", "run_", 1)


def _print_of(click_id: str) -> str:
    return click_id.rpartition(":")[2]


def _hashed(slack_id: str) -> str:
    return hashlib.sha256(slack_id.encode()).hexdigest()[:24]


def _post_of(message: Row) -> str | None:
    return ((message.get("metadata") or {}).get("event_payload") or {}).get("post")


def nameless(came_to: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """An outcome without ids, which hang on those that Slack gave, and without the word that asking again counts once: who is told that
    was shown an error, so it hangs on where the crash was.
    """
    told = {**came_to, "alone": [(who, words) for who, words in came_to["alone"] if not words.startswith(AGAIN)]}
    return {name: sorted(_ID.sub("", json.dumps(one)) for one in there) for name, there in told.items()}
