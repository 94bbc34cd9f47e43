"""Which way a decision went, in words: what it does, why, how sure it was, and whether the case was sensitive."""

from agent.domain.decision import Decision
from integrations.telling.wording import SOURCES

ROUTES: dict[str, str] = {
    "act": "acts",
    "ask": "asks a person",
    "deferred": "waits",
    "none": "does nothing",
    "shadow": "shadow",
    "holdout": "held out",
    "suppressed": "starts no work",
}
"""What each route says."""

_VERBS = {"act": "acts", "ask": "asks", "deferred": "waits", "none": "does nothing"}


def why_it(decision: Decision) -> str:
    """The heading over the reasons."""
    return f"Why it {_VERBS.get(decision.route, 'stops here')}"


def how_sure(decision: Decision) -> list[str]:
    """The confidence of the choice, and which rules call the case sensitive; without what there was nothing to say of."""
    return [*_confidence(decision), *_sensitive(decision)]


def told_by(decision: Decision) -> str:
    """Who told of what happened."""
    source = decision.trigger.source
    return "noticed by the clock" if source == "clock" else f"told by {SOURCES.get(source, source)}"


def _confidence(decision: Decision) -> list[str]:
    confidence = decision.confidence
    if not decision.choice:
        return []
    if confidence.value is None:
        return [f"confidence not calibrated ({int(confidence.terms.get('labels', 0))} answered cases)"]
    return [f"confidence {confidence.value:.0%}"]


def _sensitive(decision: Decision) -> list[str]:
    if not decision.candidates:
        return []
    return [f"sensitive: {', '.join(decision.sensitive.rules)}"] if decision.sensitive.value else ["not sensitive"]
