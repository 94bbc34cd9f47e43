"""What changed since a proposal was made, and whether it mattered.

What mattered: a clause result, the roles that must approve, the recipient, or a value visible in the content. A number that moved without flipping a
clause, or a new playbook version that leaves the verdict alone, did not.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from agent.domain.built_in import LACK
from agent.domain.candidates import Verdict
from agent.domain.decision import CandidateRecord, Decision
from agent.domain.evidence import Contact, Evidence, Held
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.formats import number_text
from agent.domain.modes import surface_mode
from agent.domain.playbook import Playbook
from agent.domain.rules import ClauseResult, RuleResult
from agent.domain.signing import sender_values

_SHOWN_TO_NOBODY = {"off": "off", "shadow": "in shadow"}
"""Modes in which nothing is done, as people read them."""

_TOLD_WITH = {"recipient": ("contact.",), "content": ("asset.", "article."), "group": ("group.",), "account": ("",)}
"""How facts begin that come together with what a candidate may lack. Whose something is, any source may have to say."""

_TICKING = frozenset(name for name, spec in CATALOGUE.items() if "minutes" in spec.field)
"""Counts minutes: it is another each time somebody looks, and that alone is no news."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`go`: nothing that mattered changed · `ask`: it did, and `lines` say what · `forbidden`: rules forbid it now · `wait`: not before `until`.

    `unheard`: it is forbidden only as long as it is not known what a source that did not answer would say.
    """

    kind: Literal["go", "ask", "forbidden", "wait"]
    lines: tuple[str, ...] = ()
    until: datetime | None = None
    unheard: bool = False


def withdrawn(playbook: Playbook, decision: Decision, held: Held | None = None) -> str | None:
    """Why the playbook in force, or what holds its surface, no longer has done what was decided, whatever the rules would say of it; else None."""
    name, required = (decision.chosen.play, decision.chosen.required) if decision.chosen else ("", False)
    return no_longer_done(playbook, decision.surface, name, decision.trigger.type, held, required=required)


def no_longer_done(playbook: Playbook, on: str, name: str, trigger: str, held: Held | None, *, required: bool = False) -> str | None:
    """The same of a surface, a play and the type of an event, by their names. What no rule requires, more may hold back."""
    surface, play = playbook.surfaces.get(on), playbook.plays.get(name)
    if surface is None or play is None:
        return f"the {f'surface {on}' if surface is None else f'play {name}'} is no longer in the playbook"
    mode = surface_mode(surface, held, required=required)
    checks = (
        (mode in _SHOWN_TO_NOBODY, f"the surface {surface.id} is {_SHOWN_TO_NOBODY.get(mode)} now"),
        (play.max_mode in _SHOWN_TO_NOBODY, f"the play {play.id} is {_SHOWN_TO_NOBODY.get(play.max_mode)} now"),
        (play.id not in surface.plays, f"the surface {surface.id} no longer has the play {play.id}"),
        (playbook.surface_of(trigger) is not surface, f"the surface {surface.id} no longer reacts to {trigger}"),
    )
    return next((says for so, says in checks if so), None)


def compare(
    before: CandidateRecord, after: Verdict | None, *, contact_before: Mapping[str, Any] | None, used: Mapping[str, Any], evidence: Evidence,
    vendor: str,
) -> Finding:  # fmt: skip
    """Judge a chosen candidate again. `after` is None when it can no longer be built; `used` are the values its content shows; `vendor` is whose team
    signs what nobody else does.
    """
    if after is None:
        why = "it is no longer possible: its recipient, content or target is gone"
        return Finding("forbidden", (why,), unheard=bool(evidence.unanswered))
    if after.verdict == "forbid":
        return Finding("forbidden", tuple(_why_forbidden(after)), unheard=_unheard(after, set(evidence.unanswered)))
    lines = [
        *_flipped(before, after), *_new_approvers(before, after), *_recipient(before, contact_before, evidence),
        *_visible(before, used, evidence, vendor),
    ]  # fmt: skip
    if lines:
        return Finding("ask", tuple(lines))
    return Finding("wait", until=after.until) if after.until else Finding("go")


def _why_forbidden(after: Verdict) -> Iterable[str]:
    for rule in after.rules:
        if rule.matched and rule.effect == "forbid":
            yield f"{rule.id}: " + "; ".join(_told(rule))
    if not any(rule.matched and rule.effect == "forbid" for rule in after.rules):
        yield "no moment is left at which every timing rule allows it"


def _unheard(after: Verdict, unknown: Set[str]) -> bool:
    """Whether no rule forbids it for sure: each misses what was not answered, or says that something lacks that was not told."""
    forbidding = [rule for rule in after.rules if rule.matched and rule.effect == "forbid"]
    return bool(unknown) and all(_hangs_on(rule, unknown) for rule in forbidding)


def _hangs_on(rule: RuleResult, unknown: Set[str]) -> bool:
    lacking = _TOLD_WITH.get(rule.id.removeprefix(LACK), ()) if rule.id.startswith(LACK) else ()
    return any(name.startswith(lacking) for name in unknown) or any(_misses(clause, unknown) for clause in rule.clauses)


def _misses(clause: ClauseResult, unknown: Set[str]) -> bool:
    return clause.result == "missing" and any(name in unknown for name, value in clause.values.items() if value is None)


def _told(rule: RuleResult) -> Iterable[str]:
    for clause in rule.clauses:
        if clause.result != "false":
            yield f"{clause.says} ({_values(clause.values)})" if clause.values and clause.result == "true" else clause.told


def _flipped(before: CandidateRecord, after: Verdict) -> Iterable[str]:
    """Clauses of rules that both judgements know, whose result is another now."""
    then = {(rule.id, clause.id): clause for rule in before.rules for clause in rule.clauses}
    for rule in after.rules:
        for clause in rule.clauses:
            old = then.get((rule.id, clause.id))
            if old is not None and old.result != clause.result:
                yield f"{rule.id}: '{clause.says}' was {old.result} ({_values(old.values)}), is {clause.result} ({_values(clause.values)})"


def _new_approvers(before: CandidateRecord, after: Verdict) -> Iterable[str]:
    for role in after.ask_of:
        if role not in before.ask_of:
            yield f"approval by {role.replace('_', ' ')} is needed now"


def _recipient(before: CandidateRecord, contact_before: Mapping[str, Any] | None, evidence: Evidence) -> Iterable[str]:
    if before.recipient is None:
        return
    now: Contact | None = next((c for c in evidence.contacts if c.id == before.recipient), None)
    if now is None:
        yield f"the recipient {before.recipient} is no longer known"
    elif contact_before is not None and contact_before.get("email") != now.email:
        yield f"the recipient's address was {contact_before.get('email')}, is {now.email}"


def _visible(before: CandidateRecord, used: Mapping[str, Any], evidence: Evidence, vendor: str) -> Iterable[str]:
    """Values that the content shows and that are others now. What was not there when it was written is not visible in it."""
    now = _values_now(before, evidence, vendor)
    for name, value in used.items():
        if value is None or name in _TICKING or (name not in now and name not in CATALOGUE):
            continue
        if now.get(name) is None:
            yield f"the content shows {name} = {value}, which is not known any more"
        elif to_jsonable_python(now[name]) != to_jsonable_python(value):
            yield f"the content shows {name} = {value}, it is {now[name]} now"


def _values_now(before: CandidateRecord, evidence: Evidence, vendor: str) -> dict[str, Any]:
    """The values by name that content for this candidate may show. A fact wins over the record it was read from."""
    now = sender_values(evidence, vendor)
    for material in evidence.materials:
        if material.id == before.material:
            now |= {f"{material.kind}.{name}": getattr(material, name) or None for name in ("title", "url", "passage")}
    for contact in evidence.contacts:
        if contact.id == before.recipient:
            now |= {f"contact.{name}": getattr(contact, name) or None for name in ("name", "first_name", "title", "email")}
    mine = (None, before.recipient, before.material, before.target)
    return now | {fact.name: fact.value if fact.known else None for fact in evidence.facts if fact.of in mine}


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in values.items()) or "no facts"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_text(value, "en")
    return "not known" if value is None else str(value)
