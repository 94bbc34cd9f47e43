"""For a candidate that lost: the smallest change that would have let it through, worked out from rules and scores."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.considered import Considered
from agent.domain.plays import DO_NOTHING
from agent.domain.ranking import WINDOW
from agent.domain.rules import Layer, RuleResult


def counterfactual(candidate: Candidate, found: Considered) -> str:
    """One sentence for one losing candidate."""
    verdict = found.verdicts[candidate.id]
    if candidate.play == DO_NOTHING:
        return _not_idle(found)
    if verdict.verdict == "forbid":
        return _forbidden(verdict)
    if verdict.until is not None and (ended := found.too_late(candidate)):
        return f"possible only from {_moment(verdict.until)}, after {ended}{' has closed' if ended == WINDOW else ''}"
    later = f"; allowed after {_moment(verdict.until)}" if verdict.until else ""
    approval = f"; also needs approval by {_roles(verdict.ask_of)}" if verdict.ask_of else ""
    return _outranked(candidate, found) + later + approval


def _not_idle(found: Considered) -> str:
    """Why doing nothing, which is always allowed and worth 0, lost."""
    best = found.chosen
    assert best is not None, "doing nothing loses to something"  # noqa: S101  wrong wiring, not wrong input
    if found.verdicts[best.id].required:
        return f"chosen instead: '{best.title}', which a rule requires"
    if found.scores[best.id].priority is None:
        return f"chosen instead: '{best.title}', which was asked for; a person decides, because it could not be valued"
    return f"chosen instead: '{best.title}', because its expected value of {_figure(found.scores[best.id], found)} is above 0"


def _forbidden(verdict: Verdict) -> str:
    forbids = [r for r in verdict.rules if r.matched and r.effect == "forbid"]
    legal = [r for r in forbids if r.layer == Layer.CONSENT]
    if legal:
        return "no approval can allow this: " + _all(_says(r) for r in legal)
    if not forbids:
        return "no moment can be found at which every timing rule allows it"
    return "allowed if " + _all(_remedy(r) for r in forbids)


def _outranked(candidate: Candidate, found: Considered) -> str:
    score, best = found.scores[candidate.id], found.chosen
    if score.priority is None:
        return _not_valued(candidate, found)
    value = _figure(score, found)
    if best is None and found.ranking.unmet:
        return f"set aside: a rule requires {' and '.join(found.ranking.unmet)}, which is not possible now"
    if best is None:
        return f"its expected value of {value} does not beat doing nothing (0)"
    if found.verdicts[best.id].required:
        return f"ranked below '{best.title}', which a rule requires"
    if found.scores[best.id].priority is None:
        return f"ranked below '{best.title}', which was asked for and could not be valued: its own expected value is {value}"
    return _compared(candidate, best, found)


def _compared(candidate: Candidate, best: Candidate, found: Considered) -> str:
    """Both could be valued: which was worth more."""
    where = f" ({best.id})" if best.play == candidate.play else ""
    value, ahead = _figure(found.scores[candidate.id], found), _figure(found.scores[best.id], found)
    if found.ranking.explored and found.worth(candidate) > found.worth(best):
        return f"worth more than '{best.title}'{where} ({value} against {ahead}), which was drawn instead, to learn what it does"
    return f"ranked below '{best.title}'{where}: expected value {value} against {ahead}"


def _not_valued(candidate: Candidate, found: Considered) -> str:
    """What was missing, or too old, to weigh it."""
    unknown = [f"{name} is out of date" if found.evidence.stale(name) else f"{name} is not known" for name in found.unknown(candidate)]
    if not unknown:
        return "could not be valued"
    known = "they were" if len(unknown) > 1 else "it were"
    return f"could not be valued: {' and '.join(unknown)}; weighed if {known} known and fresh"


def _figure(score: Score, found: Considered) -> str:
    amount = score.priority or 0.0  # never None here: only what was valued is compared
    unit = "min" if score.terms.get("unit") == "minutes" else found.playbook.reporting_currency
    return f"{amount:,.2f} {unit}" if abs(amount) < 100 else f"{amount:,.0f} {unit}"


def _says(rule: RuleResult) -> str:
    return "; ".join(c.told for c in rule.clauses if c.result != "false") or rule.id


def _remedy(rule: RuleResult) -> str:
    """What would have made the rule let go. One false clause is enough, so the first with a remedy will do."""
    unclear = next((c for c in rule.clauses if c.result in ("missing", "error")), None)
    if unclear is not None:
        return f"{_unknown(unclear.values) or unclear.id} were known and fine ({rule.id})"
    remedy = next((c.remedy for c in rule.clauses if c.remedy), "")
    if remedy or not rule.clauses:
        return remedy or f"the rule {rule.id} did not apply"
    return f"it were not so that {_says(rule)}"


def _unknown(values: Mapping[str, object]) -> str:
    return ", ".join(name for name, value in values.items() if value is None)


def _all(sentences: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(sentences))


def _roles(roles: Iterable[str]) -> str:
    return " and ".join(f"{'an' if role[0] in 'aeio' else 'a'} {role.replace('_', ' ')}" for role in roles)


def _moment(at: datetime) -> str:
    return f"{at:%d %b %Y %H:%M} UTC"
