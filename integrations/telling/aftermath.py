"""What followed a choice, in words: to whom it was addressed, by whom it was worded, when steps run, and what came of it."""

from collections.abc import Iterator

from agent.domain.decision import ActionRecord, ApprovalRecord, Decision, ProposalRecord
from agent.domain.fact_names import in_words
from agent.domain.spoken import spoken
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.wording import labelled, without_code


def addressed(case: Case, proposal: ProposalRecord) -> str:
    """To whom, by which channel and not before when."""
    to = case.named("contact", proposal.recipient) if proposal.recipient else "colleagues"
    how = f" by {proposal.channel}" if proposal.channel != "internal" else ""
    send = f", not before {words.utc(proposal.send_at)}" if proposal.send_at else ""
    return f"Proposal to {to}{how}{send}"


def worded_by(proposal: ProposalRecord) -> str:
    """Who worded it."""
    if proposal.composed_by == "llm":
        return f"worded by a model, prompt {proposal.prompt_hash}"
    return f"worded by {'a person' if proposal.composed_by == 'person' else 'the template'}"


def parameters(case: Case, proposal: ProposalRecord) -> str:
    """What is given or asked for; empty where nothing is."""
    given = [labelled(name, words.value(value), case.currency) for name, value in proposal.params.items()]
    return ", ".join(f"{name}: {value}" for name, value in given)


def of_ask(ask: ApprovalRecord, *, exact: bool = False) -> dict[str, str]:
    """What else is to be said of an ask, under its label; with `exact` as it was recorded. The words of who answered stay as they are."""

    def said(text: str) -> str:
        return text if exact else in_words(text)

    told = {
        "why them": said(ask.routing if exact else without_code(ask.routing)) if ask.routing else "",
        "note": ask.note or "",
        "ended": said(ask.ended or ""),
        "what had changed": said("; ".join(ask.difference)),
    }
    return {label: text for label, text in told.items() if text}


def moment(action: ActionRecord) -> str:
    """When a step ran, or from when on it will."""
    if action.state != "planned":
        return words.utc(action.at)
    return f"from {words.utc(action.not_before)}" if action.not_before else "at once"


def outcome(decision: Decision) -> Iterator[tuple[str, str]]:
    """What came of it, in parts, each with what it is: `exposure`, `result`, `guardrails`, `attribution`."""
    came = decision.outcome
    if came is None:
        return
    yield "exposure", words.role(came.exposure)
    if came.result:
        value = f" {words.number(came.value)}" if came.value is not None else ""
        yield "result", f"{came.result}{f': {spoken(came.metric)}' if came.metric else ''}{value}"
    elif came.exposure == "delivered":
        yield "result", "result not known yet"
    if came.guardrails:
        yield "guardrails", f"guardrails: {', '.join(map(words.role, came.guardrails))}"
    if came.attribution:
        yield "attribution", came.attribution
