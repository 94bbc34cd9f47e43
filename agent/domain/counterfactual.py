"""For a candidate that lost: the smallest change that would have let it through, worked out from rules and scores."""

from collections.abc import Mapping

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.rules import Layer, RuleResult


def counterfactual(
    candidate: Candidate, verdict: Verdict, score: Score, *, best: Candidate | None, scores: Mapping[str, Score], best_required: bool, in_window: bool
) -> str:
    """One sentence for one losing candidate."""
    if verdict.verdict == "forbid":
        return _forbidden(verdict)
    if not in_window and verdict.until is not None:
        return f"possible only from {verdict.until:%d %b %Y %H:%M} UTC, after the play's window has closed"
    later = f"; allowed after {verdict.until:%d %b %Y %H:%M} UTC" if verdict.until else ""
    approval = f"; also needs approval by {_names(verdict.ask_of)}" if verdict.ask_of else ""
    return _outranked(candidate, score, best, scores, best_required) + later + approval


def _forbidden(verdict: Verdict) -> str:
    forbids = [r for r in verdict.rules if r.matched and r.effect == "forbid"]
    legal = [r for r in forbids if r.layer == Layer.CONSENT]
    if legal:
        return "no approval can allow this: " + " and ".join(dict.fromkeys(_says(r) for r in legal))
    if not forbids:
        return "no moment can be found at which every timing rule allows it"
    return "allowed if " + " and ".join(dict.fromkeys(_remedy(r) for r in forbids))


def _outranked(candidate: Candidate, score: Score, best: Candidate | None, scores: Mapping[str, Score], best_required: bool) -> str:
    if score.priority is None:
        unknown = sorted({n for t in score.terms.values() if isinstance(t, dict) and t.get("result") is None for n, v in t["values"].items() if v is None})
        return f"could not be valued: {', '.join(unknown) or 'an expression failed'} is not known"
    if best is None:
        return f"its expected value of {_figure(score)} does not beat doing nothing (0)"
    if best_required:
        return f"ranked below '{best.title}', which a rule requires"
    ahead = scores[best.id]
    where = f" ({best.id})" if best.play == candidate.play else ""
    return f"ranked below '{best.title}'{where}: expected value {_figure(score)} against {_figure(ahead)}"


def _figure(score: Score) -> str:
    if score.priority is None:
        return "unknown"
    unit = "min" if score.terms.get("unit") == "minutes" else "EUR"
    return f"{score.priority:,.2f} {unit}" if abs(score.priority) < 100 else f"{score.priority:,.0f} {unit}"


def _says(rule: RuleResult) -> str:
    return "; ".join(f"{c.says}{_unknown(c.values) if c.result == 'missing' else ''}" for c in rule.clauses if c.result != "false")


def _remedy(rule: RuleResult) -> str:
    """What would have made the rule let go. One false clause is enough, so the first with a remedy is the smallest change."""
    open_clauses = [c for c in rule.clauses if c.result in ("missing", "error")]
    if open_clauses:
        return f"{_missing_names(open_clauses[0].values) or open_clauses[0].id} were known and fine ({rule.id})"
    for clause in rule.clauses:
        if clause.remedy:
            return clause.remedy
    return f"it were not so that {_says(rule)}" if rule.clauses else f"the rule {rule.id} did not apply"


def _missing_names(values: Mapping[str, object]) -> str:
    return ", ".join(name for name, value in values.items() if value is None)


def _unknown(values: Mapping[str, object]) -> str:
    return f" (cannot be ruled out: {_missing_names(values)} is not known)"


def _names(roles: tuple[str, ...]) -> str:
    return " and ".join(f"a {role.replace('_', ' ')}" for role in roles)
