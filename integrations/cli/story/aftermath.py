"""What followed: the proposal, who was asked and answered, what was done, what came of it, and how to go on."""

from collections.abc import Iterator

from rich.text import Text

from agent.domain.decision import ActionRecord, ApprovalRecord, ProposalRecord
from agent.domain.fact_names import in_words
from agent.domain.plays import STEP_TITLES
from agent.domain.spoken import spoken
from integrations.cli.look import Page, folded, state
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.wording import labelled, without_code


def tell_proposal(page: Page, case: Case, at_most: int) -> None:
    """Add the exact content in a frame, its body cut to so many lines; 0 for all of it."""
    proposal = case.decision.proposal
    if proposal is None:
        return
    inner = page.width - 6
    body = [line for name, text in proposal.content.items() if name != "subject" for line in folded(text.strip(), inner)]
    if at_most:
        body = [line for line in body if line.plain.strip()]
    _frame(page, "┌", _title(case, proposal), "┐")
    for line in [*_said(case, proposal, inner), *(body[:at_most] if at_most else body)]:
        page.lines.append(Text.assemble(("  │ ", "dim"), line, " " * (inner - line.cell_len), (" │", "dim")))
    more = len(body) - at_most if at_most else 0
    by = f"{_by(proposal)} · digest {proposal.digest[:12]}"
    _frame(page, "└", f"{words.several(more, 'more line')}: --all shows them · {by}" if more > 0 else by, "┘")
    if proposal.notes:
        page.wrapped("; ".join(proposal.notes), indent=2, label=Text("note: ", "yellow"), at_most=2 if at_most else 0)


def _by(proposal: ProposalRecord) -> str:
    if proposal.composed_by == "llm":
        return f"worded by a model, prompt {proposal.prompt_hash}"
    return f"worded by {'a person' if proposal.composed_by == 'person' else 'the template'}"


def _frame(page: Page, left: str, title: str, right: str) -> None:
    shown = Text(words.one_line(title))
    shown.truncate(page.width - 10, overflow="ellipsis")
    rest = "─" * (page.width - 7 - shown.cell_len)
    page.lines.append(Text.assemble((f"  {left}─ ", "dim"), (shown.plain, "bold cyan" if left == "┌" else "dim"), (f" {rest}{right}", "dim")))


def _title(case: Case, proposal: ProposalRecord) -> str:
    to = case.named("contact", proposal.recipient) if proposal.recipient else "colleagues"
    how = f" by {proposal.channel}" if proposal.channel != "internal" else ""
    send = f", not before {words.utc(proposal.send_at)}" if proposal.send_at else ""
    return f"Proposal to {to}{how}{send}"


def _said(case: Case, proposal: ProposalRecord, width: int) -> list[Text]:
    """The parameters and the subject line."""
    found = []
    if proposal.params:
        given = [labelled(name, words.value(value), case.currency) for name, value in proposal.params.items()]
        found.append(Text(", ".join(f"{name}: {value}" for name, value in given), "yellow"))
    if proposal.content.get("subject"):
        found.append(Text(words.one_line(proposal.content["subject"]), "bold"))
    for line in found:
        line.truncate(width, overflow="ellipsis")
    return found


def tell_asks(page: Page, case: Case, *, exact: bool) -> None:
    """Add who was asked, and what they said; with `exact` roles have the names that rules use."""
    asks = case.decision.approvals
    if not asks:
        return
    page.heading("Who was asked", words.several(len(asks), "ask"))
    page.table([_ask(case, ask) for ask in asks], flex=2, indent=2)
    for ask in asks:
        told = {
            "why them": ask.routing if exact else without_code(ask.routing or ""),
            "note": ask.note,
            "ended": ask.ended,
            "what had changed": "; ".join(ask.difference),
        }
        for label, text in told.items():
            if text:
                shown = text if exact or label == "note" else in_words(text)
                page.wrapped(Text(words.one_line(shown), "dim"), indent=4, label=Text(f"{label}: ", "dim"), at_most=2)


def _ask(case: Case, ask: ApprovalRecord) -> list[Text | str]:
    if ask.state in ("open", "snoozed"):
        said = f"until {words.when(ask.expires_at, case.now)}: {', '.join(ask.asked) or 'nobody is available'}"
    else:
        by = f"by {ask.answered_by} " if ask.answered_by else ""
        said = f"{by}{words.when(ask.at, case.now)}" + (f" · {words.role(ask.reason)}" if ask.reason else "")
    return [words.role(ask.needed_role), state(ask.state), said]


def tell_actions(page: Page, case: Case) -> None:
    """Add the ledger and the outcome."""
    decision = case.decision
    if decision.actions:
        page.heading("What was done", words.several(len(decision.actions), "step"))
        rows: list[list[Text | str]] = [
            [str(action.step + 1), STEP_TITLES[action.kind], action.target, state(action.state), _moment(action), in_words(action.error or "")]
            for action in decision.actions
        ]
        page.table(rows, flex=5, indent=2)
    if decision.outcome is not None:
        page.heading("What came of it")
        page.line(*_outcome(case), indent=2)


def _moment(action: ActionRecord) -> str:
    if action.state != "planned":
        return words.utc(action.at)
    return f"from {words.utc(action.not_before)}" if action.not_before else "at once"


def _outcome(case: Case) -> list[tuple[str, str]]:
    outcome = case.decision.outcome
    if outcome is None:
        return []
    value = f" {words.number(outcome.value)}" if outcome.value is not None else ""
    open_ = ", result not known yet" if outcome.exposure == "delivered" else ""
    result = f", {outcome.result}{f': {spoken(outcome.metric)}' if outcome.metric else ''}{value}" if outcome.result else open_
    parts = [(words.role(outcome.exposure), "bold"), (result, "")]
    if outcome.guardrails:
        parts.append((f", guardrails: {', '.join(map(words.role, outcome.guardrails))}", "bold red"))
    if outcome.attribution:
        parts.append((f", {outcome.attribution}", ""))
    return [*parts, (f", {words.when(outcome.at, case.now)}" if outcome.at else "", "dim")]


def tell_next(page: Page, case: Case, *, everything: bool) -> None:
    """Add the commands with which to go on."""
    decision = case.decision
    page.heading("Go on with", f"playbook {decision.playbook_version} · model {decision.model_version}")
    for command, about in _commands(case, everything=everything):
        note = f"  {about}" if len(command) + len(about) + 4 <= page.width else ""
        page.wrapped(Text.assemble((command, "green"), (note, "dim")), indent=2)


def _commands(case: Case, *, everything: bool) -> Iterator[tuple[str, str]]:
    decision = case.decision
    open_asks = [ask for ask in decision.approvals if ask.state in ("open", "snoozed")]
    if open_asks:
        who = next((person for ask in open_asks for person in ask.asked), "EMAIL")
        yield f"nextplay answer {decision.id} approve --as {who}", "or edit, reject, snooze"
    if any(action.state == "planned" for action in decision.actions):
        yield f"nextplay answer {decision.id} undo --as EMAIL", "until it is done"
    if decision.candidates and not everything:
        yield f"nextplay decisions show {decision.id} --all", "every fact, candidate and rule"
    yield f"nextplay replay {decision.id}", "decide again from what was known"
