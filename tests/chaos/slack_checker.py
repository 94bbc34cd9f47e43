"""The same witness in Slack: it reads the log of the workspace, what stands there in the end, and what we say stands there."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.chaos.checker import OPEN, Evidence
from tests.chaos.slack_log import Row, buttons_of, cards_in, standing, words_of

POST = "chat.postMessage"
SAYS = {"approved": "Approved by", "edited": "Approved with changes by", "rejected": "Rejected by", "expired": "Not answered in time"}
CARDS = ("ask", "difference")


def slack_violations(evidence: Evidence) -> Iterator[str]:
    """Every broken promise about what is in Slack, in a sentence each; none where there is no Slack."""
    if not evidence.slack and not evidence.rows["slack_posts"]:
        return
    for check in (_posted_twice, _not_one_card, _stale_cards, _lost_clicks, _unsettled_posts):
        yield from check(evidence)


def _posted_twice(evidence: Evidence) -> Iterator[str]:
    posts = [entry["arguments"]["metadata"]["event_payload"]["post"] for entry in evidence.slack if entry["method"] == POST]
    yield from (f"the post {post} arrived {count} times" for post, count in Counter(posts).items() if count > 1)


def _not_one_card(evidence: Evidence) -> Iterator[str]:
    """Who was asked has the card, once, wherever it was meant to be posted."""
    cards = cards_in(evidence.slack)
    for post in evidence.rows["slack_posts"]:
        if post["kind"] in CARDS and post["state"] != "dropped":
            here = [card for card in cards.get(post["approval_id"], ()) if (card["channel"], card["ts"]) == (post["channel"], post["ts"])]
            if len(here) != 1:
                yield f"{post['id']} has {len(here)} cards where we say it stands"
    for ask in evidence.rows["approvals"]:
        people = Counter(card["channel"] for card in cards.get(ask["id"], ()))
        if len(people) != len(json.loads(ask["asked"])) or set(people.values()) != {1}:
            yield f"{ask['id']} has the cards {dict(people)}, and {ask['asked']} were asked"


def _stale_cards(evidence: Evidence) -> Iterator[str]:
    """A card shows what became of its ask, and can be answered only while that waits."""
    asks = {row["id"]: row for row in evidence.rows["approvals"]}
    for id_, cards in cards_in(evidence.slack).items():
        for card in cards:
            pressable, words = "nextplay_approve" in buttons_of(card), words_of(card)
            if pressable != (asks[id_]["state"] in OPEN):
                yield f"the card of {id_} can{'' if pressable else 'not'} be approved, and it is {asks[id_]['state']}"
            if SAYS.get(asks[id_]["state"], "") not in words:
                yield f"the card of {id_} does not say that it was {asks[id_]['state']}: {words[-300:]}"
            if "nextplay_undo" in buttons_of(card) and any(row["state"] == "done" for row in _steps(evidence, asks[id_])):
                yield f"the card of {id_} offers to undo what is done"


def _lost_clicks(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged was kept, and carried out."""
    kept = Counter((row["kind"], json.loads(row["said"]).get("ask")) for row in evidence.rows["slack_clicks"])
    for note in evidence.said("confirmed"):
        if not kept[note["answer"], note["approval"]]:
            yield f"the {note['answer']} of {note['who']} was acknowledged and is lost"
        if note["answer"] not in ("undo", "snooze") and not _counts(evidence, note["approval"], note["who"]):
            yield f"the {note['answer']} of {note['who']} to {note['approval']} was acknowledged and does not count"
    yield from (f"the click {row['id']} is still {row['state']}: {row['error']}" for row in evidence.rows["slack_clicks"] if row["state"] != "done")


def _counts(evidence: Evidence, ask: str, who: str) -> bool:
    return any(row["id"] == ask and row["answered_by"] == who for row in evidence.rows["approvals"])


def _unsettled_posts(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows["slack_posts"]:
        if row["state"] in ("waiting", "posting"):
            yield f"the post {row['id']} is still {row['state']}: {row['error']}"


def _steps(evidence: Evidence, ask: Row) -> list[Row]:
    return [row for row in evidence.rows["actions"] if row["decision_id"] == ask["decision_id"]]


def slack_outcome(evidence: Evidence) -> dict[str, list[Any]]:
    """What it came to in Slack: what stands there, and what we told people alone; who clicked twice is told twice.

    How long ago something was depends on when a card was changed the last time.
    """
    messages, alone = standing(evidence.slack), standing(evidence.slack, "whispers")
    return {
        "messages": sorted((doc["channel"], re.sub(r"\d+ \w+ ago", "long ago", words_of(doc)), buttons_of(doc)) for doc in messages.values()),
        "alone": sorted({(doc["to"], words_of(doc)) for doc in alone.values() if doc.get("blocks")}),
    }
