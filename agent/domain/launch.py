"""The seven questions that a surface must answer before it may act by itself. Each is answered from data, with figures and examples.

What is not known does not pass: too few decisions, no limit, no results of the evals. `docs/review.md` has the questions; a playbook sets
their limits (`LaunchLimits`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from agent.domain.decision import SAYS_NOTHING, CandidateRecord, Decision, RuleRecord
from agent.domain.evidence import Person, Team
from agent.domain.lift import wilson
from agent.domain.model import Model
from agent.domain.modes import Friction, broken
from agent.domain.playbook import Playbook
from agent.domain.plays import RISKS, Guardrail, LaunchLimits, Play, Surface
from agent.domain.records import APPROVED

EXAMPLES = 3
_UNKNOWN = frozenset({"fact_missing", "fact_stale"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer: whether it passes, in a sentence why, the figures, and the decisions (or rules, or cases) to look at."""

    id: str
    question: str
    passed: bool
    says: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """How far the model in force is from what reviewers say of one kind of play. `ece` is None under the labels that calibrating needs."""

    labels: int
    ece: float | None


@dataclass(frozen=True, slots=True)
class EvalResults:
    """What eval suites found: how many cases ran and passed, and how many errors were dangerous. `where`: in which file or folder it stands.

    `playbooks`: the versions that they were played on.
    """

    cases: int
    passed: int
    dangerous: int
    where: str
    playbooks: tuple[str, ...]


def answering(people: Collection[Person], teams: Iterable[Team]) -> frozenset[str]:
    """Addresses, in lower case, at which a colleague who is here answers: their own, and those of teams that have such a member."""
    here = {person.id: person.email for person in people if person.active}
    return frozenset(email.casefold() for email in (*here.values(), *(team.email for team in teams if here.keys() & set(team.members))))


def owned(playbook: Playbook, surface: Surface, answered: Collection[str], failed: Mapping[str, Sequence[str]]) -> Answer:
    """Whether everything has an owner who is here, and every rule has cases that pass.

    `answered`: the addresses at which somebody answers, as of `answering`; `failed`: cases by rule.
    """
    plays = plays_of(playbook, surface)
    rules = {rule.id: rule for play in plays for channel in play.channels for rule in playbook.rules_for(surface, play, channel)}
    owners = [(f"surface {surface.id}", surface.owner), *((f"play {one.id}", one.owner) for one in plays)]
    things: list[tuple[str, str]] = [*owners, *((f"rule {name}", rule.owner) for name, rule in rules.items())]
    orphans = {name: owner for name, owner in things if owner.casefold() not in answered}
    untested = [f"rule {rule.id}" for rule in rules.values() if not rule.cases]
    failing = [f"rule {name}: {case}" for name in rules for case in failed.get(name, ())]
    wrong = [
        *([f"{len(orphans)} owned where nobody in the directory answers ({', '.join(dict.fromkeys(orphans.values()))})"] if orphans else []),
        *([f"{len(untested)} without a case"] if untested else []),
        *([f"{len(failing)} failing cases"] if failing else []),
    ]
    says = "; ".join(wrong) or f"{len(plays)} plays and {len(rules)} rules have owners in the directory, and every case of the rules passes"
    figures = {"plays": len(plays), "rules": len(rules), "without_owner": list(orphans), "without_cases": untested, "failing_cases": failing}
    examples = tuple([*failing, *untested, *orphans][:EXAMPLES])
    return Answer("owners", "Does everything have an owner, and do its cases pass?", not wrong, says, figures, examples)


def complete(decisions: int, unknown: Sequence[str], limits: LaunchLimits) -> Answer:
    """Whether few of so many decisions hang on facts that were missing or stale: those named `unknown`, of which `hangs_on_unknown` tells."""
    question = "Is the data fresh and complete enough?"
    figures = {
        "decisions": decisions, "hung_on_unknown": len(unknown), "at_most": limits.unknown_at_most, "decisions_at_least": limits.decisions_at_least,
    }  # fmt: skip
    examples = tuple(unknown[:EXAMPLES])
    if decisions < limits.decisions_at_least:
        says = f"{decisions:,} decisions in this time, and {limits.decisions_at_least} are needed to tell"
        return Answer("data", question, False, says, figures, examples)
    share = len(unknown) / decisions
    says = f"{len(unknown):,} of {decisions:,} decisions ({share:.1%}) hung on a missing or stale fact; {percent(limits.unknown_at_most)} at most"
    return Answer("data", question, share <= limits.unknown_at_most, says, {**figures, "share": share}, examples)


def hangs_on_unknown(decision: Decision) -> bool:
    """Whether a reason says so; or a rule holds the choice back for want of a fact; or, where nothing was chosen, keeps a candidate from being one.

    A candidate that another rule forbids for what is known is not lost to the data.
    """
    if any(one.code in _UNKNOWN for one in decision.reasons):
        return True
    if decision.chosen is not None:
        return any(_unseen(rule) for rule in decision.chosen.rules if rule.matched and rule.effect in ("ask", "defer"))
    return any(_lost(one) for one in decision.candidates)


def _lost(candidate: CandidateRecord) -> bool:
    against = [rule for rule in candidate.rules if rule.matched and rule.effect in ("forbid", "defer")]
    return bool(against) and all(_unseen(rule) for rule in against)


def _unseen(rule: RuleRecord) -> bool:
    return any(clause.result in ("missing", "error") for clause in rule.clauses)


def endorsed(decisions: Sequence[Decision], reviews: Mapping[str, bool], limits: LaunchLimits) -> Answer:
    """Whether reviewers approve what is proposed as it stands. A label of a review comes before the answer to the ask."""
    words = {one.id: word for one in decisions if (word := word_on(one, reviews)) is not None}
    yes, said = sum(words.values()), len(words)
    no = tuple(name for name, word in words.items() if not word)[:EXAMPLES]
    labelled = sum(name in reviews for name in words)
    figures = {
        "answered": said, "endorsed": yes, "labels_of_reviews": labelled, "low_at_least": limits.endorsed_at_least,
        "answers_at_least": limits.answers_at_least,
    }  # fmt: skip
    question = "Do reviewers endorse what it proposes?"
    if said < limits.answers_at_least:
        says = f"{said:,} {'answer or label' if said == 1 else 'answers or labels'} in this time, and {limits.answers_at_least} are needed to tell"
        return Answer("endorsed", question, False, says, figures, no)
    low, high = wilson(yes / said, said)
    interval = f"{yes / said:.0%}; 95 %: {low:.0%} to {high:.0%}"
    says = f"{yes:,} of {said:,} approved without an edit ({interval}); the lower end must reach {percent(limits.endorsed_at_least)}"
    return Answer("endorsed", question, low >= limits.endorsed_at_least, says, {**figures, "share": yes / said, "low": low, "high": high}, no)


def word_on(decision: Decision, reviews: Mapping[str, bool]) -> bool | None:
    """Whether people endorsed the choice as it stood; None where they did not say. One no is a no, and an edit is not a yes."""
    if decision.id in reviews:
        return reviews[decision.id]
    answered = [ask for ask in decision.approvals if ask.state in (*APPROVED, "rejected")]
    if any(ask.state == "rejected" for ask in answered):
        return None if all(ask.reason in SAYS_NOTHING for ask in answered if ask.state == "rejected") else False
    return all(ask.state == "approved" for ask in answered) if answered else None


def harmless(surface: Surface, seen: Mapping[str, Friction], met: Mapping[str, Sequence[str]], demoted: str | None) -> Answer:
    """Whether friction holds its limits. `seen` by guardrail, `met`: decisions by guardrail, `demoted`: why the surface is, where it is."""
    limits = [one for one in surface.outcome.guardrails if one.at_most is not None]
    told = [(one, _friction(one, seen[one.name])) for one in limits]
    wrong = [why for _, (held, why) in told if not held]
    if demoted is not None:
        wrong.insert(0, f"friction has demoted the surface ({demoted}), and nobody has lifted that")
    if not limits:
        wrong.append("no guardrail of the surface has a limit (at_most), so nothing would stop it")
    figures = {
        one.name: {"delivered": seen[one.name].delivered, "met": seen[one.name].hit, "at_most": one.at_most, "days": one.days, "min_n": one.min_n}
        for one in limits
    }
    says = "; ".join(wrong or [why for _, (_, why) in told])
    examples = tuple(dict.fromkeys(name for one in limits for name in met.get(one.name, ())))[:EXAMPLES]
    return Answer("friction", "Is friction below its limits?", not wrong, says, {"guardrails": figures}, examples)


def _friction(guardrail: Guardrail, seen: Friction) -> tuple[bool, str]:
    name = guardrail.name.replace("_", " ")
    if (why := broken(guardrail, seen)) is not None:
        return False, why
    if seen.delivered < guardrail.min_n:
        return False, f"{name}: {seen.delivered:,} delivered in {guardrail.days} days, and {guardrail.min_n} are needed to tell"
    return True, f"{name}: {seen.hit:,} of {seen.delivered:,} delivered in {guardrail.days} days, {guardrail.at_most:.0%} at most"


def safe(results: EvalResults | None, version: str) -> Answer:
    """Whether the evals found no dangerous error under this version of the playbook."""
    question = "Are dangerous errors zero?"
    if results is None:
        says = "no results of the evals were given; hand them in with --evals FILE or NEXTPLAY_EVAL_RESULTS=FILE (nextplay eval run --json > FILE)"
        return Answer("dangers", question, False, says)
    figures = {**asdict(results), "playbook": version}
    says = f"{results.dangerous} dangerous errors in {results.cases} cases, {results.passed} of them passed ({results.where})"
    if others := [one for one in results.playbooks if one != version]:
        says += f"; but they are of the playbook {', '.join(others)}, and {version} is in force: run them again on that"
    proven = results.cases > 0 and set(results.playbooks) == {version}
    return Answer("dangers", question, proven and not results.dangerous, says, figures)


def sure(playbook: Playbook, surface: Surface, decisions: Sequence[Decision], model: Model, measured: Mapping[str, Measured]) -> Answer:
    """Whether confidence is a chance that one can rely on, and `auto` would act on a share that is worth it. `measured` by kind of play."""
    limits = playbook.launch_of(surface)
    proposed = [one for one in decisions if one.chosen is not None]
    acting = [one for one in proposed if would_act(playbook, surface, one, model)]
    kinds = sorted({one.chosen.kind for one in acting if one.chosen is not None})
    off = [kind for kind in kinds if (ece := measured.get(kind, Measured(0, None)).ece) is None or ece > limits.calibration_error_at_most]
    share = len(acting) / len(proposed) if proposed else 0.0
    shown = {play.kind: measured.get(play.kind, Measured(0, None)) for play in plays_of(playbook, surface)}
    figures = {
        "kinds": {kind: {"labels": one.labels, "ece": one.ece} for kind, one in sorted(shown.items())},
        "proposals": len(proposed), "would_act": len(acting), "share": share, "ece_at_most": limits.calibration_error_at_most,
        "share_at_least": limits.acts_at_least,
    }  # fmt: skip
    told = [f"auto would act on {len(acting):,} of {len(proposed):,} proposals ({share:.0%}; {percent(limits.acts_at_least)} at least)"]
    told += [f"{kind.replace('_', ' ')}: {_error(measured.get(kind))}" for kind in kinds or sorted(shown)]
    told += [f"a calibration error of {limits.calibration_error_at_most:g} at most passes"] if off else []
    passed = not off and share >= limits.acts_at_least
    return Answer("confidence", "Is its confidence calibrated?", passed, "; ".join(told), figures, tuple(one.id for one in acting[:EXAMPLES]))


def _error(measured: Measured | None) -> str:
    if measured is None or measured.ece is None:
        return f"not calibrated ({measured.labels if measured else 0} labels)"
    return f"calibration error {measured.ece:.3f} on {measured.labels} labels"


def would_act(playbook: Playbook, surface: Surface, decision: Decision, model: Model) -> bool:
    """Whether the choice would be done unasked in `auto`: allowed, not sensitive, within the risk, its play may, and the confidence suffices."""
    chosen = decision.chosen
    play = playbook.plays.get(chosen.play) if chosen is not None else None
    if chosen is None or play is None or chosen.verdict not in ("allow", "defer") or decision.sensitive.value or chosen.required:
        return False
    if play.max_mode != "auto" or RISKS.index(play.risk) > RISKS.index(surface.max_risk):
        return False
    raw, calibration = decision.confidence.terms.get("raw"), (model.calibrations or {}).get(chosen.kind)
    return raw is not None and calibration is not None and calibration.chance(raw) >= surface.confidence.act_at_least


def stoppable(playbook: Playbook, surface: Surface, decisions: Iterable[Decision], undo: timedelta) -> Answer:
    """Whether what it does can be undone, and somebody answers what it asks."""
    visible = [play.id for play in plays_of(playbook, surface) if play.customer_visible]
    asks = [(one.id, ask) for one in decisions for ask in one.approvals if ask.state not in ("superseded", "void", "blocked")]
    nobody = list(dict.fromkeys(name for name, ask in asks if not ask.asked))
    expired = list(dict.fromkeys(name for name, ask in asks if ask.state == "expired"))
    of = len({name for name, _ in asks})
    share, at_most = len(expired) / of if of else 0.0, playbook.launch_of(surface).expired_at_most
    wrong = [
        *([f"undo is off, and {', '.join(visible)} can be seen by customers"] if visible and not undo else []),
        *([f"nobody could be asked about {len(nobody)} decisions"] if nobody else []),
        *([f"{len(expired):,} of {of:,} asked decisions ({share:.0%}) were answered by nobody; {percent(at_most)} at most"]
          if share > at_most else []),
    ]  # fmt: skip
    held = f"undo for {undo.total_seconds():.0f} s; somebody was asked each time; {len(expired):,} of {of:,} asked decisions expired"
    figures = {
        "undo_s": undo.total_seconds(), "customer_visible": visible, "asked": of, "asked_nobody": len(nobody), "expired": len(expired),
        "share_expired": share, "at_most": at_most,
    }  # fmt: skip
    return Answer("stop", "Can it be stopped and undone?", not wrong, "; ".join(wrong) or held, figures, tuple([*nobody, *expired][:EXAMPLES]))


def percent(share: float) -> str:
    """A limit as it was written, also one of less than a percent."""
    return f"{share * 100:.3g}%"


def plays_of(playbook: Playbook, surface: Surface) -> list[Play]:
    """The surface's plays that the playbook has."""
    return [playbook.plays[name] for name in surface.plays if name in playbook.plays]
