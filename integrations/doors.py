"""What the HTTP doors need: the service behind them, and how they are set up."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from fastapi import APIRouter, FastAPI

from agent.domain.decision import Decision
from agent.domain.records import Action, Approval
from agent.ports import Accepted as AcceptedStatus
from agent.ports import Arrival, DecisionRow
from integrations.settings import Settings
from integrations.tokens import TokenStore

Answer = Literal["approve", "edit", "reject", "snooze", "undo"]
BlockTarget = Literal["surface", "play", "account", "contact"]


class Accepted(Protocol):
    """What became of one arrival."""

    @property
    def event_id(self) -> str: ...
    @property
    def status(self) -> AcceptedStatus: ...
    @property
    def run_id(self) -> str | None: ...


class AnswerResult(Protocol):
    """What became of an answer: whether it is the one that counts, the ask as it now is, and what to tell people."""

    @property
    def won(self) -> bool: ...
    @property
    def approval(self) -> Approval: ...
    @property
    def says(self) -> str: ...


class Service(Protocol):
    """The one door into the graph, as far as HTTP uses it. Its errors are those of `agent.errors`."""

    async def accept(self, arrivals: Sequence[Arrival]) -> Sequence[Accepted]:
        """Store all arrivals in one transaction; durable when it returns."""
        ...

    async def explain(self, decision_id: str) -> Decision | None: ...
    async def decisions(self, *, limit: int, surface: str | None, account: str | None, route: str | None) -> Sequence[DecisionRow]: ...
    async def waiting(self) -> Sequence[Approval]: ...
    async def answer(
        self,
        decision_id: str,
        answer: Answer,
        *,
        who: str,
        reason: str | None = None,
        note: str | None = None,
        content: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
    ) -> AnswerResult: ...
    async def block(self, target: BlockTarget, ref: str, *, who: str, why: str, until: datetime | None) -> int:
        """Returns how many pending asks and unsent effects it stopped."""
        ...

    async def unblock(self, target: BlockTarget, ref: str, *, who: str, why: str) -> bool:
        """Returns False when there was no such block."""
        ...

    async def unknown_effects(self) -> Sequence[Action]: ...
    async def resolve(self, key: str, *, done: bool, who: str, why: str) -> Action:
        """Say whether an unknown effect happened."""
        ...


Waiting = Callable[[int], Awaitable[int]]
"""How many events are not decided yet; counted no further than the number that is given."""


async def nobody_waits(_at_most: int) -> int:
    """For doors behind which nothing is decided."""
    return 0


Check = Callable[[], Awaitable[bool]]
"""Whether something that the server needs works at this moment."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything `create_app` is given. `running` is entered while the server runs: it starts and stops the engine.

    `routers` are doors that wire themselves; `opening` adds doors that need more than a router.
    """

    settings: Settings
    service: Service
    tokens: TokenStore
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    checks: Mapping[str, Check]
    waiting: Waiting = nobody_waits
    running: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    routers: Sequence[APIRouter] = ()
    opening: Callable[[FastAPI], None] = lambda _app: None
