"""The facts of a story, as a table."""

from rich.text import Text

from agent.domain.facts import Fact
from integrations.cli.look import Page
from integrations.cli.styles import STATUSES
from integrations.telling.case import Case
from integrations.telling.mattering import age_of, mattered, written
from integrations.telling.wording import labelled, with_currency


def tell_facts(page: Page, case: Case, at_most: int) -> None:
    """Add the facts, at most so many; 0 for all of them."""
    everything = case.decision.facts
    shown = everything if at_most == 0 else mattered(case)[:at_most]
    if not everything:
        return
    title = "Facts" if len(shown) == len(everything) else "Facts that mattered"
    page.heading(title, f"{len(shown)} of {len(everything)}, as old as they were when this was decided")
    page.table([_row(case, fact, exact=at_most == 0) for fact in shown], flex=1, caps={0: max(page.width // 2, 30), 2: 10, 3: 9}, indent=2)


def _row(case: Case, fact: Fact, *, exact: bool) -> list[Text | str]:
    """With `exact` the fact has the name and the value that rules read."""
    label, value = (fact.name, with_currency(fact.name, written(fact), case.currency)) if exact else labelled(fact.name, written(fact), case.currency)
    name = Text(label)
    if fact.of:
        name.append(f" ({case.named(fact.name.partition('.')[0], fact.of)})", "dim")
    word, style = STATUSES[fact.status]
    said = Text("not known", "dim") if fact.status == "missing" else Text(value, "bold")
    return [
        name,
        said,
        Text(fact.source, "dim"),
        Text(age_of(fact, case.decision.created_at), style or "dim"),
        Text(word, style),
    ]
