"""Account families with everything decided about them: what one decision leaves behind is read by later ones of its family alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from agent.domain.hindsight import Rewrite, rewritten
from agent.ports import Sealed
from agent.simulating.rerun import Look, Rerun
from agent.simulating.traces import trace_of

_NAMED = 3
"""So many earlier decisions are named as causes; more would not be read."""


def accounts_of_rewritten(looks: Iterable[Look]) -> list[frozenset[str]]:
    """The families, each with all its accounts, in which a decision leaves another past to later ones."""
    joined = _Joined()
    touched: set[str] = set()
    for look in looks:
        joined.join(look.accounts)
        if look.rewrite is not None or look.regrouped:
            touched.update(look.accounts)
    groups = defaultdict[str, set[str]](set)
    for account in joined.known:
        groups[joined.head(account)].add(account)
    return [frozenset(group) for head, group in sorted(groups.items()) if not group.isdisjoint(touched)]


def retold(rerun: Rerun, family: Sequence[tuple[Sealed, Look]]) -> list[Look]:
    """The family's decisions in their order, each on the past as it would have been. Those are decided anew to which it makes a difference."""
    story = _Story(rerun, family)
    return [story.next(one, look) for one, look in family]


class _Story:
    """What the decisions so far would have left instead of what they did."""

    def __init__(self, rerun: Rerun, family: Sequence[tuple[Sealed, Look]]) -> None:
        self._rerun = rerun
        self._by_id = {one.id: one for one, _ in family}
        self._rewrites: dict[str, Rewrite] = {}

    def next(self, one: Sealed, look: Look) -> Look:
        if look.state != "decided":
            return look
        if self._rewrites:
            look = self._on_the_other_past(one, look)
        if look.rewrite is not None:
            self._rewrites[one.id] = look.rewrite
        for name in self._replaced(one, look):
            self._cut(name, one)
        return look

    def _replaced(self, one: Sealed, look: Look) -> Iterable[str]:
        """The proposals that end by the decision. What it did replace, and is as it was, ended by it as the record has it."""
        if look.change is not None or look.regrouped:
            return look.replaces or ()
        replaces = look.replaces
        if replaces is None:
            waited = any(waiting.decision in self._rewrites for waiting in one.bare().open_proposals)
            replaces = self._rerun.replaced(one) if waited else ()
        return [name for name in replaces if name in self._rewrites]

    def _on_the_other_past(self, one: Sealed, look: Look) -> Look:
        bare = one.bare()
        if rewritten(bare, self._rewrites.values()) is bare:
            return look
        evidence = one.evidence()
        other = rewritten(evidence, self._rewrites.values())
        accounts = {*evidence.family, evidence.account}
        because_of = [name for name, rewrite in self._rewrites.items() if rewrite.was.account in accounts][-_NAMED:]
        return self._rerun.look_again(one, other, look, because_of=because_of)

    def _cut(self, name: str, by: Sealed) -> None:
        """A proposal that waits is replaced: what would have come of it does not."""
        if name == by.id or name not in self._by_id:
            return
        known = self._rewrites.get(name)
        if known is None:
            older = self._by_id[name]
            trace = trace_of(older.decision(), older.evidence())
            known = Rewrite(trace, trace)
        would = known.would.cut(by.created_at)
        if would != known.would:
            self._rewrites[name] = Rewrite(known.was, would)


class _Joined:
    """Accounts that belong together, because some evidence named them in one family."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    @property
    def known(self) -> list[str]:
        return list(self._above)

    def head(self, account: str) -> str:
        """The one that stands for all."""
        above = self._above.setdefault(account, account)
        while above != account:
            account, above = above, self._above[above]
        return account

    def join(self, accounts: Sequence[str]) -> None:
        heads = {self.head(account) for account in accounts}
        first = min(heads, default="")
        for head in heads:
            self._above[head] = first
