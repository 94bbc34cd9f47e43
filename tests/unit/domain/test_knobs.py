import pytest

from agent.domain.decision import BAD_LABELS, ClauseRecord, RuleRecord
from agent.domain.facts import Fact, Status
from agent.domain.knobs import AREAS, knobs_for
from agent.playbook.loader import DEFAULT, load
from tests.unit.db.build import candidate, decision

BOOK = load(DEFAULT)
MISSED = RuleRecord("r", "ask", "consent", matched=False, clauses=[ClauseRecord("c", "missing", "says", {"contact.role": None})])
OF = decision(
    candidates=[candidate(play="follow-up-content", kind="follow_up", rules=[MISSED])],
    facts=[Fact("contact.role", None, "crm", None, None, Status.MISSING, "con_1")],
)


def told(label: str, of: object = OF) -> list[str]:
    return [str(knob) for knob in knobs_for(label, of, BOOK)]  # type: ignore[arg-type]  # only decisions are given


def test_every_bad_label_names_something_to_turn() -> None:
    assert set(AREAS) == set(BAD_LABELS)
    for label in BAD_LABELS:
        assert told(label), label


@pytest.mark.parametrize(
    ("label", "first"),
    [
        ("repetitive", "rule cooldown-after-rejection, params.pause 14d (try 4w)"),
        ("low_margin", "play follow-up-content, value deal.amount * 0.2 (try (deal.amount * 0.2) * 0.8)"),
        ("unavailable", "fact role of the recipient (contact.role), source crm missing"),
        ("poorly_timed", "rule quiet-hours, effect.until recipient_hours"),
    ],
)
def test_the_knob_is_the_decisions_own(label: str, first: str) -> None:
    assert first in told(label)


def test_a_cap_gets_lower_and_a_fact_of_somebody_else_is_no_knob() -> None:
    assert "rule contact-cap, params.per_week 2 (try 1)" in told("repetitive")
    other = OF.model_copy(update={"facts": [Fact("contact.role", None, "crm", None, None, Status.MISSING, "con_9")]})
    assert not any(one.startswith("fact") for one in told("unavailable", other))
    nobody_asked = OF.model_copy(update={"candidates": [candidate(play="follow-up-content", kind="follow_up")]})
    assert not any(one.startswith("fact") for one in told("unavailable", nobody_asked))


def test_of_a_play_that_is_gone_and_of_doing_nothing_there_is_nothing_to_turn() -> None:
    assert told("repetitive", decision()) == told("repetitive", decision(choice=None)) == []
