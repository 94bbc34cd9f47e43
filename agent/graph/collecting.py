"""Evidence for the run in hand: facts through the tools, history through the store."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent.domain.evidence import Evidence
from agent.domain.modes import held_by
from agent.graph.context import Context
from tools.gathering import gather_evidence

HISTORY = timedelta(days=400)
"""How far back earlier recommendations are read."""


async def collect(ctx: Context, *, params: dict[str, Any] | None = None, besides: str | None = None) -> Evidence:
    """Everything a decision about this event is made from, as of now. `besides` names a decision whose own proposal does not count."""
    event, at = ctx.standing.event, ctx.clock()
    surface = ctx.playbook.surface_of(event.type)
    assert surface is not None, "runs without a surface are closed before the graph"  # noqa: S101  wrong wiring, not wrong input
    ctx.desk.silent.clear()  # who answers now is not silent any more
    wanted = [play.material for name in surface.plays if (play := ctx.playbook.plays[name]).material]
    found = await gather_evidence(
        ctx.sources, event, surface, at=at, deadline_s=ctx.limits.gather_s, into=ctx.playbook.reporting_currency, wanted=wanted,
        silent=ctx.desk.silent.append, words=ctx.playbook.triage,
    )  # fmt: skip
    accounts = found.family or ((event.account,) if event.account else ())
    history = await ctx.store.history(accounts, since=at - HISTORY, at=at)
    return replace(
        found, past=tuple(history.past), blocks=tuple(history.blocks), labels=history.labels, params=params or _asked_params(event.data),
        held=held_by(history.caps, surface.id),
        open_proposals=tuple(p for p in history.open_proposals if p.decision != besides), claimed=ctx.standing.claimed,
    )  # fmt: skip


def _asked_params(data: dict[str, Any]) -> dict[str, Any]:
    """Parameters that the event itself asks for, such as a discount."""
    pct = data.get("discount_pct")
    return {"discount_pct": float(pct)} if isinstance(pct, int | float) and not isinstance(pct, bool) else {}
