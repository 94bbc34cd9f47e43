"""Facts as Slack shows them."""

from agent.domain.facts import Fact
from agent.domain.spoken import sentence
from agent.domain.weighing import true_since
from integrations.slack import blocks as b
from integrations.slack.blocks import Element
from integrations.telling.case import Case
from integrations.telling.mattering import written
from integrations.telling.wording import SOURCES, labelled

LONGEST_VALUE = 160
"""Characters of one value or name in a card: what stands behind it must be seen too."""


def fact_line(case: Case, fact: Fact) -> list[Element]:
    """A fact with its value, its source, from when it is, and whether it may be relied on. Its age would stand still on a card."""
    since = true_since(fact)
    dated = [b.words(", as of ", italic=True), b.moment(since)] if since else []
    doubt = [b.words(f" — {fact.status}", italic=True)] if fact.status != "fresh" else []
    name, value = labelled(fact.name, written(fact), case.currency)
    return [
        b.words(f"{sentence(name)}: "),
        b.words(b.cut(value, LONGEST_VALUE), bold=True),
        b.words(f"  {SOURCES.get(fact.source, fact.source)}", italic=True),
        *dated,
        *doubt,
    ]
