"""What is otherwise between a record and the judgement under another playbook, of which kind it is, and which rules or settings made it so."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.deciding import Judgement
from agent.domain.decision import CandidateRecord, Decision, RuleRecord
from agent.domain.playbook import Playbook
from agent.domain.plays import Part
from agent.domain.routing import PROTECTIVE_APPROVER
from agent.domain.rules import RuleResult
from agent.graph.papers import OPENING_ROUTES
from agent.simulating.results import Cause, Judged, Kind, Side

_VERBS = {
    "forbid": "forbids", "ask": "asks", "defer": "defers", "cap": "caps", "cooldown": "pauses", "require": "requires", "boost": "boosts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Again:
    """The judgement under the draft: with the route after words, proof and open proposals, and the words."""

    judgement: Judgement
    route: str
    content: Mapping[str, str] | None
    digest: str


def side_before(recorded: Decision, own: Playbook | None) -> Side:
    """The decision as it was. `own`: the playbook that it was decided under, where that is known."""
    chosen = recorded.chosen
    if chosen is None:
        return Side(None, None, None, recorded.route)
    asks = recorded.route == "ask" and own is not None
    expected = chosen.score.priority if chosen.score else None
    roles = _roles(chosen.required, tuple(chosen.ask_of), own, recorded.surface, chosen.play) if asks and own is not None else ()
    return Side(chosen.id, chosen.play, chosen.title, recorded.route, chosen.until, roles, expected)


def side_after(again: Again, draft: Playbook, surface: str) -> Side:
    """The decision as it would have been."""
    chosen = again.judgement.chosen
    if chosen is None:
        return Side(None, None, None, again.route)
    verdict, score = again.judgement.verdicts[chosen.id], again.judgement.scores.get(chosen.id)
    roles = _roles(verdict.required, verdict.ask_of, draft, surface, chosen.play) if again.route == "ask" else ()
    return Side(chosen.id, chosen.play, chosen.title, again.route, verdict.until, roles, score.priority if score else None)


def _roles(required: bool, asked_of: tuple[str, ...], playbook: Playbook, surface: str, play: str) -> tuple[str, ...]:
    if required:
        return (PROTECTIVE_APPROVER,)
    usual = playbook.plays[play].approver if play in playbook.plays else None
    return asked_of or (usual or playbook.surfaces[surface].review.approver,)


def kind_of(recorded: Decision, before: Side, after: Side, again: Again, *, roles_known: bool) -> Kind | None:
    """Of which kind the change is; None when nothing is otherwise."""
    if before.choice != after.choice:
        judged = again.judgement.verdicts.get(before.choice or "")
        if before.choice is not None and (judged is None or judged.verdict == "forbid"):
            return "newly_forbidden"
        was = _record_of(recorded, after.choice)
        return "newly_allowed" if after.choice is not None and (was is None or was.verdict == "forbid") else "other_choice"
    if before.route != after.route:
        return "other_route"
    if before.choice is None or after.route not in OPENING_ROUTES:
        return None
    roles = (before.roles, after.roles) if roles_known else ((), ())
    worded = recorded.proposal is not None and again.content is not None and dict(recorded.proposal.content) != dict(again.content)
    return "other_terms" if {*roles[0]} != {*roles[1]} or before.until != after.until or worded else None


def judged_of(recorded: Decision, again: Again, *names: str | None) -> tuple[Judged, ...]:
    """What the rules say of these candidates, before and after."""
    found = []
    for name in dict.fromkeys(name for name in names if name is not None):
        was, now = _record_of(recorded, name), again.judgement.verdicts.get(name)
        found.append(Judged(name, was.verdict if was else None, now.verdict if now else None))
    return tuple(found)


def causes_of(
    recorded: Decision, before: Side, after: Side, again: Again, own: Playbook | None, draft: Playbook, changed: Collection[str]
) -> tuple[Cause, ...]:
    """The rules that speak otherwise of what was chosen and of what is; where none does, the settings of the plays and the surface that differ.

    `changed`: the rules that the draft changes. Where they speak, the others only follow them.
    """
    names = dict.fromkeys(name for name in (before.choice, after.choice) if name is not None)
    rules = [cause for name in names for cause in _rules(_record_of(recorded, name), again, name)]
    own_rules = [cause for cause in rules if cause.id in changed]
    found = own_rules or [*_settings(recorded, before, after, own, draft)] or rules
    worth = Cause("playbook", draft.version, "what would be done is worth more than what was, or than doing nothing")
    return tuple(dict.fromkeys(found)) or (worth,)


def _rules(was: CandidateRecord | None, again: Again, name: str) -> Iterator[Cause]:
    """Each rule that takes hold of the candidate only before, only after, or in another way."""
    now = again.judgement.verdicts.get(name)
    if was is None or now is None:
        return
    old = {rule.id: _Hold.of_record(rule) for rule in was.rules if rule.matched}
    new = {rule.id: _Hold.of_result(rule) for rule in now.rules if rule.matched}
    for rule in sorted(old.keys() | new.keys()):
        a, b = old.get(rule), new.get(rule)
        if b is None and a is not None:
            yield Cause("rule", rule, f"no longer {_VERBS.get(a.effect, a.effect)}: {a.says}")
        elif a is None and b is not None:
            yield Cause("rule", rule, f"{_VERBS.get(b.effect, b.effect)} now: {b.says}")
        elif a is not None and b is not None and a.weight != b.weight:
            yield Cause("rule", rule, f"{_VERBS.get(b.effect, b.effect)} otherwise: {b.says}")


@dataclass(frozen=True, slots=True)
class _Hold:
    """A rule that takes hold."""

    effect: str
    until: datetime | None
    of: tuple[str, ...]
    says: str

    @property
    def weight(self) -> tuple[Any, ...]:
        return (self.effect, self.until, self.of)

    @classmethod
    def of_record(cls, rule: RuleRecord) -> "_Hold":
        return cls(rule.effect, rule.until, tuple(rule.of), "; ".join(c.says for c in rule.clauses if c.result != "false") or rule.id)

    @classmethod
    def of_result(cls, rule: RuleResult) -> "_Hold":
        return cls(rule.effect, rule.until, rule.of, "; ".join(c.says for c in rule.clauses if c.result != "false") or rule.id)


def _settings(recorded: Decision, before: Side, after: Side, own: Playbook | None, draft: Playbook) -> Iterator[Cause]:
    surface, offered = recorded.surface, set(draft.surfaces[recorded.surface].plays)
    for play in dict.fromkeys(side.play for side in (before, after) if side.play is not None):
        if play not in offered:
            yield Cause("play", play, "is no longer offered here")
        elif own is not None and play not in own.plays:
            yield Cause("play", play, "is new")
        elif own is not None:
            yield from (Cause("play", play, says) for says in _parts(own.plays[play], draft.plays[play]))
    if own is not None and surface in own.surfaces:
        yield from (Cause("surface", surface, says) for says in _parts(own.surfaces[surface], draft.surfaces[surface]))


def _parts(before: Part, after: Part) -> Iterator[str]:
    """The top keys that differ, with their values where those are short; not those that decide nothing."""
    old, new = (part.model_dump(mode="json", by_alias=True, exclude={"owner", "why", "launch"}) for part in (before, after))
    for key in old:
        if old[key] != new[key]:
            yield f"{key}: {_short(old[key])} → {_short(new[key])}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(part)}" for key, part in value.items())[:80]
    text = "—" if value in (None, "", [], {}) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _record_of(recorded: Decision, name: str | None) -> CandidateRecord | None:
    return next((one for one in recorded.candidates if one.id == name), None)
