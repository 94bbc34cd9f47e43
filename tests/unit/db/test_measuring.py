from datetime import timedelta
from typing import Any

from agent.domain.decision import ClauseRecord, RuleRecord, ScoreRecord
from agent.domain.lift import Trial
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, NOW, SAID, action, candidate, decision, recorded
from tests.unit.db.test_watching import kept, sent, watch

ALL: dict[str, Any] = {"since": NOW - DAY, "until": NOW + DAY}


async def test_trials_are_what_the_holdout_could_have_held_and_whose_window_is_over(store: SqlStore) -> None:
    end = NOW + 14 * DAY
    await kept(store, 1, in_trial=True, family="f1", met_at=end)
    await kept(store, 2, in_trial=True, family="f2", met_at=end + DAY)
    await kept(store, 3, in_trial=True, family="f3", arm="held_out")
    await kept(store, 4, in_trial=False, family="f4")
    await kept(store, 5, in_trial=True, family="f5", arm="shadow")
    await kept(store, 6, in_trial=True, family="f6", window=15 * DAY)
    found = await store.trials("deal-follow-up", since=NOW, until=end)
    assert sorted(found, key=lambda one: one.family) == [Trial("f1", False, True), Trial("f2", False, False), Trial("f3", True, False)]
    assert await store.trials("renewal", since=NOW, until=end) == []


async def test_what_rules_struck_out_is_read_from_the_records(store: SqlStore) -> None:
    forbids = RuleRecord("cap", "forbid", "contact", True, [ClauseRecord("c", "true", "so", {})])
    score = ScoreRecord(0.1, 900.0, 0.0, 0.0, 1.0, 1.0, 90.0, {"unit": "money"})
    one = decision(1, candidates=[candidate(), candidate(id="cand_2", verdict="forbid", rules=[forbids], score=score)])
    await recorded(store, 1, decision=one)
    await recorded(store, 2)
    found = await store.struck(**ALL)
    assert {name: (rule.decisions, rule.alone, dict(rule.worth)) for name, rule in found.items()} == {"cap": (1, 1, {"money": 90.0})}
    assert await store.struck(**ALL, surface="renewal") == {}


async def test_what_rules_did_is_told_with_what_those_decisions_became(store: SqlStore) -> None:
    forbids = RuleRecord("cap", "forbid", "contact", True, [ClauseRecord("c", "true", "so", {})])
    asks = RuleRecord("strategic", "ask", "suitability", True, [])
    idle = RuleRecord("idle", "forbid", "contact", False, [])
    rules = [candidate(rules=[asks, idle]), candidate(id="cand_2", verdict="forbid", rules=[forbids, asks])]
    done = {"approvals": [], "actions": [action(1, needs_approval=False)]}
    await recorded(store, 1, decision=decision(1, candidates=rules), watch=watch(1), **done)
    await sent(store, 1)
    await store.observe("dec_1", {"result": "converted", "at": NOW + DAY, "guardrails": ["complaint"]}, SAID)
    await recorded(store, 2, decision=decision(2, candidates=rules, route="none"), state="closed", approvals=[], actions=[])
    await recorded(store, 3, decision=decision(3, candidates=rules, route="suppressed"), state="closed", approvals=[], actions=[])
    found = await store.hits(**ALL)
    cap, strategic = found["cap"], found["strategic"]
    assert set(found) == {"cap", "strategic"}
    assert (cap.decisions, cap.candidates, cap.struck) == (2, 2, 2)
    assert dict(cap.became) == {"asked": 1, "done": 1, "converted": 1, "friction": 1, "nothing": 1}
    assert (strategic.decisions, strategic.struck, strategic.became.total()) == (2, 0, 0)
    assert await store.hits(since=NOW + timedelta(seconds=1), until=NOW + DAY) == {}
