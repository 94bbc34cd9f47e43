"""The simulation against a world that is lived through a second time, and its short cuts against deciding everything."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from agent.domain.playbook import Playbook
from agent.domain.rules import Rule
from agent.simulating import Opened, Simulation, simulate
from tests.unit.domain.building import AT, rule
from tests.unit.simulating.world import CONDITIONS, Happening, World, answered_as, answered_by, changed, drafts, in_force

BOOK = in_force()
DRAFTS = drafts(BOOK)
BOUNDED: Any = {
    "deadline": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}  # fmt: skip
"""A story is not made smaller when it fails: that would take longer than to read it."""

SPAN: Any = {"since": AT, "until": AT + timedelta(days=60)}

HAPPENINGS = some.builds(
    Happening,
    hour=some.integers(0, 160), account=some.sampled_from(["a1", "a2", "b1"]),
    kind=some.sampled_from(["deal.stage_changed", "deal.stage_changed", "contract.window_opened"]),
    amount=some.sampled_from([1000.0, 5000.0, 20000.0, 40000.0, 90000.0]), p1=some.sampled_from([False, False, False, True]),
    subject=some.sampled_from(["deal", "other"]), answer=some.sampled_from(["approve", "approve", "reject", "ignore"]),
    after=some.integers(1, 40), uncounted=some.sampled_from([False, False, False, False, True]),
)  # fmt: skip
STORIES = some.lists(HAPPENINGS, min_size=1, max_size=12).map(lambda found: sorted(found, key=lambda one: one.hour))


def _lived(story: list[Happening]) -> World:
    return World(BOOK, story, answered_by(story)).live()


def _simulated(world: World, draft: Playbook, *, in_full: bool = False) -> Simulation:
    return simulate([Opened(kept) for kept in world.kept()], draft, {BOOK.version: BOOK}, CONDITIONS, in_full=in_full, **SPAN)


@settings(max_examples=60, **BOUNDED)
@given(STORIES, some.sampled_from(sorted(DRAFTS)))
def test_what_is_proven_the_same_is_the_same(story: list[Happening], name: str) -> None:
    world = _lived(story)
    assert _simulated(world, DRAFTS[name]) == _simulated(world, DRAFTS[name], in_full=True)


@settings(max_examples=60, **BOUNDED)
@given(STORIES, some.sampled_from(sorted(set(DRAFTS) - {"no such event"})))
def test_it_finds_what_would_have_happened_in_another_life(story: list[Happening], name: str) -> None:
    world = _lived(story)
    other = World(DRAFTS[name], story, answered_as(world)).live()
    changes = {change.id: change for change in _simulated(world, DRAFTS[name]).changes}
    for fate, would in zip(world.fates, other.fates, strict=True):
        change = changes.get(fate.decision.id)
        found = (change.after.choice, change.after.route) if change else (fate.decision.choice, fate.decision.route)
        assert found == (would.decision.choice, would.decision.route), fate.decision.id


def test_what_waits_longer_under_the_draft_is_open_for_longer() -> None:
    """The same mail to the same person again, while the first would still wait: it is not proposed twice."""
    story = [
        Happening(10, "a1", amount=40000.0, subject="other"), Happening(17, "a2", amount=40000.0, subject="deal"),
        Happening(39, "a2", amount=40000.0, subject="deal"),
    ]  # fmt: skip
    world, draft = _lived(story), DRAFTS["a tighter cap"]
    other = World(draft, story, answered_as(world)).live()
    assert [fate.decision.route for fate in world.fates] == ["deferred"] * 3
    assert [fate.decision.route for fate in other.fates] == ["deferred", "deferred", "suppressed"]
    changes = {change.id: change.after.route for change in _simulated(world, draft).changes}
    assert changes[other.fates[2].decision.id] == "suppressed"


@settings(max_examples=15, **BOUNDED)
@given(STORIES)
def test_under_its_own_playbook_nothing_changes(story: list[Happening]) -> None:
    found = _simulated(_lived(story), BOOK, in_full=True)
    assert (found.changes, found.decisions) == ((), len(story))


@pytest.mark.parametrize("name", sorted(DRAFTS))
def test_each_draft_makes_a_difference_somewhere_or_is_known_not_to(name: str) -> None:
    """Else the tests above would prove nothing for it."""
    story = [
        Happening(6 * n, ["a1", "a2", "b1"][n % 3], amount=[1000.0, 20000.0, 40000.0, 90000.0][n % 4], p1=n % 7 == 6,
                  kind="contract.window_opened" if n % 5 == 4 else "deal.stage_changed", answer="reject" if n % 6 == 1 else "approve")
        for n in range(40)
    ]  # fmt: skip
    found = _simulated(_lived(story), DRAFTS[name])
    assert bool(found.changes) == (name not in ("another reason", "the usual launch check")), name


def test_a_rule_about_moments_that_allows_this_one_may_move_another() -> None:
    def hours(name: str, opens: float, closes: float) -> Rule:
        effect = {"kind": "defer", "until": "recipient_hours"}
        return rule(id=name, layer="contact", applies_to={"reach": "customer"}, effect=effect, params={"open_hour": opens, "close_hour": closes})

    late = changed(BOOK, rules={"hours": hours("hours", 12, 18)})
    never = changed(late, rules={"early": hours("early", 0, 11)})
    kept = [Opened(one) for one in World(late, [Happening(0, "b1")], answered_by([Happening(0, "b1")])).live().kept()]
    quick, full = (simulate(kept, never, {late.version: late}, CONDITIONS, in_full=whole, **SPAN) for whole in (False, True))
    assert quick == full
    assert [(change.before.route, change.kind) for change in quick.changes] == [("deferred", "newly_forbidden")]


def test_a_cap_that_nobody_could_count_bites_however_little_is_known_of_the_past() -> None:
    world = _lived([Happening(0, "b1", uncounted=True)])
    quick, full = (_simulated(world, DRAFTS["no cap"], in_full=whole) for whole in (False, True))
    assert quick == full
    assert [(change.before.play, change.after.play) for change in quick.changes] == [("call", "mail")]


def test_what_a_new_choice_replaces_is_not_carried_out() -> None:
    story = [Happening(0, "a1", kind="contract.window_opened", after=30), Happening(5, "a1"), Happening(48, "a1")]
    world = _lived(story)
    assert [fate.decision.route for fate in world.fates] == ["ask", "act", "deferred"], "the cap counts the offer and the mail"
    found = _simulated(world, DRAFTS["another group"])
    assert [(change.id, change.after.route) for change in found.changes] == [("dec_0002", "act")]
    assert found.changes[0].knock_on
