"""What could have been done: the funnel, and each possibility with why it was not chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from agent.domain.decision import CandidateRecord, ScoreRecord
from agent.domain.fact_names import in_words
from agent.domain.plays import DO_NOTHING
from agent.domain.weighing import matched
from integrations.cli.look import Page
from integrations.cli.styles import VERDICTS
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.words import TIMES

_ORDER = tuple(VERDICTS)


@dataclass(frozen=True)
class Group:
    """Candidates of which the same can be said; `first` is the best of them."""

    members: Sequence[CandidateRecord]

    @property
    def first(self) -> CandidateRecord:
        """The best of the group."""
        return self.members[0]


def tell_candidates(page: Page, case: Case, at_most: int) -> None:
    """Add the funnel and the groups, at most so many; 0 for every candidate on its own."""
    if not case.decision.candidates:
        return
    page.heading("What could be done", funnel(case))
    groups = _grouped(case) if at_most else [Group([c]) for c in _ranked(case)]
    shown = groups[:at_most] if at_most else groups
    figures = [_figure(case, g.first.score) for g in shown]
    longest = max(map(len, figures), default=0)
    rows = [_row(case, group, figure.rjust(longest)) for group, figure in zip(shown, figures, strict=True)]
    table = Page(page.width)
    table.table(rows, flex=1, caps={0: 1, 2: max(page.width // 4, 18)}, indent=1)
    for group, line in zip(shown, table.lines, strict=True):
        page.lines.append(line)
        for label, said in _why(case, group.first, exact=at_most == 0):
            page.wrapped(said, indent=5, label=Text(label, "green"), at_most=1 if at_most else 0)
    rest = sum(len(g.members) for g in groups[len(shown) :])
    if rest:
        page.line((f"   … and {words.several(rest, 'more candidate')}: --all shows each", "dim"))


def funnel(case: Case) -> str:
    """Say how many candidates the rules left: `14 candidates: 2 allowed, 4 ask, 8 forbidden`."""
    counts = {verdict: sum(c.verdict == verdict for c in case.considered) for verdict in _ORDER}
    parts = [f"{count} {VERDICTS[verdict][0]}" for verdict, count in counts.items() if count]
    return f"{words.several(len(case.considered), 'candidate')}: {', '.join(parts) or 'none possible'}"


def _ranked(case: Case) -> list[CandidateRecord]:
    """The chosen one, then what the rules left by value, then what they struck out."""

    def place(c: CandidateRecord) -> tuple[bool, bool, float, int, str]:
        value = c.score.priority if c.score and c.score.priority is not None else float("-inf")
        return c.id != case.decision.choice, c.verdict == "forbid", -value, _ORDER.index(c.verdict), c.id

    return sorted(case.decision.candidates, key=place)


def _grouped(case: Case) -> list[Group]:
    """Similar ones together: the same play with the same verdict for the same reason. The chosen one stands alone."""
    groups: dict[object, list[CandidateRecord]] = {}
    for candidate in _ranked(case):
        rules = frozenset(rule.id for rule in matched(candidate)) if candidate.verdict != "allow" else frozenset()
        alone = candidate.id if candidate.id == case.decision.choice else ""
        groups.setdefault((alone, candidate.play, candidate.verdict, rules), []).append(candidate)
    return [Group(members) for members in groups.values()]


def _row(case: Case, group: Group, figure: str) -> list[Text | str]:
    first, chosen = group.first, group.first.id == case.decision.choice
    mark = Text("▶" if chosen else "", "bold green")
    title = Text("Do nothing" if first.play == DO_NOTHING else first.title, "bold" if chosen else "")
    if len(group.members) > 1:
        title = Text.assemble((f"{len(group.members)} {TIMES} ", "bold"), title)
    elif material := case.material(first):
        title.append(f" “{material}”", "dim")
    return [mark, title, _whom(case, group), Text(*VERDICTS[first.verdict]), Text(figure)]


def _whom(case: Case, group: Group) -> Text:
    if group.first.play == DO_NOTHING:
        return Text("what all else must beat" if case.chosen else "nothing beats it", "dim")
    names = list(dict.fromkeys(case.whom(c) for c in group.members))
    channel = group.first.channel if group.first.channel != "internal" else ""
    return Text.assemble(", ".join(names), (f" · {channel}" if channel else "", "dim"))


def _figure(case: Case, score: ScoreRecord | None) -> str:
    if score is None or score.priority is None:
        return "no value"
    unit = " min" if score.terms.get("unit") == "minutes" else f" {case.currency}" if score.priority and case.currency else ""
    return f"{score.priority:,.0f}{unit}" if abs(score.priority) >= 100 or score.priority == 0 else f"{score.priority:,.2f}{unit}"


def _why(case: Case, candidate: CandidateRecord, *, exact: bool) -> list[tuple[str, Text]]:
    """For the chosen one how its value comes about; for another what would have let it through, with `exact` as it was recorded."""
    if candidate.id != case.decision.choice:
        recorded = words.one_line(candidate.counterfactual or "")
        through = recorded if exact else in_words(recorded)
        told = through if candidate.play == DO_NOTHING else _shorter(case, through)
        return [("", Text(told, "dim"))] if told else []
    said = [("chosen: ", Text(_sum(case, candidate)))]
    if learned := _learned(candidate.score):
        said.append(("learned: ", Text(learned)))
    fits = (candidate.score.terms.get("fits") or ()) if candidate.score else ()
    if fits:
        said.append(("fits: ", Text(words.one_line("; ".join(f"{fit['says']} ({fit['weight']:+g})" for fit in fits)))))
    return said


def _shorter(case: Case, counterfactual: str) -> str:
    """The chosen one needs no name here: it stands above."""
    title = f"'{words.one_line(case.chosen.title)}'" if case.chosen else ""
    return counterfactual.replace(f"{title} ({case.decision.choice})", "the chosen one").replace(title, "the chosen one") if title else counterfactual


def _learned(score: ScoreRecord | None) -> str:
    """What outcomes have made of the play's priors."""
    model = score.terms.get("model") if score else None
    if not score or not model:
        return ""
    before = {name: (score.terms.get(name) or {}).get("result") for name in ("with", "without")}
    moved = (f"{model[name]:.0%} {name} it (prior {before[name]:.0%})" for name in ("with", "without") if before[name] is not None)
    return f"{', '.join(moved)}, from {words.several(model['cases'], 'outcome')}"


def _sum(case: Case, candidate: CandidateRecord) -> str:
    """How the expected value comes about."""
    score = candidate.score
    if candidate.required:
        return "a rule requires it, whatever its value"
    if score is None or score.priority is None or score.p is None:
        return "its value is not known"
    value, taken, always = (f"{x or 0:,.0f}" for x in (score.value, score.cost_if_taken, score.cost_always))
    worth = f"({value} - {taken} if taken)" if score.cost_if_taken else value
    factors = "".join(f" {TIMES} {what} {factor:g}" for what, factor in (("fit", score.c), ("lever", score.l)) if factor != 1)
    return f"{score.p * 100:+.3g} points of chance {TIMES} {worth} - {always} always{factors} = {_figure(case, score)}"
