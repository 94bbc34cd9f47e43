"""What earlier decisions of an account family would have left, and which of them a later one is put down to."""

from datetime import timedelta
from typing import Any

from agent.domain.decision import ActionRecord
from agent.domain.evidence import Touch
from agent.simulating import Opened, simulate
from tests.unit.domain.building import AT, DAY, evidence, rule
from tests.unit.simulating.single import decided, small_book
from tests.unit.simulating.test_unchanged import CAP
from tests.unit.simulating.world import CONDITIONS, changed

HOUR = timedelta(hours=1)
BOOK = small_book(CAP)
DRAFT = changed(BOOK, rules={"large": rule("deal.amount > 50.0", id="large", applies_to={"plays": ["mail"]})})


def _mailed(number: int, account: str = "acc", family: tuple[str, ...] = ("acc",)) -> Opened:
    """One of a large deal, done at once: under the draft it would have been a call."""
    at = AT + number * HOUR
    given = evidence({"deal.amount": 90.0}, at=at, account=account, family=family)
    sent = ActionRecord(key=f"k{number}", step=0, kind="send_content", state="done", target="ann", at=at, error=None)
    return decided(BOOK, given, id=f"dec_{number}", created_at=at, actions=[sent])


def _later(*numbers: int) -> Opened:
    """One of a small deal a day later, which the cap holds back because of the mails so far."""
    at = AT + DAY
    sent = tuple(Touch("ann", "acc", AT + number * HOUR, "email", "marketing", "nextplay", "sent", ours=True) for number in numbers)
    return decided(BOOK, evidence({"deal.amount": 10.0}, at=at, touches=sent), id="dec_later", created_at=at)


def _causes(history: list[Opened]) -> list[str]:
    found: dict[str, Any] = {change.id: change for change in simulate(
        history, DRAFT, {BOOK.version: BOOK}, CONDITIONS, since=AT, until=AT + 9 * DAY,
    ).changes}  # fmt: skip
    later = found["dec_later"]
    assert (later.before.route, later.after.route, later.knock_on) == ("deferred", "act", True)
    return [cause.id for cause in later.causes if cause.kind == "history"]


def test_the_last_three_that_would_have_been_others_are_named() -> None:
    assert _causes([*map(_mailed, range(5)), _later(*range(5))]) == ["dec_2", "dec_3", "dec_4"]


def test_what_happened_at_an_account_that_is_not_of_the_family_is_no_cause() -> None:
    """The sister knows of the account, which does not know of her."""
    assert _causes([_mailed(0), _mailed(1, "sister", ("acc", "sister")), _later(0)]) == ["dec_0"]
