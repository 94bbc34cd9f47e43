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
from agent.domain.records import APPROVED, Reviewed
from agent.errors import InvalidInput, NotFound, Refused, Unauthorised
from agent.launching import LaunchCheck, Progress, check_launch
from agent.listing import Answered, Fared
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
    """What reviewers look at. `counts` by what became of decisions; `plays`: share of proposals; `rules`: what they struck out, most first.

    `parts`: the decisions of each part, oldest first; `cases`: the first of them, or all, opened.
    """

    since: datetime
    until: datetime
    surface: str | None
    decisions: int
    counts: Mapping[str, int]
    parts: Mapping[str, tuple[Fared, ...]]
    cases: Mapping[str, tuple[Case, ...]]
    teams: tuple[Team, ...]
    plays: Mapping[str, int]
    rules: Mapping[str, Struck]
    labels: Mapping[str, int]
    sample: bool = False


class Reviewing:
    """The reviewers' part of the service."""

    _ports: Ports

    async def launch_check(
        self, surface: str, *, since: timedelta, evals: EvalResults | None = None, who: str | None = None,
        progress: Progress = lambda _done, _every: None,
    ) -> LaunchCheck:  # fmt: skip
        """Whether a surface may act by itself; see `check_launch`."""
        return await check_launch(self._ports, surface, since=since, evals=evals, who=who, progress=progress)

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

    async def review_week(self, since: datetime, until: datetime, *, surface: str | None = None, opened: int | None = None) -> Pack:
        """The pack of what was decided from `since` on and before `until`. Raises NotFound for an unknown surface.

        `opened`: so many cases of each part, for who shows no more: to open one takes longer than to count a hundred.
        """
        self._check_surface(surface)
        fared = await self._ports.store.fared(since=since, until=until, surface=surface)
        return await self._pack(fared, since, until, surface, opened)

    async def review_sample(self, surface: str, count: int, since: datetime, until: datetime) -> Pack:
        """So many of a surface's shadow decisions that proposed something: the same ones each time, whoever asks. Raises NotFound."""
        self._check_surface(surface)
        found = await self._ports.store.fared(since=since, until=until, surface=surface)
        shadow = sampled([one for one in found if one.route == "shadow" and one.play is not None], count)
        return replace(await self._pack(shadow, since, until, surface, None), sample=True, teams=())

    async def review_case(self, one: Fared) -> Case:
        """A case of a pack, opened."""
        return case_of(await self._ports.store.whole([one.id]), one, self._ports.playbook())

    async def _pack(self, fared: Sequence[Fared], since: datetime, until: datetime, surface: str | None, opened: int | None) -> Pack:
        store, parts = self._ports.store, parts_of(fared)
        shown = list(dict.fromkeys(one.id for some in parts.values() for one in some[:opened]))
        whole, book = await store.whole(shown), self._ports.playbook()
        cases = {name: tuple(case_of(whole, one, book) for one in some[:opened]) for name, some in parts.items()}
        struck = await store.struck(since=since, until=until, surface=surface)
        teams = teams_of(await store.answers(since=since, until=until, surface=surface))
        return Pack(
            since, until, surface, len(fared), {name: len(some) for name, some in parts.items()}, parts, cases, teams,
            dict(Counter(one.play for one in fared if one.play is not None).most_common()),
            dict(sorted(struck.items(), key=lambda item: (-item[1].candidates, item[0]))),
            dict(Counter(said.label for one in fared for said in one.said).most_common()),
        )  # fmt: skip

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


def sampled(fared: Iterable[Fared], count: int) -> list[Fared]:
    """So many, drawn by the hash of their ids: the same ones each time. In the order in which they were given."""
    every = list(fared)
    drawn = {one.id for one in sorted(every, key=lambda one: hashlib.sha256(one.id.encode()).digest())[:count]}
    return [one for one in every if one.id in drawn]


def labelled(said: Reviewed, decision: Decision, playbook: Playbook) -> Labelled:
    """A label with what to turn."""
    if said.endorsed:
        return Labelled(GOOD, said.note, None, "", ())
    area, why = AREAS[said.label]
    return Labelled(said.label, said.note, area, why, knobs_for(said.label, decision, playbook))


def parts_of(fared: Iterable[Fared]) -> dict[str, tuple[Fared, ...]]:
    """By part of a pack, what stands in it. A decision stands in each part that it belongs to."""
    parts: dict[str, list[Fared]] = {name: [] for name in ("friction", "overridden", "converted", "ignored", "labelled", "proposed")}
    for one in fared:
        for name in _parts(one):
            parts[name].append(one)
    return {name: tuple(some) for name, some in parts.items()}


def case_of(whole: Mapping[str, Decision], one: Fared, playbook: Playbook) -> Case:
    """A case from its opened decision."""
    decision = whole[one.id]
    return _case(decision, tuple(labelled(said, decision, playbook) for said in one.said))


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


def _parts(one: Fared) -> list[str]:
    found = ["labelled"] if one.said else []
    found += ["proposed"] if one.play is not None else []
    found += ["overridden"] if "overridden" in one.friction else []
    found += ["friction"] if set(one.friction) - {"overridden"} else []
    return [*found, one.result] if one.delivered and one.result in ("converted", "ignored") else found


def teams_of(answers: Iterable[Answered]) -> tuple[Team, ...]:
    """How each role answers what it is asked, by name; the system's own ends of asks are no answers."""
    by_role = defaultdict[str, list[Answered]](list)
    for one in answers:
        by_role[one.needed_role].append(one)
    return tuple(_team(role, answers) for role, answers in sorted(by_role.items()))


def _team(role: str, answers: Sequence[Answered]) -> Team:
    by_person = Counter(one.answered_by for one in answers)
    team = Team(role, len(by_person), len(answers))
    if len(by_person) < LEAST_PEOPLE:
        return team
    approved = [one for one in answers if one.state in APPROVED]
    return replace(
        team, approved=len(approved), unedited=sum(one.state == "approved" for one in answers),
        at_once=sum(one.at is not None and one.at - one.created_at <= AT_ONCE for one in approved),
        largest_share=max(by_person.values()) / len(answers),
    )  # fmt: skip
