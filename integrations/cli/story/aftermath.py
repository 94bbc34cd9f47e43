"""What followed: the proposal, who was asked and answered, what was done, what came of it, and how to go on."""

from collections.abc import Iterator

from rich.text import Text

from agent.domain.decision import ApprovalRecord, ProposalRecord
from agent.domain.fact_names import in_words
from agent.domain.plays import STEP_TITLES
from integrations.cli.look import Page, folded, state
from integrations.telling import words
from integrations.telling.aftermath import addressed, moment, of_ask, outcome, parameters, worded_by
from integrations.telling.case import Case


def tell_proposal(page: Page, case: Case, at_most: int) -> None:
    """Add the exact content in a frame, its body cut to so many lines; 0 for all of it."""
    proposal = case.decision.proposal
    if proposal is None:
        return
    inner = page.width - 6
    body = [line for name, text in proposal.content.items() if name != "subject" for line in folded(text.strip(), inner)]
    if at_most:
        body = [line for line in body if line.plain.strip()]
    _frame(page, "┌", addressed(case, proposal), "┐")
    for line in [*_said(case, proposal, inner), *(body[:at_most] if at_most else body)]:
        page.lines.append(Text.assemble(("  │ ", "dim"), line, " " * (inner - line.cell_len), (" │", "dim")))
    more = len(body) - at_most if at_most else 0
    by = f"{worded_by(proposal)} · digest {proposal.digest[:12]}"
    _frame(page, "└", f"{words.several(more, 'more line')}: --all shows them · {by}" if more > 0 else by, "┘")
    if proposal.notes:
        page.wrapped("; ".join(proposal.notes), indent=2, label=Text("note: ", "yellow"), at_most=2 if at_most else 0)


def _frame(page: Page, left: str, title: str, right: str) -> None:
    shown = Text(words.one_line(title))
    shown.truncate(page.width - 10, overflow="ellipsis")
    rest = "─" * (page.width - 7 - shown.cell_len)
    page.lines.append(Text.assemble((f"  {left}─ ", "dim"), (shown.plain, "bold cyan" if left == "┌" else "dim"), (f" {rest}{right}", "dim")))


def _said(case: Case, proposal: ProposalRecord, width: int) -> list[Text]:
    """The parameters and the subject line."""
    found = []
    if proposal.params:
        found.append(Text(parameters(case, proposal), "yellow"))
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
        for label, text in of_ask(ask, exact=exact).items():
            page.wrapped(Text(words.one_line(text), "dim"), indent=4, label=Text(f"{label}: ", "dim"), at_most=2)


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
            [str(action.step + 1), STEP_TITLES[action.kind], action.target, state(action.state), moment(action), in_words(action.error or "")]
            for action in decision.actions
        ]
        page.table(rows, flex=5, indent=2)
    if decision.outcome is not None:
        page.heading("What came of it")
        page.line(*_outcome(case), indent=2)


_LOOKS = {"exposure": "bold", "guardrails": "bold red"}


def _outcome(case: Case) -> list[tuple[str, str]]:
    told = [(f"{', ' if part != 'exposure' else ''}{text}", _LOOKS.get(part, "")) for part, text in outcome(case.decision)]
    came = case.decision.outcome
    return [*told, (f", {words.when(came.at, case.now)}" if came and came.at else "", "dim")]


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
