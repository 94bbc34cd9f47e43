"""Who may answer what waits, by today's directory: of thousands of asks at once, and without opening a case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.cases import ask_of
from agent.domain.approvers import resolve
from agent.domain.evidence import Person
from agent.domain.playbook import Playbook
from agent.listing import Waiting, WaitingAsk


def answerable_by(who: str, waiting: Iterable[Waiting], people: tuple[Person, ...], playbook: Playbook) -> list[str]:
    """The ids of the asks for which an answer of this person would count now."""
    today, found = _Today(people, playbook), list[str]()
    for alike in waiting:
        ask = ask_of(_Case(alike, today), who)
        if ask is not None and ask.state in ("open", "snoozed") and not ask.late:
            number = alike.asks.index(ask)
            found += [ids[number] for ids in alike.ids]
    return found


@dataclass(frozen=True, slots=True)
class _Around:
    people: tuple[Person, ...]
    roles: Mapping[str, str]


@dataclass(slots=True)
class _Today:
    """Who is there. Who holds a role is worked out once for all cases in which the same people stand in the relations that it hangs on."""

    people: tuple[Person, ...]
    playbook: Playbook
    active: dict[str, Person] = field(init=False)
    _known: dict[tuple[str | None, ...], frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.active = {person.email: person for person in self.people if person.active}

    def holders(self, ask: WaitingAsk, surface_id: str, relations: Mapping[str, str]) -> frozenset[str]:
        """Their addresses; nobody's where the playbook has lost the surface."""
        surface = self.playbook.surfaces.get(surface_id)
        if surface is None:
            return frozenset()
        role, fallback = ask.needed_role, surface.review.fallback
        key = (role, fallback, relations.get(role), relations.get(fallback), ask.requester)
        if key not in self._known:
            self._known[key] = frozenset(resolve(role, surface, _Around(self.people, relations), requester=ask.requester).allowed)
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _Case:
    waiting: Waiting
    today: _Today

    @property
    def approvals(self) -> Sequence[WaitingAsk]:
        return self.waiting.asks

    @property
    def current(self) -> Sequence[WaitingAsk]:
        latest = max(ask.round for ask in self.waiting.asks)
        return [ask for ask in self.waiting.asks if ask.round == latest]

    @property
    def active(self) -> Mapping[str, Person]:
        return self.today.active

    def holders(self, ask: WaitingAsk) -> frozenset[str]:
        return self.today.holders(ask, self.waiting.surface, self.waiting.relations)
