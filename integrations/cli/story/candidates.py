"""What could have been done: the funnel, and each possibility with why it was not chosen."""

from rich.text import Text

from agent.domain.plays import DO_NOTHING
from integrations.cli.look import Page
from integrations.cli.styles import VERDICTS
from integrations.telling import words
from integrations.telling.candidates import Group, figure, for_whom, funnel, grouped, ranked, titled, why
from integrations.telling.case import Case
from integrations.telling.words import TIMES


def tell_candidates(page: Page, case: Case, at_most: int) -> None:
    """Add the funnel and the groups, at most so many; 0 for every candidate on its own."""
    if not case.decision.candidates:
        return
    page.heading("What could be done", funnel(case))
    groups = grouped(case) if at_most else [Group([c]) for c in ranked(case)]
    shown = groups[:at_most] if at_most else groups
    figures = [figure(case, g.first.score) for g in shown]
    longest = max(map(len, figures), default=0)
    rows = [_row(case, group, value.rjust(longest)) for group, value in zip(shown, figures, strict=True)]
    table = Page(page.width)
    table.table(rows, flex=1, caps={0: 1, 2: max(page.width // 4, 18)}, indent=1)
    for group, line in zip(shown, table.lines, strict=True):
        page.lines.append(line)
        for label, said in why(case, group.first, exact=at_most == 0):
            named = Text(f"{label}: " if label else "", "green")
            page.wrapped(Text(said, "" if label else "dim"), indent=5, label=named, at_most=1 if at_most else 0)
    rest = sum(len(g.members) for g in groups[len(shown) :])
    if rest:
        page.line((f"   … and {words.several(rest, 'more candidate')}: --all shows each", "dim"))


def _row(case: Case, group: Group, value: str) -> list[Text | str]:
    first, chosen = group.first, group.first.id == case.decision.choice
    mark = Text("▶" if chosen else "", "bold green")
    title = Text(titled(first), "bold" if chosen else "")
    if len(group.members) > 1:
        title = Text.assemble((f"{len(group.members)} {TIMES} ", "bold"), title)
    elif material := case.material(first):
        title.append(f" “{material}”", "dim")
    return [mark, title, _whom(case, group), Text(*VERDICTS[first.verdict]), Text(value)]


def _whom(case: Case, group: Group) -> Text:
    names, how = for_whom(case, group)
    if group.first.play == DO_NOTHING:
        return Text(how, "dim")
    return Text.assemble(names, (f" · {how}" if how else "", "dim"))
