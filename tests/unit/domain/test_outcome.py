"""Every row of the tables in docs/outcomes.md."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.decision import OutcomeRecord
from agent.domain.meanings import Meaning
from agent.domain.outcome import (
    Change,
    Happened,
    News,
    Watch,
    Watched,
    about,
    changes_of,
    close,
    delivered,
    exposed_by,
    exposes,
    hear,
    rubbed,
    with_guardrail,
)
from tests.unit.domain.building import play

DAY = timedelta(days=1)
DECIDED = datetime(2026, 11, 2, 9, tzinfo=UTC)
SENT = DECIDED + DAY


def watch(number: int = 1, **given: Any) -> Watch:
    base = Watch(
        decision=f"dec_{number}", surface="s", play="p", arm="treated", in_trial=True, account="acc_1", family="acc_1", subject_kind="deal",
        subject_id="d-1", recipient="con_1", event="deal.advanced", window=14 * DAY, on_silence="ignored", exposed_by="visible", worth=None,
        stage="evaluation", decided_at=DECIDED, due_at=SENT + 14 * DAY, opened_at=SENT,
    )  # fmt: skip
    return replace(base, **given)


def known(result: str | None = None, **given: Any) -> OutcomeRecord:
    base = OutcomeRecord(exposure="delivered", result=result, metric=None, value=None, at=None, guardrails=[], attribution=None)
    return base.model_copy(update=given)


ADVANCED = known("converted", metric="deal.advanced", at=SENT + DAY, attribution="primary")
SOLVED = known("converted", metric="ticket.solved", at=SENT + DAY, attribution="primary", value=12.0)
LOST = known("lost", metric="deal.lost", at=SENT + DAY)
IGNORED = known("ignored", at=SENT + 14 * DAY)
UNSOLD = watch(opened_at=None, due_at=DECIDED + 14 * DAY)
TICKET = watch(event="ticket.solved", subject_kind="ticket", subject_id="t-1", worth=12.0, on_silence="assumed")


def met(at: datetime = SENT + 2 * DAY, amount: float | None = None, by: Any = "primary", metric: str = "deal.advanced") -> News:
    return News("met", metric, at, amount, by)


def failed(at: datetime = SENT + 2 * DAY, metric: str = "deal.lost") -> News:
    return News("failed", metric, at)


def heard(before: OutcomeRecord | None, news: News, of: Watch | None = None) -> Change | None:
    return hear(Watched(of or watch(), before, begun=True), news)


def became(change: Change | None) -> tuple[Any, ...] | None:
    if change is None or change.outcome is None:
        return None
    return change.outcome.result, change.outcome.metric, change.outcome.value, change.outcome.attribution


CLOSED = watch(closed_at=SENT + 14 * DAY)
LATE = SENT + 15 * DAY

ROWS = {
    "met in time": (None, met(), None, ("converted", "deal.advanced", None, "primary")),
    "met at the last moment": (None, met(SENT + 14 * DAY), None, ("converted", "deal.advanced", None, "primary")),
    "met twice": (ADVANCED, met(), None, None),
    "met again from another source, earlier": (ADVANCED, met(SENT + timedelta(hours=1)), None, None),
    "advanced, then won": (ADVANCED, met(amount=900.0), None, ("converted", "deal.advanced", 900.0, "primary")),
    "assisted, then won": (ADVANCED.model_copy(update={"attribution": "assist"}), met(amount=900.0), None, None),
    "its opposite in time": (None, failed(), None, ("lost", "deal.lost", None, None)),
    "won, then lost": (ADVANCED.model_copy(update={"value": 900.0}), failed(), None, ("lost", "deal.lost", None, None)),
    "won, and told late of an earlier loss": (ADVANCED, failed(SENT + timedelta(hours=1)), None, None),
    "lost, then won": (LOST, met(amount=900.0), None, ("converted", "deal.advanced", 900.0, "primary")),
    "lost, and told late of an earlier success": (LOST, met(SENT + timedelta(hours=1)), None, None),
    "lost twice": (LOST, failed(), None, None),
    "solved, then reopened": (SOLVED, failed(metric="ticket.reopened"), TICKET, ("lost", "ticket.reopened", None, None)),
    "overridden by a person, then met": (known(guardrails=["overridden"]), met(amount=900.0), None, ("converted", "deal.advanced", None, None)),
    "reopened, then solved": (
        known("lost", metric="ticket.reopened", at=SENT + DAY), met(metric="ticket.solved", amount=12.0), TICKET, None,
    ),
    "told late, happened in time": (IGNORED, met(), CLOSED, ("converted", "deal.advanced", None, "primary")),
    "assumed, told late that it failed in time": (known("assumed", value=12.0), failed(), CLOSED, ("lost", "deal.lost", None, None)),
    "lost by silence, told late that it came": (known("lost"), met(), CLOSED, ("converted", "deal.advanced", None, "primary")),
    "happened after the window": (IGNORED, met(LATE), CLOSED, None),
    "converted, failed after the window": (ADVANCED, failed(LATE), CLOSED, None),
    "happened before it was sent": (None, met(SENT - timedelta(hours=1)), None, None),
    "advance taken back in time": (ADVANCED, News("undone", "deal.stage_changed", SENT + 2 * DAY), None, (None, None, None, None)),
    "advance taken back, told late": (ADVANCED, News("undone", "deal.stage_changed", SENT + 2 * DAY), CLOSED, ("ignored", None, None, None)),
    "moved back before it advanced": (ADVANCED, News("undone", "deal.stage_changed", SENT), None, None),
    "nothing to take back": (None, News("undone", "deal.stage_changed", SENT + DAY), None, None),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_how_news_changes_a_result(row: str) -> None:
    before, news, of, after = ROWS[row]
    assert became(heard(before, news, of)) == after


@pytest.mark.parametrize(("before", "news", "noted"), [(IGNORED, met(LATE), True), (ADVANCED, failed(LATE), True), (ADVANCED, met(LATE), False)])
def test_what_came_too_late_is_noted_if_it_would_have_changed_something(before: OutcomeRecord, news: News, noted: bool) -> None:
    change = heard(before, news, CLOSED)
    assert (change is not None and change.late) == noted


def test_what_nobody_took_has_no_result_but_the_moment_is_kept_for_the_comparison() -> None:
    change = hear(Watched(UNSOLD), met())
    assert change is not None
    assert (change.outcome, change.watch.met_at) == (None, SENT + 2 * DAY)


@pytest.mark.parametrize("of", [replace(UNSOLD, arm="held_out"), replace(UNSOLD, arm="shadow"), replace(UNSOLD, exposed_by="task")])
def test_what_reached_nobody_has_a_result_and_no_attribution(of: Watch) -> None:
    change = hear(Watched(of, None, begun=of.exposed_by == "task"), met(amount=900.0))
    assert change is not None
    assert change.outcome == known("converted", exposure="not_exposed", metric="deal.advanced", at=SENT + 2 * DAY)


def test_the_first_success_since_the_decision_stands_for_the_comparison() -> None:
    before_sent = heard(None, met(SENT - timedelta(hours=1)))
    assert before_sent is not None
    assert before_sent.watch.met_at == SENT - timedelta(hours=1)
    again = hear(Watched(before_sent.watch), met())
    assert again is not None
    assert again.watch.met_at == SENT - timedelta(hours=1)
    assert hear(Watched(watch()), met(DECIDED - DAY)) is None


SILENCES = {
    "ignored": (watch(), None, False, ("delivered", "ignored", None)),
    "lost": (watch(on_silence="lost"), None, False, ("delivered", "lost", None)),
    "assumed, with its minutes": (TICKET, None, False, ("delivered", "assumed", 12.0)),
    "nobody took it": (UNSOLD, None, False, ("not_taken", None, None)),
    "the task was not completed": (replace(UNSOLD, exposed_by="task"), None, True, ("not_exposed", "ignored", None)),
    "held out, nothing is assumed": (replace(TICKET, opened_at=None, arm="held_out"), None, False, ("not_exposed", "ignored", None)),
    "shadow": (replace(UNSOLD, arm="shadow", on_silence="lost"), None, False, ("not_exposed", "lost", None)),
    "a play without an outcome": (watch(event=None), None, True, ("delivered", None, None)),
    "an advance that was taken back": (watch(), known(None, at=SENT + DAY), True, ("delivered", "ignored", None)),
}


@pytest.mark.parametrize("row", SILENCES)
def test_what_silence_means(row: str) -> None:
    of, before, begun, (exposure, result, value) = SILENCES[row]
    change = close(Watched(of, before, begun))
    assert change.watch.closed_at == of.due_at
    assert change.outcome is not None
    assert (change.outcome.exposure, change.outcome.result, change.outcome.value, change.outcome.at) == (exposure, result, value, of.due_at)


@pytest.mark.parametrize("before", [ADVANCED, LOST, known(exposure="bounced")])
def test_what_is_known_is_not_silence(before: OutcomeRecord) -> None:
    assert close(Watched(watch(), before)).outcome is None


def test_guardrails_stay_when_the_window_closes() -> None:
    change = close(Watched(watch(), known(guardrails=["complaint"], at=SENT)))
    assert change.outcome is not None
    assert change.outcome.guardrails == ["complaint"]


# --- delivery ---------------------------------------------------------------------------------------------------------


def test_the_window_opens_with_the_first_delivery_even_if_it_was_closed() -> None:
    opened = delivered(replace(UNSOLD, closed_at=UNSOLD.due_at), SENT)
    assert (opened.opened_at, opened.due_at, opened.closed_at) == (SENT, SENT + 14 * DAY, None)
    assert delivered(opened, SENT + DAY) is opened


@pytest.mark.parametrize(
    ("steps", "by", "delivers"),
    [
        ([{"do": "send_content"}, {"do": "crm_note"}], "visible", {"send_content"}),
        ([{"do": "ticket_comment", "public": True}, {"do": "assign_group"}], "visible", {"ticket_comment"}),
        ([{"do": "crm_task"}, {"do": "crm_note"}], "task", set()),
        ([{"do": "assign_group"}, {"do": "ticket_comment", "public": False}], "any", {"assign_group", "ticket_comment"}),
        ([{"do": "crm_task"}, {"do": "assign_group"}], "any", {"crm_task", "assign_group"}),
        ([{"do": "crm_note"}], "any", set()),
    ],
)
def test_which_effects_are_the_delivery(steps: list[dict[str, Any]], by: str, delivers: set[str]) -> None:
    of = play(steps=steps)
    assert exposed_by(of) == by
    made = watch(exposed_by=by)
    assert {step.do.value for step in of.steps if exposes(made, step.do.value, customer_visible=step.customer_visible)} == delivers


# --- which decisions an event is about ----------------------------------------------------------------------------------


def happened(*names: str, kind: str = "deal", subject: str = "d-1", at: datetime = SENT + 2 * DAY, **given: Any) -> Happened:
    meaning = Meaning(frozenset(names), stage=given.pop("stage", "proposal"), bounced=given.pop("bounced", False))
    return Happened(meaning, kind, subject, given.pop("account", "acc_1"), at, **given)


@pytest.mark.parametrize(
    ("of", "what", "fits"),
    [
        (watch(), happened("deal.advanced"), True),
        (watch(), happened("deal.advanced", subject="d-2"), False),
        (watch(event="account.engaged"), happened("account.engaged", kind="contact", subject="con_9"), True),
        (watch(event="account.engaged"), happened("account.engaged", subject="d-2"), True),
        (watch(event="account.engaged"), happened("account.engaged", account="acc_2", kind="contact"), False),
        (watch(event="deal.created"), happened("deal.created", subject="d-2"), True),
        (
            watch(event="usage.recovered", subject_kind="account", subject_id="acc_1"),
            happened("usage.recovered", kind="account", subject="acc_1"),
            True,
        ),
        (watch(event="invoice.paid"), happened("invoice.paid", kind="invoice", subject="i-1"), True),
        (watch(event="invoice.paid", account=None), happened("invoice.paid", kind="invoice", subject="i-1", account=None), False),
    ],
)
def test_matched_by_subject_else_by_account(of: Watch, what: Happened, fits: bool) -> None:
    assert about(of, what) is fits


def told(watched: list[Watched], what: Happened) -> dict[str, tuple[Any, ...] | None]:
    return {change.watch.decision: became(change) for change in changes_of(watched, what)}


WON = happened("deal.won", "deal.advanced", stage="won", amount=900.0)


def test_the_last_delivered_before_it_is_primary_and_alone_carries_the_amount() -> None:
    first, second = Watched(watch(1)), Watched(watch(2, opened_at=SENT + DAY, event="deal.won"))
    after = Watched(watch(3, opened_at=SENT + 3 * DAY))
    assert told([first, second, after], WON) == {
        "dec_1": ("converted", "deal.advanced", None, "assist"), "dec_2": ("converted", "deal.won", 900.0, "primary"), "dec_3": None,
    }  # fmt: skip


def test_an_amount_is_counted_once_though_the_deal_is_won_twice() -> None:
    carries = Watched(watch(1), known("converted", metric="deal.won", at=SENT + DAY, value=900.0, attribution="primary"))
    later = Watched(watch(2, opened_at=SENT + DAY))
    assert told([carries, later], WON) == {"dec_1": None, "dec_2": ("converted", "deal.advanced", None, "primary")}
    elsewhere = Watched(watch(2, opened_at=SENT + DAY, subject_id="d-2"))
    assert told([carries, elsewhere], replace(WON, subject="d-2")) == {"dec_2": ("converted", "deal.advanced", 900.0, "primary")}


def test_minutes_are_those_of_the_primary_decision() -> None:
    one, two = Watched(replace(TICKET, decision="dec_1")), Watched(replace(TICKET, decision="dec_2", opened_at=SENT + DAY, worth=20.0))
    solved = happened("ticket.solved", kind="ticket", subject="t-1")
    assert told([one, two], solved) == {
        "dec_1": ("converted", "ticket.solved", None, "assist"), "dec_2": ("converted", "ticket.solved", 20.0, "primary"),
    }  # fmt: skip


def test_a_deal_that_does_not_stand_further_has_not_advanced() -> None:
    assert told([Watched(watch())], happened("deal.advanced", stage="evaluation")) == {}
    assert told([Watched(watch(), ADVANCED)], happened("deal.advanced", stage="evaluation")) == {"dec_1": (None, None, None, None)}
    assert told([Watched(watch(), ADVANCED)], happened("deal.advanced", stage="negotiation")) == {"dec_1": None}


def test_what_bounced_reached_nobody_and_who_assisted_takes_over() -> None:
    won = {"metric": "deal.won", "at": SENT + 3 * DAY}
    helped = Watched(watch(1), known("converted", attribution="assist", **won))
    bounced = Watched(watch(2, opened_at=SENT + DAY), known("converted", attribution="primary", value=900.0, **won))
    what = happened(kind="contact", subject="con_1", bounced=True, at=SENT + 4 * DAY)
    changes = {change.watch.decision: change.outcome for change in changes_of([helped, bounced], what)}
    assert changes["dec_2"] == known(exposure="bounced", at=SENT + 4 * DAY)
    assert changes["dec_1"] == known("converted", attribution="primary", value=900.0, **won)


@pytest.mark.parametrize(
    "what",
    [
        happened(kind="contact", subject="con_2", bounced=True),
        happened(kind="contact", subject="con_1", bounced=True, at=SENT + 8 * DAY),
        happened(kind="contact", subject="con_1", bounced=True, at=SENT - DAY),
    ],
)
def test_twin_another_address_or_another_time_bounced(what: Happened) -> None:
    assert changes_of([Watched(watch())], what) == []


def test_after_a_bounce_nothing_counts_any_more() -> None:
    gone = Watched(watch(), known(exposure="bounced", at=SENT + DAY))
    assert became(hear(gone, met())) is None
    assert hear(gone, News("bounced", "email.bounced", SENT + 2 * DAY)) is None


# --- friction ---------------------------------------------------------------------------------------------------------


def friction(kind: str, subject: str, days: float = 1, **given: Any) -> Happened:
    return happened(kind=kind, subject=subject, at=SENT + days * DAY, **given)


def against(found: Watched | None) -> str | None:
    return found.watch.decision if found else None


EARLIER, LATER = Watched(watch(1, opened_at=SENT - 2 * DAY, decided_at=SENT - 3 * DAY)), Watched(watch(2))
ON_TICKET = Watched(replace(TICKET, decision="dec_3"))


@pytest.mark.parametrize(
    ("name", "what", "decision"),
    [
        ("opted_out", friction("contact", "con_1"), "dec_2"),
        ("opted_out", friction("contact", "con_1", -1), "dec_1"),
        ("opted_out", friction("contact", "con_1", 31), None),
        ("opted_out", friction("contact", "con_2"), None),
        ("reopened", friction("ticket", "t-1", 14), "dec_3"),
        ("reopened", friction("ticket", "t-1", 15), None),
        ("complaint", friction("deal", "d-1", 20), "dec_2"),
        ("support_load", friction("ticket", "t-9", 7, requester="con_1"), "dec_2"),
        ("support_load", friction("ticket", "t-9", 8, requester="con_1"), None),
    ],
)
def test_friction_counts_against_the_last_delivered_there(name: str, what: Happened, decision: str | None) -> None:
    assert (
        against(rubbed([EARLIER, LATER, replace(ON_TICKET, watch=replace(ON_TICKET.watch, recipient="con_8"))], what, name, watching={"s"}))
        == decision
    )


def test_support_load_counts_only_where_a_surface_watches_it() -> None:
    assert rubbed([LATER], friction("ticket", "t-9", requester="con_1"), "support_load", watching=()) is None


def test_what_reached_nobody_caused_no_friction() -> None:
    assert rubbed([Watched(UNSOLD)], friction("contact", "con_1"), "opted_out") is None


def test_a_guardrail_is_kept_once_beside_the_result() -> None:
    once = with_guardrail(Watched(watch(), ADVANCED), "complaint", SENT + 3 * DAY)
    assert once == ADVANCED.model_copy(update={"guardrails": ["complaint"]})
    assert once is not None
    assert with_guardrail(Watched(watch(), once), "complaint", SENT + 4 * DAY) is None
