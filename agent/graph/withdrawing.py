"""What was decided, and the playbook no longer has done: its surface is off or in shadow, or its play is gone. It is stopped, and people are told."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.decision import Decision
from agent.domain.modes import held_by
from agent.domain.playbook import Playbook
from agent.domain.records import APPROVED, Approval
from agent.domain.revalidation import withdrawn
from agent.graph import cards
from agent.ports import AuditEntry, Store


def current_round(approvals: Sequence[Approval]) -> tuple[Approval, ...]:
    """The asks of the latest round."""
    latest = max((a.round for a in approvals), default=0)
    return tuple(a for a in approvals if a.round == latest)


def stop_code(asks: Sequence[Approval]) -> str:
    """The reason's code of a decision that is stopped before its effects."""
    return "forbidden_after_approval" if any(ask.state in APPROVED for ask in asks) else "all_forbidden"


async def withdraw(store: Store, playbook: Playbook, decision: Decision, at: datetime) -> bool:
    """Stop the decision if the playbook in force no longer has it done; whether it did.

    It is reconsidered once where it may come back: while its play is there, and within the play's window.
    """
    why = withdrawn(playbook, decision, held_by(await store.caps(), decision.surface))
    if why is None:
        return False
    asks = current_round(await store.approvals(decision.id))
    told = tuple(dict.fromkeys(email for ask in asks for email in (*ask.asked, *filter(None, [ask.answered_by]))))
    if told:
        await store.add_messages([cards.withdrawn_notice(decision, why, told, at)])
    play = playbook.plays.get(decision.chosen.play) if decision.chosen else None
    await store.stop(
        decision.id, code=stop_code(asks), text=why, reconsider_until=decision.created_at + play.window if play else None,
        audit=AuditEntry("stopped", "nextplay", decision.id, {"why": why}, at), at=at,
    )  # fmt: skip
    return True
