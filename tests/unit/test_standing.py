import pytest

from agent.domain.evidence import Person
from agent.listing import Waiting, WaitingAsk
from agent.playbook.loader import DEFAULT, load
from agent.standing import answerable_by

ANN, BO = "ann@x.example", "bo@x.example"
PEOPLE = (
    Person("u_ann", ANN, "Ann", ("legal",)),
    Person("u_bo", BO, "Bo", ("legal",)),
    Person("u_cy", "cy@x.example", "Cy", ("legal",), active=False),
)
OPEN = WaitingAsk(1, "open", "sales_manager", (ANN,), (ANN,), None, None, None, late=False)
LEGAL = OPEN._replace(needed_role="legal", asked=(BO,), allowed=(BO,))
TWO = (("apr_1_0", "apr_1_1"), ("apr_2_0", "apr_2_1"))
PLAYBOOK = load(DEFAULT)


def of(who: str, *asks: WaitingAsk, ids: tuple[tuple[str, ...], ...] = (("apr_1",), ("apr_2",))) -> list[str]:
    return answerable_by(who, [Waiting("deal-follow-up", {}, asks, ids)], PEOPLE, PLAYBOOK)


def test_of_decisions_that_wait_alike_each_has_the_same_ask_for_the_same_people() -> None:
    assert of(ANN, OPEN) == ["apr_1", "apr_2"]
    assert of(BO, OPEN) == []
    assert of(ANN, OPEN, LEGAL._replace(needed_role="support_lead"), ids=TWO) == ["apr_1_0", "apr_2_0"]
    assert of(BO, OPEN, LEGAL, ids=TWO) == ["apr_1_1", "apr_2_1"]


def test_whoever_holds_the_role_today_may_answer_and_who_has_left_may_not() -> None:
    assert of(ANN, LEGAL) == ["apr_1", "apr_2"]
    assert of("cy@x.example", LEGAL._replace(asked=("cy@x.example",), allowed=("cy@x.example",))) == []


@pytest.mark.parametrize("change", [{"late": True}, {"state": "approved", "answered_by": BO}, {"passed_on_by": ANN}, {"requester": "u_ann"}])
def test_what_would_not_count_is_not_answerable(change: dict[str, object]) -> None:
    assert of(ANN, OPEN._replace(**change)) == []  # type: ignore[arg-type]  # by name


def test_only_the_latest_round_is_asked_about_and_nobody_says_yes_twice_in_it() -> None:
    assert of(ANN, OPEN, LEGAL._replace(round=2, needed_role="support_lead"), ids=TWO) == []
    said = OPEN._replace(state="approved", answered_by=ANN)
    assert of(ANN, said, LEGAL, ids=TWO) == []


def test_of_a_surface_that_the_playbook_has_lost_only_who_was_named_may_answer() -> None:
    lost = [Waiting("gone", {}, (LEGAL,), (("apr_1",),))]
    assert answerable_by(BO, lost, PEOPLE, PLAYBOOK) == ["apr_1"]
    assert answerable_by(ANN, lost, PEOPLE, PLAYBOOK) == []
