"""What the tools need from the outside world. Adapters in `integrations` implement these; records are plain JSON dictionaries.

Reads return None (or an empty list) for "there is none" and raise `SourceError` when the source did not answer. Every read carries `as_of`:
since when the source says the record is true.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from agent.domain.evidence import Calendar, Material, Person, Team, Touch


class SourceError(Exception):
    """A source system did not answer or answered nonsense. The fact becomes missing; the run goes on."""

    def __init__(self, source: str, what: str) -> None:
        super().__init__(f"{source} did not answer: {what}")
        self.source = source
        self.what = what


class SourceBusy(SourceError):
    """A source is well, and has been asked as much as it allows: nothing was read. It can be asked again after a while, so the run waits for it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A record as its source holds it: fields by name, since when they are true, and the record's version if the source counts.

    `read_at`: when the source was asked, where that was not just now.
    """

    id: str
    data: dict[str, Any]
    as_of: datetime
    version: int | None = None
    read_at: datetime | None = None


class Listing(list[Snapshot]):
    """Records that belong together. `lost`: our ids of more that do, and cannot be put into our words as they are now: what is counted in the
    records is then not known.
    """

    def __init__(self, found: Iterable[Snapshot] = (), lost: Iterable[str] = ()) -> None:
        super().__init__(found)
        self.lost = tuple(sorted(lost))

    @property
    def ids(self) -> list[str]:
        """Of all of them, also of those that are lost."""
        return [*(one.id for one in self), *self.lost]


class History(NamedTuple):
    """Contacts with a customer. `lost`: how many more are on record and cannot be read. `read_at`: as of a snapshot."""

    touches: Sequence[Touch]
    lost: int = 0
    read_at: datetime | None = None


class Due(NamedTuple):
    """An open record, and the moment that makes it matter: `tools.due` says which. In this order they are told."""

    at: datetime
    record: Snapshot


@dataclass(frozen=True, slots=True)
class Named:
    """A company, or a person at one, by name; `account` is the company's id."""

    name: str
    account: str
    kind: Literal["company", "person"]


class Crm(Protocol):
    """Accounts, contacts, deals, contracts, usage and exchange rates."""

    async def account(self, account_id: str) -> Snapshot | None: ...
    async def family(self, account_id: str) -> Listing:
        """The account, and everybody under the same top parent."""
        ...

    async def contacts(self, account_id: str) -> Listing:
        """Contacts, each with `consents`: a list of {purpose, channel, status, basis, at}; None where there are some that cannot be read."""
        ...

    async def deal(self, deal_id: str) -> Snapshot | None: ...
    async def contract(self, contract_id: str) -> Snapshot | None: ...
    async def contracts(self, account_id: str) -> Listing: ...
    async def due(
        self, kind: Literal["deal", "contract"], until: datetime, *, since: datetime | None = None, after: Due | None = None
    ) -> Sequence[Due]:
        """Of all open ones those that matter from a moment until another, both included: a part, after the last one of the part before."""
        ...

    async def usage(self, account_id: str) -> Snapshot | None: ...
    async def rate(self, currency: str, into: str) -> Snapshot | None:
        """`{rate}`: how much one unit of `currency` is worth in the currency `into`."""
        ...

    async def touches(self, accounts: Sequence[str]) -> History: ...
    async def resolve(self, source: str, kind: str, external_id: str) -> str | None:
        """Our id for another system's id, through explicit identity links; None when nobody linked it."""
        ...

    async def names(self, words: Collection[str]) -> Sequence[Named]:
        """Companies and people of which a word of the name is among the words, which are in lower case. Empty where a source cannot tell."""
        ...

    async def known(self, kind: str, record_id: str) -> str | None:
        """`here`, `unusable` (it is there, and cannot be put into our words), `deleted`, or None when the record was never known."""
        ...


class Helpdesk(Protocol):
    """Tickets and groups."""

    async def ticket(self, ticket_id: str) -> Snapshot | None: ...
    async def tickets(self, account_id: str) -> Listing: ...
    async def settled(self, at_most: int) -> Sequence[Snapshot]:
        """The solved and closed tickets of all accounts that changed last."""
        ...

    async def due(self, until: datetime, *, since: datetime | None = None, after: Due | None = None) -> Sequence[Due]:
        """Of all open tickets those that have to be answered from a moment until another, as in the CRM."""
        ...

    async def groups(self) -> Sequence[Snapshot]: ...
    async def linked(self, accounts: Sequence[str]) -> set[str]:
        """Those of the accounts that are linked to the helpdesk."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the help articles, and for whom: None of a filter stands for whatever it is.

    `language`: None is that of the query itself. `here_only`: nothing of the query may leave this machine.
    """

    query: str
    here_only: bool
    visibility: str | None = None
    product: str | None = None
    language: str | None = None
    plan: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Find:
    """An article that may answer a query, how surely (0 to 1), and why. `leads`: none was found for the query that is surer. `passage`: the one
    that is nearest in meaning, as the search calls it; None where words tell what to show.
    """

    id: str
    query: str
    strength: float
    leads: bool
    why: str = ""
    passage: int | None = None


class Search(Protocol):
    """Finds help articles and content assets. Articles are found first and shown last: most that are found for a ticket nobody will see."""

    async def articles(self, asked: Sequence[Asked], *, at_most: int) -> Sequence[Sequence[Find]]:
        """For each question the articles that may answer, the surest first, and only such as may be shown."""
        ...

    async def shown(self, finds: Sequence[Find]) -> Sequence[Material]:
        """What of the articles answers, in the same order; without those that are gone by now."""
        ...

    async def assets(self, topics: Sequence[str], *, stage: str | None, kinds: Sequence[str], language: str, at_most: int) -> Sequence[Material]: ...
    async def material(self, kind: Literal["asset", "article"], material_id: str) -> Material | None: ...


class Directory(Protocol):
    """People, their teams, absences, calendars."""

    async def people(self, at: datetime) -> Sequence[Person]: ...
    async def teams(self) -> Sequence[Team]: ...
    async def calendar(self, calendar_id: str) -> Calendar | None: ...


@dataclass(frozen=True, slots=True)
class Premise:
    """What an effect was judged on just before: the deal that it is about, and the stage that the deal was in."""

    deal: str
    stage: str

    def require(self, now: str | None, shown: str | None = None) -> None:
        """Raises EffectOvertaken where the deal's stage is another by now. `shown`: what its source calls it, where we have no word for it."""
        if now != self.stage:
            raise EffectOvertaken(f"the deal is in stage '{now or shown}' by now, no longer in '{self.stage}'")


@dataclass(frozen=True, slots=True)
class Command:
    """One effect to carry out. `marker` goes with it, so that it can be found again; `kind` is a `StepKind` value.

    `premise`: what must still hold when it is carried out.
    """

    marker: str
    kind: str
    target: str
    payload: dict[str, Any] = field(default_factory=dict)
    premise: Premise | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the target said: its own id of what was made. `in_hand`: a colleague has it, and it reaches whom it is for when they have done it."""

    reference: str
    at: datetime
    in_hand: bool = False


class EffectRefused(Exception):
    """The target refused the effect for good: nothing happened there. Repeating it would be refused again."""


class EffectOvertaken(EffectRefused):
    """What the effect was judged on is otherwise by now: nothing happened, and it has to be judged again before it can be."""


class EffectUnknown(Exception):
    """The target did not answer: the effect may have happened. It must be looked up, never repeated blindly."""


class EffectPostponed(SourceError):
    """The target takes nothing now. The effect surely has not happened, which only its target can say and nobody could look up later.

    `seconds`: for how long it is not to be asked again; None where nobody can say.
    """

    def __init__(self, source: str, what: str, seconds: float | None = None) -> None:
        super().__init__(source, what)
        self.seconds = seconds


class Effects(Protocol):
    """Carries out effects on the CRM, the helpdesk and the mail gateway."""

    async def execute(self, command: Command) -> Receipt:
        """Carry it out once. Raises EffectRefused, EffectOvertaken, EffectPostponed or EffectUnknown."""
        ...

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Find an effect by its marker: its receipt, `absent` when it surely did not happen, or `unknowable`."""
        ...


class Messenger(Protocol):
    """Tells colleagues things: cards, reminders, notices. Delivering the same message id twice must show it once."""

    async def deliver(self, message_id: str, *, kind: str, to: Sequence[str], title: str, body: str, data: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Brief:
    """What the writer may know: allow-listed values, the material's text, and untrusted text fenced apart; `prompt` is the one to use.

    `own`: what stand-ins of the untrusted text may be put back for. It is for whoever reads the answer: no writer is given it.
    """

    prompt: str
    play: str
    purpose: str
    language: str
    values: dict[str, Any]
    draft: dict[str, str]
    passage: str
    untrusted: str = ""
    own: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Wording:
    """Composed content (`subject`, `body`) and the hash of the prompt that asked for it."""

    content: dict[str, str]
    prompt_hash: str


class WriterUnavailable(Exception):
    """No usable wording: the model is not configured, down, slow, over budget, or answered nonsense. The template is used."""


class Writer(Protocol):
    """Words a chosen candidate. It cannot choose."""

    async def write(self, brief: Brief, *, feedback: Sequence[str] = ()) -> Wording:
        """Return the wording, or raise WriterUnavailable. `feedback` lists what the checker found wrong the first time."""
        ...
