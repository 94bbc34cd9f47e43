"""Sentences of ours as Slack shows them: moments in the reader's time zone, people by name, nothing abbreviated."""

from datetime import UTC, datetime

import pytest

from agent.domain.claims.allowed import holds_money
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.plays import STEP_TITLES, STEPS_DONE, StepKind
from agent.domain.records import DATA_TASK
from agent.domain.spoken import happened
from integrations.slack import blocks as b
from integrations.slack.wording import fact_line
from integrations.telling.case import Case
from integrations.telling.wording import in_full, labelled, without_code
from tests.unit.cli.made import AT, decision, fact

NAMES = {"ada@example.com": "Ada Byron"}


def test_moments_become_dates_and_addresses_names() -> None:
    told = list(b.told("Waits until 2026-11-12 09:00 UTC for an answer by ada@example.com and bob@example.com.", NAMES))
    at = datetime(2026, 11, 12, 9, tzinfo=UTC)
    assert told == [b.words("Waits until "), b.moment(at), b.words(" for an answer by Ada Byron and bob@example.com.")]


def test_after_at_the_time_comes_before_the_day() -> None:
    told = list(b.told("It ended at 2026-11-12 09:00 UTC.", {}))
    assert told[1]["format"] == "{time} on {date_short}"


def test_a_word_without_end_is_read_once() -> None:
    """It would take hours otherwise."""
    text = "x" * 1_000_000
    assert list(b.told(text, NAMES)) == [b.words(text)]


def test_of_very_many_moments_only_the_first_are_shown() -> None:
    assert len(b.section(*b.told("2026-11-12 09:00 UTC " * 1000, {}))["elements"]) < 100


def test_a_channel_goes_by_its_name() -> None:
    told = list(b.told("Passed on to the channel C0DEALS42.", {}))
    assert told == [b.words("Passed on to the channel "), {"type": "channel", "channel_id": "C0DEALS42"}, b.words(".")]


def test_why_somebody_was_asked_names_roles_in_words() -> None:
    note = "nobody else may answer for sales_manager: asked as deal_desk; Ada is away: Slack status “On vacation”"
    assert without_code(note) == "nobody else may answer for sales manager: asked as deal desk; Ada is away: Slack status “On vacation”"


@pytest.mark.parametrize("text", ["", "2026-11-12", "At 09:00 UTC", "12026-11-12 09:00 UTCX"])
def test_what_is_no_moment_stays_as_it_is(text: str) -> None:
    assert list(b.told(text, {})) == ([b.words(text)] if text else [])


def test_a_moment_that_there_is_not_stays_as_it_is() -> None:
    text = "Until 2026-13-45 29:99 UTC"
    assert "".join(one["text"] for one in b.told(text, {})) == text


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("14 d", "14 days"),
        ("1 d", "1 day"),
        ("in 2 h", "in 2 hours"),
        ("29 h old", "29 hours old"),
        ("just read", "just read"),
        ("1.5 y", "1.5 years"),
    ],
)
def test_lengths_of_time_are_written_out(short: str, full: str) -> None:
    assert in_full(short) == full


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("deal.requested_discount_pct", "12", ("requested discount", "12%")), ("deal.stage", "contract_sent", ("deal stage", "contract sent")),
        ("contact.email", "ada_b@example.com", ("e-mail address of the recipient", "ada_b@example.com")),
    ],
)  # fmt: skip
def test_names_and_values_are_no_code(name: str, value: str, shown: tuple[str, str]) -> None:
    assert labelled(name, value) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("deal.amount", "78,000", ("deal amount", "78,000 EUR")), ("ticket.refund_amount", "1,417.57", ("refund asked for", "1,417.57 EUR")),
        ("contract.value", "not known", ("contract value", "not known")), ("refund", "", ("refund", "EUR")),
        ("account.open_tickets", "3", ("number of open tickets of the account", "3")),
    ],
)  # fmt: skip
def test_money_has_its_currency(name: str, value: str, shown: tuple[str, str]) -> None:
    assert labelled(name, value, "EUR") == shown


def test_every_fact_in_the_reporting_currency_is_known_as_money() -> None:
    told = {name for name, spec in CATALOGUE.items() if "reporting currency" in spec.about or name == "candidate.discount_value"}
    assert {name for name in CATALOGUE if holds_money(name.partition(".")[2])} == told - {"deal.rate"}


def test_what_our_clock_noticed_nobody_did() -> None:
    assert happened("deal.silent") == "The deal has been silent"
    assert happened("deal.stage_changed") == "Deal stage changed"


def test_a_fact_is_dated_because_its_age_would_stand_still() -> None:
    line = fact_line(Case(decision(), AT), fact("deal.stage", "won"))
    assert line[-1]["type"] == "date"


def test_every_kind_of_step_has_its_words() -> None:
    assert set(STEP_TITLES) == set(STEPS_DONE) == {*StepKind, DATA_TASK}
