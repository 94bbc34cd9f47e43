"""Looking back with people: the pack of a week, a sample before launch, the labels that reviewers give, and the launch check."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from agent.deployment import Ports
from agent.domain.decision import BAD_LABELS, Decision
from agent.domain.knobs import AREAS, Knob, knobs_for
from agent.domain.launch import EvalResults
from agent.domain.metrics import Struck
from agent.domain.playbook import Playbook
from agent.domain.records import APPROVED, Approval, Reviewed
from agent.errors import InvalidInput, NotFound, Refused, Unauthorised
from agent.launching import LaunchCheck, check_launch, decided
from agent.responsible import check_address

GOOD = "good"
LABELS = (GOOD, *BAD_LABELS)
AT_ONCE = timedelta(seconds=10)
"""Whoever approves sooner after being asked has hardly read it."""
LEAST_PEOPLE = 5
"""Figures about reviewers are given for teams of so many at least: below that they are about persons."""
ONE_HAND = 0.8
"""A share of a team's approvals by one person that is worth a look."""


@dataclass(frozen=True, slots=True)
class Case:
    """One decision as the pack shows it. `labels`: what reviewers said of it, with the knobs of each bad one."""

    id: str
    surface: str
    at: datetime
    account: str | None
    play: str | None
    title: str | None
    route: str
    why: tuple[str, ...]
    result: str | None
    friction: tuple[str, ...]
    labels: tuple["Labelled", ...] = ()
    account_name: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A reviewer's word, where the fault lies (None: it was good), and what to turn."""

    label: str
    note: str
    area: str | None
    why: str
    knobs: tuple[Knob, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """How a team of approvers answers. Without figures where so few answered that they would be about persons."""

    role: str
    people: int
    answers: int
    approved: int | None = None
    unedited: int | None = None
    at_once: int | None = None
    largest_share: float | None = None

    @property
    def rubber_stamps(self) -> tuple[str, ...]:
        """What looks as if nobody read what they approved."""
        if not self.approved:
            return ()
        found = []
        if (self.at_once or 0) * 2 >= self.approved:
            found.append(f"{self.at_once} of {self.approved} approved within {AT_ONCE.total_seconds():.0f} seconds of being asked")
        if (self.largest_share or 0) >= ONE_HAND:
            found.append(f"{self.largest_share:.0%} of the answers are by one person")
        if self.approved == self.answers and self.unedited == self.answers and self.answers >= 20:
            found.append(f"all {self.answers} were approved, none of them edited")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Pack:
    """What reviewers look at. `counts` by what became of decisions; `plays`: share of proposals; `rules`: what they struck out, most first."""

    since: datetime
    until: datetime
    surface: str | None
    decisions: int
    counts: Mapping[str, int]
    cases: Mapping[str, tuple[Case, ...]]
    teams: tuple[Team, ...]
    plays: Mapping[str, int]
    rules: Mapping[str, Struck]
    labels: Mapping[str, int]
    sample: bool = False


class Reviewing:
    """The reviewers' part of the service."""

    _ports: Ports

    async def launch_check(self, surface: str, *, since: timedelta, evals: EvalResults | None = None, who: str | None = None) -> LaunchCheck:
        """Whether a surface may act by itself; see `check_launch`."""
        return await check_launch(self._ports, surface, since=since, evals=evals, who=who)

    async def label(self, decision_id: str, label: str, *, who: str, note: str = "") -> tuple[bool, Labelled]:
        """Keep what a colleague says of a decision, once per person; whether it is news, and what to turn.

        Raises InvalidInput, NotFound, Unauthorised, and Refused for a decision in which nothing was chosen.
        """
        if label not in LABELS:
            raise InvalidInput(f"'{label}' is no label.", f"Give one of: {', '.join(LABELS)}.")
        check_address(who)
        at = self._ports.clock()
        people = await self._ports.sources.directory.people(at)
        person = next((one for one in people if one.active and one.email.casefold() == who.casefold()), None)
        if person is None:
            raise Unauthorised(f"{who} is not a colleague in the directory.")
        decision = await self._ports.store.decision(decision_id)
        if decision is None:
            raise NotFound(f"There is no decision {decision_id}.", "List them with: nextplay decisions list")
        if decision.chosen is None:
            raise Refused(f"Nothing was chosen in {decision_id}, so there is nothing to label.", "Label one that proposed something.")
        said = Reviewed(decision_id, person.email, label, note.strip(), at)  # type: ignore[arg-type]  # checked against LABELS
        return await self._ports.store.review(said), labelled(said, decision, self._ports.playbook())

    async def review_week(self, since: datetime, until: datetime, *, surface: str | None = None) -> Pack:
        """The pack of what was decided from `since` on and before `until`. Raises NotFound for an unknown surface."""
        self._check_surface(surface)
        decisions = await decided(self._ports, since=since, until=until, surface=surface)
        struck = await self._ports.store.struck(since=since, until=until, surface=surface)
        asked = {one.id: await self._ports.store.approvals(one.id) for one in decisions if one.approvals}
        return pack_of(decisions, asked, await self._ports.store.reviews(), struck, self._ports.playbook(), since, until, surface)

    async def review_sample(self, surface: str, count: int, since: datetime, until: datetime) -> Pack:
        """So many of a surface's shadow decisions that proposed something: the same ones each time, whoever asks. Raises NotFound."""
        self._check_surface(surface)
        found = await decided(self._ports, since=since, until=until, surface=surface)
        shadow = sampled([one for one in found if one.route == "shadow" and one.chosen is not None], count)
        struck = await self._ports.store.struck(since=since, until=until, surface=surface)
        pack = pack_of(shadow, {}, await self._ports.store.reviews(), struck, self._ports.playbook(), since, until, surface)
        return replace(pack, sample=True)

    def _check_surface(self, surface: str | None) -> None:
        surfaces = self._ports.playbook().surfaces
        if surface is not None and surface not in surfaces:
            raise NotFound(f"There is no surface '{surface}' in the playbook.", f"It has: {', '.join(sorted(surfaces))}.")


def week_of(text: str) -> tuple[datetime, datetime]:
    """The beginning of an ISO week, such as 2026-W47, and of the next, in UTC. Raises InvalidInput."""
    try:
        year, _, week = text.strip().upper().partition("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        return start, start + timedelta(weeks=1)
    except (ValueError, OverflowError):
        raise InvalidInput(f"--week {text!r} is not a week.", "Write it as 2026-W47.") from None


def week_before(at: datetime) -> str:
    """The last whole week before a moment, as ISO writes it."""
    year, week, _ = (at - timedelta(weeks=1)).isocalendar()
    return f"{year}-W{week:02}"


def sampled(decisions: Iterable[Decision], count: int) -> list[Decision]:
    """So many, drawn by the hash of their ids: the same ones each time. In the order in which they were made."""
    drawn = sorted(decisions, key=lambda one: hashlib.sha256(one.id.encode()).digest())[:count]
    return sorted(drawn, key=lambda one: (one.created_at, one.id))


def labelled(said: Reviewed, decision: Decision, playbook: Playbook) -> Labelled:
    """A label with what to turn."""
    if said.endorsed:
        return Labelled(GOOD, said.note, None, "", ())
    area, why = AREAS[said.label]
    return Labelled(said.label, said.note, area, why, knobs_for(said.label, decision, playbook))


def pack_of(
    decisions: Sequence[Decision], asked: Mapping[str, Sequence[Approval]], reviews: Iterable[Reviewed], struck: Mapping[str, Struck],
    playbook: Playbook, since: datetime, until: datetime, surface: str | None,
) -> Pack:  # fmt: skip
    """Put the pack together. A decision stands in each part that it belongs to."""
    said = defaultdict[str, list[Reviewed]](list)
    for one in reviews:
        said[one.decision_id].append(one)
    parts: dict[str, list[Case]] = {name: [] for name in ("friction", "overridden", "converted", "ignored", "labelled", "proposed")}
    for decision in decisions:
        case = _case(decision, tuple(labelled(one, decision, playbook) for one in [*_rejections(decision), *said[decision.id]]))
        for name in _parts(decision, case):
            parts[name].append(case)
    counts = {name: len(cases) for name, cases in parts.items()}
    labels = Counter(one.label for cases in (parts["labelled"],) for case in cases for one in case.labels)
    plays = Counter(one.chosen.play for one in decisions if one.chosen is not None)
    by_hits = sorted(struck.items(), key=lambda item: (-item[1].candidates, item[0]))
    return Pack(
        since, until, surface, len(decisions), counts, {name: tuple(cases) for name, cases in parts.items()}, teams_of(asked),
        dict(plays.most_common()), dict(by_hits), dict(labels.most_common()),
    )  # fmt: skip


def _case(decision: Decision, labels: tuple[Labelled, ...]) -> Case:
    chosen, outcome = decision.chosen, decision.outcome
    return Case(
        decision.id, decision.surface, decision.created_at, decision.subject.account,
        chosen.play if chosen else None, chosen.title if chosen else None,
        decision.route, tuple(dict.fromkeys(one.said for one in decision.reasons)), outcome.result if outcome else None,
        tuple(outcome.guardrails) if outcome else (), labels, _account_name(decision),
    )  # fmt: skip


def _account_name(decision: Decision) -> str:
    return next((str(fact.value) for fact in decision.facts if fact.name == "account.name" and fact.of is None and fact.value), "")


def _rejections(decision: Decision) -> list[Reviewed]:
    """Bad labels that approvers gave as the reason of their no: as good as a reviewer's."""
    return [
        Reviewed(decision.id, ask.answered_by or "", ask.reason, ask.note or "", ask.at or decision.created_at)  # type: ignore[arg-type]  # one of them
        for ask in decision.approvals
        if ask.state == "rejected" and ask.reason in BAD_LABELS
    ]


def _parts(decision: Decision, case: Case) -> list[str]:
    found = ["labelled"] if case.labels else []
    found += ["proposed"] if case.play is not None else []
    found += ["overridden"] if "overridden" in case.friction else []
    found += ["friction"] if set(case.friction) - {"overridden"} else []
    exposed = decision.outcome is not None and decision.outcome.exposure == "delivered"
    return [*found, case.result] if exposed and case.result in ("converted", "ignored") else found


def teams_of(asked: Mapping[str, Sequence[Approval]]) -> tuple[Team, ...]:
    """How each role answers what it is asked, by name; the system's own ends of asks are no answers."""
    by_role = defaultdict[str, list[Approval]](list)
    for asks in asked.values():
        for ask in asks:
            if ask.answered_by is not None and ask.state in (*APPROVED, "rejected"):
                by_role[ask.needed_role].append(ask)
    return tuple(_team(role, answers) for role, answers in sorted(by_role.items()))


def _team(role: str, answers: Sequence[Approval]) -> Team:
    by_person = Counter(ask.answered_by for ask in answers)
    team = Team(role, len(by_person), len(answers))
    if len(by_person) < LEAST_PEOPLE:
        return team
    approved = [ask for ask in answers if ask.state in APPROVED]
    return replace(
        team, approved=len(approved), unedited=sum(ask.state == "approved" for ask in answers),
        at_once=sum(ask.at is not None and ask.at - ask.created_at <= AT_ONCE for ask in approved),
        largest_share=max(by_person.values()) / len(answers),
    )  # fmt: skip
