"""What a reviewer says of wrong facts becomes work: a CRM task for whoever can mend them, with everything that they need to look."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.decision import Decision
from agent.domain.evidence import Evidence, Person
from agent.domain.fact_names import called
from agent.domain.facts import Fact
from agent.domain.records import DATA_TASK, Action, Approval
from agent.domain.weighing import true_since, weighed
from agent.graph.recording import action_key

OWNERS = {"ticket": ("account_owner",), "deal": ("deal_owner", "account_owner"), "contract": ("account_csm", "account_owner")}
"""Whose records are wrong, by subject: the nearest owner first."""

STEWARDS = ("revops", "operator", "admin")
"""Who mends what has no owner, or what its owner has just called wrong."""

MOST_FACTS, MOST_VALUE = 12, 300
DUE = "2d"


def data_task(decision: Decision, evidence: Evidence, ask: Approval, at: datetime) -> Action | None:
    """The task that a rejection for wrong facts opens, planned once for the decision; None where there is no record that it could hang on.

    `evidence` holds today's directory; `ask` is the answered one.
    """
    subject = decision.subject
    target = subject.account or subject.id
    if not target:
        return None
    to = mender(decision, evidence, said_by=ask.answered_by)
    payload = {
        "title": f"Mend the facts of {subject.kind} {subject.id}", "text": _text(decision, ask), "assignee": to.id if to else "", "due": DUE,
        "subject": subject.id,
    }  # fmt: skip
    return Action(
        key=action_key(decision.id, DATA_TASK, 0), decision_id=decision.id, step=0, kind=DATA_TASK, target=target, payload=payload, state="planned",
        needs_approval=False, digest=ask.digest, customer_visible=False, account=subject.account, at=at,
    )  # fmt: skip


def mender(decision: Decision, evidence: Evidence, *, said_by: str | None) -> Person | None:
    """Who gets the task: the record's owner, else who keeps the data. Who said that it is wrong only where there is nobody else."""
    people = {person.id: person for person in evidence.people if person.active}
    owners = [people.get(evidence.roles.get(role, "")) for role in OWNERS.get(decision.subject.kind, ("account_owner",))]
    stewards = sorted(people.values(), key=lambda person: person.id)
    found = [*filter(None, owners), *(person for role in STEWARDS for person in stewards if role in person.roles)]
    return min(found, key=lambda person: (person.email == said_by, person.away_until is not None), default=None)


def _text(decision: Decision, ask: Approval) -> str:
    said = f"{ask.answered_by} rejected {decision.id} because facts are wrong{f': {ask.note}' if ask.note else '.'}"
    return "\n".join([said, "What the proposal rested on, as it was read then:", *_lines(weighed(decision), decision.created_at)])


def _lines(facts: Sequence[Fact], at: datetime) -> list[str]:
    more = len(facts) - MOST_FACTS
    lines = [_line(fact, at) for fact in facts[:MOST_FACTS]] or ["- no fact weighed on it"]
    return [*lines, f"- and {more} more: nextplay decisions show, with --all"] if more > 0 else lines


def _line(fact: Fact, at: datetime) -> str:
    of = f" of {fact.of}" if fact.of else ""
    since = true_since(fact)
    old = f"{_span(at - since)} old" if since else "of unknown age"
    value = "none" if fact.value is None else str(fact.value)[:MOST_VALUE]
    return f"- {called(fact.name)}: {fact.name}{of} = {value} ({fact.source}, {old}, {fact.status})"


def _span(length: timedelta) -> str:
    hours = max(int(length.total_seconds() // 3600), 0)
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h" if hours else "under 1 h"
