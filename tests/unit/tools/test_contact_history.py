"""The history of contacts: how long ago, and which conversations are open."""

from typing import Any

import pytest

from agent.domain.evidence import Person, Touch
from tests.unit.tools.reading_facts import fact, is_missing, value
from tests.unit.tools.world import AT, DAY, HOUR, World, ago, touch
from tools.contact_history import contact_history
from tools.result import ToolResult

REPS = [Person("u_rep", "rep@us.example", "Rea Pohl", ("sales_rep",)), Person("u_other", "other@us.example", "Otto Ray", ("sales_rep",))]


async def history(*touches: Touch, **world: Any) -> ToolResult:
    accounts = {"acc_1": {"parent": "acc_2"}, "acc_2": {}}
    sources = World(accounts=accounts, touched=list(touches), people_=REPS, **world).sources
    return await contact_history(sources.crm, sources.directory, "acc_1", AT)


async def test_who_was_never_contacted_is_known_never_to_have_been() -> None:
    result = await history()
    assert value(result, "account.days_since_contact") is None
    assert value(result, "account.days_since_reply") is None
    assert value(result, "account.open_commercial_threads") == 0


async def test_contact_is_what_reached_them_by_anybody() -> None:
    result = await history(
        touch(at=AT - 9 * DAY, ours=True),
        touch(at=AT - 3 * DAY, status="bounced"),
        touch(at=AT - 2 * DAY, status="scheduled"),
        touch(at=AT - 1 * DAY, direction="in"),
        touch(at=AT + 1 * DAY),
        touch(at=AT - 1 * HOUR, account="acc_2"),
    )
    assert value(result, "account.days_since_contact") == 9
    assert value(result, "account.days_since_reply") == 1


async def test_what_is_on_record_and_cannot_be_read_makes_the_history_incomplete_and_not_empty() -> None:
    known = touch(at=AT - 9 * DAY)
    result = await history(known, lost=1)
    facts = {fact.name: fact for fact in result.facts}
    assert all(is_missing(result, name) for name in ("account.days_since_contact", "account.days_since_reply", "account.open_commercial_threads"))
    assert "1 more on record cannot be read: nextplay systems faults" in facts["account.days_since_contact"].source
    assert (result.status, result.extras["touches"]) == ("ok", (known,))


async def test_an_answer_may_be_noted_on_a_contact_that_cannot_be_read() -> None:
    people = {"c": {"account": "acc_1"}, "d": {"account": "acc_1", "last_reply_at": ago(days=4)}}
    result = await history(touch(at=AT - 9 * DAY), contacts=people, unread={"d"})
    assert is_missing(result, "account.days_since_reply")
    assert "1 of its contacts cannot be read: nextplay systems faults" in fact(result, "account.days_since_reply").source
    assert value(result, "account.days_since_contact") == 9


async def test_a_member_of_the_family_that_cannot_be_read_was_contacted_all_the_same() -> None:
    result = await history(touch(at=AT - 9 * DAY, account="acc_2"), unread={"acc_2"})
    assert len(result.extras["touches"]) == 1, "the caps of a family count it"


async def test_it_is_as_old_as_the_reading_of_it() -> None:
    result = await history(touch(at=AT - 9 * DAY), read_at=AT - HOUR / 6)
    assert {fact.read_at for fact in result.facts} == {AT - HOUR / 6}
    assert value(result, "account.days_since_contact") == 9


async def test_a_reply_noted_on_a_contact_counts() -> None:
    result = await history(contacts={"c": {"account": "acc_1", "last_reply_at": ago(days=4)}})
    assert value(result, "account.days_since_reply") == 4


async def test_the_familys_touches_are_handed_on() -> None:
    sister = touch(account="acc_2")
    result = await history(sister, touch(account="acc_9"))
    assert result.extras["touches"] == (sister,)


@pytest.mark.parametrize(
    ("changes", "threads"),
    [
        ({}, 1),
        ({"purpose": ""}, 1),
        ({"purpose": "service"}, 0),
        ({"ours": True}, 0),
        ({"status": "replied"}, 0),
        ({"status": "pending"}, 0),
        ({"direction": "in"}, 0),
        ({"at": AT - 5 * DAY}, 0),
        ({"at": AT - 5 * DAY + HOUR}, 1),
        ({"account": "acc_2"}, 0),
        ({"sender": "Rep@us.example"}, 1),
        ({"sender": "Rea Pohl"}, 1),
        ({"sender": "marketing:newsletter"}, 0),
        ({"sender": ""}, 0),
    ],
    ids=[
        "selling",
        "purpose unknown",
        "service",
        "ours",
        "answered",
        "not sent",
        "theirs",
        "old",
        "young",
        "a sister's",
        "by a colleague's address",
        "by a colleague's name",
        "a newsletter",
        "by nobody knows whom",
    ],
)
async def test_an_open_commercial_conversation(changes: dict[str, Any], threads: int) -> None:
    assert value(await history(touch(**changes)), "account.open_commercial_threads") == threads


async def test_an_answer_closes_a_conversation_and_two_mails_of_one_sender_are_one() -> None:
    mails = [touch(at=AT - 3 * DAY), touch(at=AT - 2 * DAY), touch(at=AT - 2 * DAY, sender="u_other")]
    assert value(await history(*mails), "account.open_commercial_threads") == 2
    answer = touch(at=AT - DAY, direction="in", sender="con_1")
    assert value(await history(*mails, answer), "account.open_commercial_threads") == 0


async def test_a_history_that_cannot_be_read_is_missing() -> None:
    result = await history(touch(), down={"touches"})
    assert is_missing(result, "account.days_since_contact", "account.open_commercial_threads")
