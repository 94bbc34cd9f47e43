"""Several processes find what one finds, and fail as one does."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.domain.model import PRIORS, Family, Model
from agent.simulating import Alone, Crew, Look, Opened, Rerun, looked, simulate
from integrations.crew import FEW, hire, processes, standing_by
from tests.unit.domain.building import AT
from tests.unit.simulating.world import CONDITIONS, Happening, World, answered_by, drafts, in_force

BOOK = in_force()
DRAFT = drafts(BOOK)["a tighter cap"]
STORY = [Happening(5 * n, ["a1", "a2", "b1"][n % 3], amount=[1000.0, 20000.0, 90000.0][n % 3]) for n in range(30)]


def _history() -> list[Opened]:
    return [Opened(kept) for kept in World(BOOK, STORY, answered_by(STORY)).live().kept()]


async def _looks(crew: Crew, history: list[Opened]) -> list[Look]:
    return [look for start in (0, 15) for look in await crew.do(looked, history[start : start + 15])]


async def test_other_processes_find_the_same() -> None:
    rerun, history = Rerun(drafts(BOOK)["a tighter cap"], {BOOK.version: BOOK}, CONDITIONS), _history()
    with processes(rerun, 2) as crew:
        assert crew.hands == 2
        found = await _looks(crew, history)
    assert found == await _looks(Alone(rerun), history)
    assert any(look.change for look in found)


async def test_each_is_decided_by_the_model_that_scored_it_in_other_processes_too() -> None:
    kinds = {play.kind for play in BOOK.plays.values()}
    learned = Model("model-1", {kind: Family({}, played=2.0, cases=40) for kind in kinds}, {})
    scored = [replace(one, kept=replace(one.kept, decision=one.kept.decision.model_copy(update={"model_version": "model-1"}))) for one in _history()]
    draft, own = drafts(BOOK)["a tighter cap"], {BOOK.version: BOOK}
    with processes(Rerun(draft, own, CONDITIONS, {PRIORS.version: PRIORS, "model-1": learned}, in_full=True), 1) as crew:
        found = await _looks(crew, scored)
    assert {look.state for look in found} == {"decided"}
    assert found == await _looks(Alone(Rerun(draft, own, CONDITIONS, {"model-1": learned}, in_full=True)), scored)
    assert {look.state for look in await _looks(Alone(Rerun(draft, own, CONDITIONS, in_full=True)), scored)} == {"lost"}, "nobody knows the model"


def _fails(_rerun: Rerun, thing: int) -> int:
    raise ValueError(f"{thing} is not to be had")


async def test_what_fails_in_another_process_is_raised_here() -> None:
    with processes(Rerun(BOOK, {}, CONDITIONS), 1) as crew, pytest.raises(ValueError, match="3 is not to be had"):
        await crew.do(_fails, 3)


def test_few_decisions_need_no_other_process() -> None:
    with hire(Rerun(BOOK, {}, CONDITIONS), FEW - 1, hands=2) as crew:
        assert isinstance(crew, Alone)
    with standing_by() as others, others.hire(Rerun(BOOK, {}, CONDITIONS), FEW - 1) as crew:
        assert isinstance(crew, Alone)


def test_a_draft_of_which_the_own_playbook_is_not_known_is_decided_in_full() -> None:
    draft, until = drafts(BOOK)["a tighter cap"], AT + timedelta(days=30)
    known = simulate(_history(), draft, {BOOK.version: BOOK}, CONDITIONS, since=AT, until=until)
    unknown = simulate(_history(), draft, {}, CONDITIONS, since=AT, until=until)
    assert {change.id for change in known.changes} == {change.id for change in unknown.changes}


STANDING_BY = """
import asyncio, threading, time
from agent.simulating import looked, Alone
from integrations import crew
from tests.integration.test_crew import BOOK, CONDITIONS, DRAFT, Rerun, _history, _looks

crew._processors = lambda: 2
if HELD:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
first, second = (Rerun(draft, {BOOK.version: BOOK}, CONDITIONS) for draft in (DRAFT, BOOK))
with crew.standing_by() as others:
    length, cannot = others.meanwhile(len, [BOOK.version]), others.meanwhile(int, "no number")
    for rerun in (first, second, first):
        with others.hire(rerun, crew.FEW) as hired:
            assert not isinstance(hired, Alone) and hired.hands == 2
            found = asyncio.run(_looks(hired, _history()))
        assert found == asyncio.run(_looks(Alone(rerun), _history()))
        print(sum(look.change is not None for look in found))
    assert length() == 1
    try:
        cannot()
    except ValueError:
        print("raised")
"""


@pytest.mark.parametrize("held", [False, True], ids=["forked", "started, because of a thread"])
def test_those_who_stand_by_find_the_same_whatever_they_are_told_next(held: bool) -> None:
    code = f"HELD = {held}\n{STANDING_BY}"
    guarded = f"if __name__ == '__main__':\n    exec({code!r})"
    done = subprocess.run([sys.executable, "-W", "error", "-c", guarded], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert (done.stderr, done.returncode) == ("", 0)
    *found, told = done.stdout.split()
    changed, unchanged, again = map(int, found)
    assert changed == again > unchanged == 0
    assert told == "raised", "what fails meanwhile is told to who asks for it"
