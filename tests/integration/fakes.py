"""The service and the token store in memory: they keep what they are given and answer from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.domain.decision import ConfidenceRecord, Decision, SensitiveRecord, SubjectRecord, TriggerRecord
from agent.domain.records import Action, Approval
from agent.errors import NotFound
from agent.ports import Accepted as Status
from agent.ports import Arrival, DecisionRow
from integrations.doors import Answer, BlockTarget
from integrations.tokens import TokenRow

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class FakeAccepted:
    event_id: str
    status: Status
    run_id: str | None


@dataclass(frozen=True)
class FakeAnswer:
    won: bool
    approval: Approval
    says: str


@dataclass
class FakeTokens:
    rows: dict[str, TokenRow] = field(default_factory=dict)

    async def add_token(self, row: TokenRow) -> None:
        self.rows[row.secret_sha256] = row

    async def token(self, secret_sha256: str) -> TokenRow | None:
        return self.rows.get(secret_sha256)


@dataclass
class FakeService:
    """`fails_with` is raised by the next calls, as a database that is down would."""

    inbox: dict[tuple[str, str], Arrival] = field(default_factory=dict)
    calls: list[int] = field(default_factory=list)
    asks: dict[str, Approval] = field(default_factory=dict)
    known: dict[str, Decision] = field(default_factory=dict)
    blocks: dict[tuple[str, str], tuple[str, str, datetime | None]] = field(default_factory=dict)
    effects: dict[str, Action] = field(default_factory=dict)
    lifted: list[tuple[str, str]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    fails_with: Exception | None = None

    async def accept(self, arrivals: Sequence[Arrival]) -> list[FakeAccepted]:
        self._fail()
        self.calls.append(len(arrivals))
        return [self._accept(arrival) for arrival in arrivals]

    def _accept(self, arrival: Arrival) -> FakeAccepted:
        event = arrival.event
        first = self.inbox.setdefault((event.source, event.id), arrival)
        if first is arrival:
            return FakeAccepted(event.id, "new", f"run_{len(self.inbox)}")
        return FakeAccepted(event.id, "duplicate" if first.sha256 == arrival.sha256 else "conflict", None)

    async def explain(self, decision_id: str) -> Decision | None:
        self._fail()
        return self.known.get(decision_id)

    async def decisions(self, *, limit: int, surface: str | None, account: str | None, route: str | None) -> list[DecisionRow]:
        self._fail()
        rows = [row(decision) for decision in self.known.values()]
        wanted = {"surface": surface, "account": account, "route": route}
        return [one for one in rows if all(v is None or getattr(one, k) == v for k, v in wanted.items())][:limit]

    async def waiting(self) -> list[Approval]:
        return [ask for ask in self.asks.values() if ask.state == "open"]

    async def answer(self, decision_id: str, answer: Answer, *, who: str, **rest: Any) -> FakeAnswer:
        self.answers.append({"answer": answer, "who": who, **rest})
        ask = self.asks.get(decision_id)
        if ask is None:
            raise NotFound(f"There is no decision {decision_id}.", "List them first.")
        if ask.state != "open":
            return FakeAnswer(won=False, approval=ask, says=f"{ask.answered_by} was faster.")
        self.asks[decision_id] = replace(ask, state="approved", answered_by=who, answer=answer)
        return FakeAnswer(won=True, approval=self.asks[decision_id], says="Done.")

    async def block(self, target: BlockTarget, ref: str, *, who: str, why: str, until: datetime | None) -> int:
        self.blocks[target, ref] = (who, why, until)
        return len(self.asks)

    async def unblock(self, target: BlockTarget, ref: str, *, who: str, why: str) -> bool:
        self.lifted.append((who, why))
        return self.blocks.pop((target, ref), None) is not None

    async def unknown_effects(self) -> list[Action]:
        return [effect for effect in self.effects.values() if effect.state == "unknown"]

    async def resolve(self, key: str, *, done: bool, who: str, why: str) -> Action:
        found = self.effects.get(key)
        if found is None:
            raise NotFound(f"There is no effect {key}.", "List them first.")
        self.effects[key] = replace(found, state="done" if done else "failed", error=f"{who}: {why}")
        return self.effects[key]

    def _fail(self) -> None:
        if self.fails_with is not None:
            raise self.fails_with


def ask(decision_id: str) -> Approval:
    return Approval(
        id=f"apr_{decision_id}",
        decision_id=decision_id,
        round=1,
        digest="d",
        state="open",
        needed_role="sales_manager",
        asked=("ann@example.com",),
        allowed=("ann@example.com",),
        requester=None,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )


def effect(key: str) -> Action:
    return Action(
        key=key, decision_id="dec_1", step=0, kind="send_content", target="con_1", payload={"body": "Hello"}, state="unknown", needs_approval=True,
        digest="d", customer_visible=True, account="acc_001", at=NOW,
    )  # fmt: skip


def decision(decision_id: str, surface: str = "deal-follow-up", account: str | None = "acc_001") -> Decision:
    return Decision(
        id=decision_id,
        run_id=f"run_{decision_id}",
        created_at=NOW,
        surface=surface,
        mode="suggest",
        playbook_version="p1",
        model_version="m1",
        trigger=TriggerRecord(source="billing", event_id="e1", type="x", occurred_at=NOW, received_at=NOW),
        subject=SubjectRecord(account=account, kind="deal", id="deal_001"),
        facts=[],
        candidates=[],
        choice=None,
        confidence=ConfidenceRecord(value=None, calibrated=False, terms={}),
        sensitive=SensitiveRecord(value=False, rules=[]),
        route="none",
        reasons=[],
        proposal=None,
    )


def row(of: Decision) -> DecisionRow:
    return DecisionRow(
        id=of.id,
        run_id=of.run_id,
        created_at=of.created_at,
        surface=of.surface,
        account=of.subject.account,
        subject_kind=of.subject.kind,
        subject_id=of.subject.id,
        route=of.route,
        play=None,
        title=None,
        reasons=(),
        state="closed",
    )
