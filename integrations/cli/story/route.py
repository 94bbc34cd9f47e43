"""The head of a story, its trigger, and why the choice took the route that it took."""

from rich.text import Text

from agent.domain.escalation_path import escalation_path
from agent.domain.spoken import happened
from integrations.cli.look import Page, badge
from integrations.cli.styles import ROUTES
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.routes import how_sure, told_by, why_it
from integrations.telling.standing import standing, stopped, waiting


def tell_head(page: Page, case: Case) -> None:
    """Add what it is, what it chose, and where it stands."""
    decision, chosen = case.decision, case.chosen
    page.line(
        badge(*ROUTES[decision.route]),
        " " if stopped(decision) else "",
        badge("STOPPED", "bold white on red") if stopped(decision) else "",
        "  ",
        (decision.id, "bold"),
        "  ",
        (decision.surface, "cyan"),
        (f" ({decision.mode})", "dim"),
        f"  {case.account()}",
    )
    if chosen is not None:
        how = f" by {chosen.channel}" if chosen.channel != "internal" else ""
        page.line((chosen.title, "bold"), ("  →  ", "dim"), f"{case.whom(chosen)}{how}")
        for line in escalation_path(decision, chosen):
            page.wrapped(words.one_line(line), label=Text("- ", "cyan"), indent=2, at_most=2)
    page.wrapped(Text(words.clean(standing(decision)), "bold yellow" if waiting(decision) else ""), at_most=3)


def tell_trigger(page: Page, case: Case) -> None:
    """Add what happened."""
    trigger, subject = case.decision.trigger, case.decision.subject
    page.heading("What happened", f"decided {words.when(case.decision.created_at, case.now)}")
    page.line(
        (happened(trigger.type), "bold"),
        f": {subject.kind} {subject.id}, {words.when(trigger.occurred_at, case.now)}, {told_by(case.decision)}",
        (f" ({trigger.event_id})", "dim"),
        indent=2,
    )


def tell_why(page: Page, case: Case, at_most: int) -> None:
    """Add the reasons of the route, cut, in words and without their codes unless `at_most` is 0, and how sure and how sensitive it was."""
    decision = case.decision
    page.heading(why_it(decision), " · ".join(how_sure(decision)))
    if not decision.reasons:
        page.line("rules allow it, and the mode lets it act", indent=2)
    longest = max((len(reason.code) for reason in decision.reasons), default=0)
    for reason in decision.reasons:
        label = Text("- ", "cyan") if at_most else Text(reason.code.ljust(longest + 2), "cyan")
        page.wrapped(words.one_line(reason.said if at_most else reason.text), indent=2, label=label, at_most=2 if at_most else 0)
