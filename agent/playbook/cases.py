"""Runs the examples that rules carry: does each rule hold where its author says so?

Every case is judged by the real gate, in a situation in which all is well, changed only by what the case states.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.event import Event
from agent.domain.evidence import Calendar, Contact, Evidence, Group, Material, Past, Touch
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, Status
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook, applies
from agent.domain.plays import Play, Surface
from agent.domain.proposing import build, fill_params
from agent.domain.rules import Rule, RuleCase, RuleResult
from agent.playbook.benign import ACCOUNT, AT, BENIGN, GROUP, MATERIALS, OF, RECIPIENT, SUBJECT
from agent.playbook.checks.reach import admitted, can_exist
from agent.playbook.findings import Finding, error, warning

_DAY = timedelta(days=1)
_ALWAYS = Calendar("UTC", dict.fromkeys(range(5), (0, 24 * 60)))
_OFFICE = Calendar("UTC", dict.fromkeys(range(5), (8 * 60, 18 * 60)))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a rule did in one of its cases. `clauses` is what each clause said, for the reader of a failure."""

    rule: str
    case: str
    expected: bool
    matched: bool
    clauses: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """The rule did what its author says, and no clause failed."""
        return self.matched is self.expected and "error" not in self.clauses.values()


def run_cases(playbook: Playbook) -> Iterator[CaseResult]:
    """Every case of every rule that refers to a play on a surface."""
    for rule in playbook.rules.values():
        for case in rule.cases:
            surface = _surface(playbook, rule, case)
            if surface is not None:
                yield run_case(playbook, surface, rule, case)


def failed_cases(playbook: Playbook) -> Iterator[Finding]:
    """A finding for every case in which the rule does something else, and a warning of one whose play is on no surface: that is no fault."""
    for rule in playbook.rules.values():
        for i, case in enumerate(rule.cases):
            if case.play not in playbook.plays:
                continue  # the lint reports it
            surface = _surface(playbook, rule, case)
            if surface is None:
                idle = f"no surface has the play '{case.play}', so the case is not run"
                yield warning("rule", rule.id, idle, clause=case.name, path=("cases", i))
            elif problem := _problem(run_case(playbook, surface, rule, case)):
                yield error("rule", rule.id, problem, clause=case.name, path=("cases", i))


def run_case(playbook: Playbook, surface: Surface, rule: Rule, case: RuleCase) -> CaseResult:
    """Judge one case with the gate, by this rule alone. The rule counts as in force, whatever its dates say."""
    setup = _Setup(surface, playbook.plays[case.play], rule, case)
    alone = Playbook.of([surface], [setup.play], [_in_force(rule)], "case")
    verdict = Gate(alone, setup.evidence).judge(setup.candidate())
    result = next((r for r in verdict.rules if r.id == rule.id), None)
    if result is None:
        return CaseResult(rule.id, case.name, case.matches, matched=False)
    return CaseResult(rule.id, case.name, case.matches, result.matched, _said(result))


def _problem(result: CaseResult) -> str:
    if result.passed:
        return ""
    said = ", ".join(f"{name}: {what}" for name, what in result.clauses.items()) or "it does not look at this play"
    does = "holds" if result.matched else "does not hold"
    return f"the case says that the rule {'holds' if result.expected else 'does not hold'}, but it {does} ({said})"


def _surface(playbook: Playbook, rule: Rule, case: RuleCase) -> Surface | None:
    """Where the case takes place: where its event belongs, else where the rule looks at the play, else anywhere."""
    named = playbook.surface_of(str(case.facts.get("event.type", "")))
    looked_at = [surface for surface, play in admitted(playbook, rule) if play.id == case.play]
    having = [surface for surface in playbook.surfaces.values() if case.play in surface.plays]
    fitting = [named] if named in having else []
    return next(iter([*fitting, *looked_at, *having]), None)


def _in_force(rule: Rule) -> Rule:
    return rule.model_copy(update={"enabled": True, "from_": None, "until": None})


def _said(result: RuleResult) -> dict[str, str]:
    return {clause.id: clause.result for clause in result.clauses}


class _Setup:
    """The situation of one case: evidence, and the one candidate in it."""

    def __init__(self, surface: Surface, play: Play, rule: Rule, case: RuleCase) -> None:
        disclosure = bool(case.facts.get("candidate.has_disclosure", play.disclosure))
        self.play = play.model_copy(update={"disclosure": disclosure})
        self._surface, self._rule, self._case = surface, rule, case
        self._material = MATERIALS[play.material.source] if play.material else ""
        self._at = AT.replace(hour=int(case.facts.get("clock.hour", AT.hour)))
        self.evidence = self._evidence()

    def candidate(self) -> Candidate:
        """The play for the benign recipient, content and group, on the channel that the rule looks at."""
        play, to = self.play, self._rule.applies_to
        channels = [c for c in play.channels if applies(to, self._surface, play, c)]
        return build(
            self._surface, play, self.evidence,
            recipient=RECIPIENT if play.reach == "customer" else None, channel=(channels or list(play.channels))[0],
            material=self._material or None, target=GROUP if play.target else None,
            params=fill_params(play, self.evidence.view, {}),
        )  # fmt: skip

    def _evidence(self) -> Evidence:
        return Evidence(
            at=self._at, event=self._event(), surface=self._surface.id, account=ACCOUNT, facts=tuple(self._facts()),
            contacts=(_contact(),), requester=RECIPIENT, materials=tuple(self._materials()),
            groups=(Group(GROUP, "Second tier", "support", 2),), touches=tuple(self._touches()),
            past=tuple(self._past()), calendars=self._calendars(), family=(ACCOUNT,),
        )  # fmt: skip

    def _event(self) -> Event:
        usual = self._surface.trigger.types[0] if self._surface.trigger.types else ""
        name = str(self._case.facts.get("event.type", usual))
        return Event("case", "evt_case", name, self._at, self._at, self._surface.subject, SUBJECT, ACCOUNT)

    def _facts(self) -> Iterator[Fact]:
        values = {**BENIGN, "event.type": self._event().type, **self._case.facts}
        for name, value in values.items():
            spec = CATALOGUE.get(name)
            if spec is not None and can_exist(spec.root, self._surface, self.play):
                status = Status.MISSING if name in self._case.missing else Status.FRESH
                yield Fact(name, value, spec.source, self._at, self._at, status, OF.get(spec.root))

    def _materials(self) -> Iterator[Material]:
        if self.play.material is not None:
            kind: Any = self.play.material.source.removesuffix("s")
            yield Material(self._material, kind, "guide", "A good answer", "", "en", "public", (), (), "flow", "", 0.8)

    def _calendars(self) -> dict[str, Calendar]:
        """Who has no time zone has no hours."""
        known = {} if "contact.timezone" in self._case.missing else {RECIPIENT: _ALWAYS}
        return {**known, GROUP: _OFFICE}

    def _touches(self) -> Iterator[Touch]:
        for key, contact in (("touches.contact", RECIPIENT), ("touches.account", "con_other")):
            for _ in range(int(self._case.facts.get(key, 0))):
                yield self._touch(contact, "")
        if self._case.facts.get("history.sent_before"):
            yield self._touch(RECIPIENT, self._material)

    def _touch(self, contact: str, content: str) -> Touch:
        return Touch(contact, ACCOUNT, self._at - _DAY, "email", "marketing", "u_other", "sent", content)

    def _past(self) -> Iterator[Past]:
        for key, what in (("history.days_since_rejected", "rejected"), ("history.days_since_override", "overridden")):
            if key in self._case.facts:
                yield self._one_past(what, self._at - float(self._case.facts[key]) * _DAY)

    def _one_past(self, what: Any, at: datetime) -> Past:
        recipient = RECIPIENT if self.play.reach == "customer" else ""
        play = self.play
        return Past("dec_case", play.id, play.kind, ACCOUNT, SUBJECT, recipient, self._material, what, at)


def _contact() -> Contact:
    name, title = str(BENIGN["contact.name"]), str(BENIGN["contact.title"])
    return Contact(RECIPIENT, ACCOUNT, name, "Carla", "carla@case.example", "champion", title, "en", "UTC")
