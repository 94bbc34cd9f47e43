"""The REST API under /api/v1: events in, decisions out, answers and blocks.

Each route parses, calls the service once, and renders.
"""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from agent.domain.decision import Decision, Route
from agent.errors import NotFound
from integrations.api_guard import GuardedRoute, allow, document_of, doors_of, inlet_of
from integrations.api_models import (
    AcceptedEvent,
    AnswerBody,
    Answered,
    ApprovalList,
    BlockBody,
    Blocked,
    DecisionList,
    EffectList,
    ResolveBody,
    Resolved,
    Unblocked,
)
from integrations.doors import BlockTarget, Doors
from integrations.hitl import HITLRequest, HITLResponse, answer_in, request_of
from integrations.inlet import Inlet
from integrations.problems import Problem
from integrations.tokens import TokenRow
from integrations.webhooks.counting import count_events
from integrations.webhooks.generic import PRINTABLE, CanonicalEvent, arrive
from integrations.webhooks.reading import Document

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "The body is not JSON",
        401: "No valid token",
        403: "The token's role, or its holder, may not do this",
        404: "There is no such thing",
        409: "The present state does not allow it",
        413: "The body is too large",
        415: "The body is not plain JSON",
        422: "A field is not valid",
        503: "Try again after the seconds in Retry-After",
    }.items()
}

router = APIRouter(prefix="/api/v1", route_class=GuardedRoute, responses=_ERRORS)

OpenDoors = Annotated[Doors, Depends(doors_of)]
OpenInlet = Annotated[Inlet, Depends(inlet_of)]
RawBody = Annotated[tuple[Document, bytes], Depends(document_of)]
Reader = Annotated[TokenRow, Depends(allow("viewer", "operator", "approver", "admin"))]
Sender = Annotated[TokenRow, Depends(allow("ingest", "operator", "admin"))]
Approver = Annotated[TokenRow, Depends(allow("approver", "admin"))]
Operator = Annotated[TokenRow, Depends(allow("operator", "admin"))]

DecisionId = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9_.:-]+$")]
EffectKey = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9_.:-]+$")]
Ref = Annotated[str, Query(min_length=1, max_length=255, pattern=PRINTABLE)]


@router.post("/events", status_code=202, tags=["events"], responses={200: {"model": AcceptedEvent, "description": "It was known already"}})
async def send_event(event: CanonicalEvent, body: RawBody, response: Response, doors: OpenDoors, inlet: OpenInlet, _: Sender) -> AcceptedEvent:
    """Send one event; it is stored when this answers. 200 instead of 202 says that it was known already."""
    document, raw = body
    [accepted] = await inlet.take([arrive(event, document, raw, doors.clock())])
    count_events("api", Counter([accepted.status]))
    if accepted.status != "new":
        response.status_code = 200
    return AcceptedEvent(event_id=accepted.event_id, status=accepted.status, run_id=accepted.run_id)


@router.get("/decisions", tags=["decisions"])
async def list_decisions(
    doors: OpenDoors,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    surface: Ref | None = None,
    account: Ref | None = None,
    route: Route | None = None,
) -> DecisionList:
    """List decisions, newest first."""
    rows = await doors.service.decisions(limit=limit, surface=surface, account=account, route=route)
    return DecisionList(decisions=list(rows))


@router.get("/decisions/{decision_id}", tags=["decisions"])
async def show_decision(decision_id: DecisionId, doors: OpenDoors, _: Reader) -> Decision:
    """Show one decision's whole story."""
    return await _decision(doors, decision_id)


@router.post("/decisions/{decision_id}/answer", tags=["decisions"])
async def answer_decision(decision_id: DecisionId, body: AnswerBody, doors: OpenDoors, holder: Approver) -> Answered:
    """Answer a decision's ask. When somebody was faster, `won` is false and `says` names them."""
    result = await doors.service.answer(decision_id, who=holder.email, **body.model_dump())
    return Answered(won=result.won, says=result.says, approval=result.approval)


@router.get("/decisions/{decision_id}/interrupt", tags=["decisions"])
async def show_interrupt(decision_id: DecisionId, doors: OpenDoors, _: Reader) -> HITLRequest:
    """Show what a decision asks people, in the shape of LangChain's HITLRequest."""
    return request_of(await _decision(doors, decision_id))


@router.post("/decisions/{decision_id}/resume", tags=["decisions"])
async def resume_decision(decision_id: DecisionId, body: HITLResponse, doors: OpenDoors, holder: Approver) -> Answered:
    """Answer a decision's ask in the shape of LangChain's HITLResponse. It counts as any other answer of the token's holder does."""
    given = answer_in(body, await _decision(doors, decision_id))
    result = await doors.service.answer(decision_id, who=holder.email, **given)
    return Answered(won=result.won, says=result.says, approval=result.approval)


async def _decision(doors: Doors, decision_id: str) -> Decision:
    decision = await doors.service.explain(decision_id)
    if decision is None:
        raise NotFound(f"There is no decision {decision_id}.", "GET /api/v1/decisions lists those that there are.")
    return decision


@router.get("/approvals", tags=["approvals"])
async def list_approvals(doors: OpenDoors, _: Reader) -> ApprovalList:
    """List the asks that wait for an answer."""
    return ApprovalList(approvals=list(await doors.service.waiting()))


@router.post("/blocks", status_code=201, tags=["blocks"])
async def add_block(body: BlockBody, doors: OpenDoors, holder: Operator) -> Blocked:
    """Stop everything pending and to come on a surface, play, account or contact."""
    stopped = await doors.service.block(body.target, body.ref, who=holder.email, why=body.why, until=body.until)
    return Blocked(stopped=stopped)


@router.delete("/blocks", tags=["blocks"])
async def lift_block(
    target: BlockTarget,
    ref: Ref,
    why: Annotated[str, Query(min_length=1, max_length=4_000, pattern=r"^[^\x00]*$")],
    doors: OpenDoors,
    holder: Operator,
) -> Unblocked:
    """Lift a block."""
    if not await doors.service.unblock(target, ref, who=holder.email, why=why):
        raise NotFound(f"There is no block on the {target} {ref}.", "Check the kind and the id of what is blocked.")
    return Unblocked(target=target, ref=ref)


@router.get("/effects", tags=["effects"])
async def list_effects(doors: OpenDoors, _: Reader) -> EffectList:
    """List effects of which nobody knows whether they happened."""
    return EffectList(effects=list(await doors.service.unknown_effects()))


@router.post("/effects/{key}/resolve", tags=["effects"])
async def resolve_effect(key: EffectKey, body: ResolveBody, doors: OpenDoors, holder: Operator) -> Resolved:
    """Say what became of an unknown effect. Done: the steps after it follow. Not done: it has failed, and is never repeated."""
    return Resolved(effect=await doors.service.resolve(key, done=body.done, who=holder.email, why=body.why))
