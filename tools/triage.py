"""What is told of a ticket before anybody has looked at it: kind of issue, module, language, gravity, mood, and whether a person wrote it.

What the helpdesk says counts first; then words and codes (the playbook's `triage.yaml`); then what the deployment's own settled tickets teach;
then a model that chooses from the list, where one is configured. Each answer says who gave it, and how sure that is.

Kind and module are told from the subject, and only where that is not enough from the opening sentence of the first message with it. Text that
somebody appends, in a later sentence, line or message, tells neither. Gravity, mood and danger are looked for in everything.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from agent.domain.facts import Fact
from agent.domain.triage_words import KINDS, Named, Sure, TriageWords
from tools.asking import Heard, automatic_by, heard
from tools.languages import spoken_in
from tools.patience import Patience
from tools.ports import Crm, Helpdesk
from tools.processing import allows_ai
from tools.reading import Reading
from tools.result import ToolResult, facts_of, missing, reads

BY_WORDS = 0.9
"""What is taken to be the chance of a kind that words name: nobody has measured it."""
UNLEARNED = "nothing was learned from settled tickets yet, or not of this language"
LATE = "whoever was asked did not answer in time"


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind or a module with its chance."""

    name: str
    chance: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What examples or a model say of a text. `familiar`: the share of known texts that are stranger; None where nobody can tell."""

    kind: Guess | None = None
    product: Guess | None = None
    familiar: float | None = None


class Opinions(Protocol):
    """Who is asked where words do not tell. Nothing is raised: who cannot answer says nothing."""

    async def by_examples(self, texts: Sequence[str], language: str | None, *, here_only: bool) -> tuple[str, Sequence[Opinion]] | None:
        """What the deployment's own tickets teach of each text, and the version of what was learned; None where nothing was, for that language.

        `here_only`: nothing of the texts may leave this machine.
        """
        ...

    async def by_model(self, text: str, products: Collection[str]) -> tuple[str, Opinion] | None:
        """What a model chooses from the kinds and these modules, and the hash of the prompt; None where none is configured, or it does not answer."""
        ...


class Nobody:
    """Where nothing was learned and no model is configured."""

    async def by_examples(self, texts: Sequence[str], language: str | None, *, here_only: bool) -> None:  # noqa: ARG002  the protocol's signature
        """Nothing."""
        return

    async def by_model(self, text: str, products: Collection[str]) -> None:  # noqa: ARG002  the protocol's signature
        """Nothing."""
        return


NOBODY = Nobody()


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: what, by whom (`helpdesk`, `rule`, `examples`, `model`; None: nobody could tell), and how likely it is right."""

    what: str | None = None
    by: str | None = None
    chance: float = 0.0


@reads(*facts_of("triage"))
async def triage_state(
    crm: Crm, helpdesk: Helpdesk, opinions: Opinions, words: TriageWords, ticket_id: str, at: datetime, *, patience: Patience
) -> ToolResult:  # fmt: skip
    """What can be told of a ticket: kind, module, language, gravity, mood, and whether a person wrote it.

    `patience`: the time that there is for what words do not tell.
    """
    ticket = await helpdesk.ticket(ticket_id)
    if ticket is None:
        return ToolResult("no_data")
    return ToolResult("ok", await told_of(ticket.data, opinions, words, Reading(at, ticket.as_of), crm=crm, patience=patience))


async def told_of(
    data: Mapping[str, Any], opinions: Opinions, words: TriageWords, reading: Reading, *, crm: Crm | None, patience: Patience
) -> tuple[Fact, ...]:  # fmt: skip
    """The facts of a ticket's record. `crm` knows whether its customer's contract allows AI processing; without one, none does.

    What words alone tell comes first, and stands whatever becomes of the rest, for which `patience` is.
    """
    said = heard(data)
    plainly = {**_telling(said, words), **_automatic(data, said, words)}
    asked = _Asked(data, said, words)
    asking = asyncio.ensure_future(asked.everybody(opinions, crm))
    late = await patience.wait_for([asking])
    if not late:
        asking.result()
    return (*reading.facts({**plainly, **asked.values()}), *asked.unknown(LATE if late else UNLEARNED))


async def _language(data: Mapping[str, Any], said: Heard) -> Told:
    if named := data.get("language"):
        return Told(str(named)[:2].lower(), "helpdesk", 1.0)
    found = await spoken_in(" ".join([said.subject, *said.messages]))
    return Told(found.language, "text", found.chance) if found else Told()


def _telling(said: Heard, words: TriageWords) -> dict[str, Any]:
    everything = (said.subject, *said.messages)
    upset = words.upset_in(*everything)
    return {"triage.severity": words.severity_in(*everything), "triage.upset": bool(upset), "triage.upset_words": upset}


def _automatic(data: Mapping[str, Any], said: Heard, words: TriageWords) -> dict[str, Any]:
    by = automatic_by(data, said, words)
    return {"triage.automatic": by is not None, "triage.automatic_by": by}


def _of(name: str, told: Told) -> dict[str, Any]:
    return {f"triage.{name}": told.what, f"triage.{name}_by": told.by, f"triage.{name}_chance": round(told.chance, 3)}


class _Asked:
    """One ticket's kind and module, as far as somebody could tell them by now."""

    def __init__(self, data: Mapping[str, Any], said: Heard, words: TriageWords) -> None:
        self._said, self._words = said, words
        kind, product = str(data.get("type") or ""), str(data.get("product") or "")
        by_words = _named(words.kind_in, said)
        self._data, self._language = data, Told()
        self.kind = Told(kind, "helpdesk", 1.0) if kind in KINDS else _by_rule(by_words)
        self.product = Told(product, "helpdesk", 1.0) if product else _by_rule(_named(words.product_in, said))
        in_subject = words.kind_in(said.subject)
        self._contradicted = self.kind.by == "helpdesk" and in_subject is not None and in_subject.name != kind
        self._scope: bool | None = None
        self._familiar: float | None = None
        self._version: str | None = None
        self._prompt: str | None = None

    async def everybody(self, opinions: Opinions, crm: Crm | None) -> None:
        """Ask one after the other. It may be broken off: what was told by then stands."""
        self._language = await _language(self._data, self._said)
        # a read may be shared with other tools: giving it up here must not take it from them
        allowed = crm is not None and await asyncio.shield(allows_ai(crm, self._data.get("account")))
        await self.examples(opinions, self._language.what, here_only=not allowed)
        if allowed:
            await self.model(opinions)

    async def examples(self, opinions: Opinions, language: str | None, *, here_only: bool) -> None:
        """Of the ways to put it, the first that is told surely counts, else the last, which says most. It is as familiar as its most familiar way."""
        told = await opinions.by_examples(self._said.ways, language, here_only=here_only) if self._said.ways else None
        if told is None:
            return
        self._version, said = told
        sure = self._words.sure
        self._familiar = max((one.familiar for one in said if one.familiar is not None), default=None)
        opinion = next((one for one in said if _is_sure(one, sure)), said[-1])
        if not self._strange:
            self.kind, self.product = _taken(self.kind, opinion.kind, sure), _taken(self.product, opinion.product, sure)
        likeliest = max((one.kind.chance for one in said if one.kind is not None), default=1.0)
        self._scope = self._strange or (self.kind.what is None and likeliest < sure.scope)
        first = said[0].kind
        self._contradicted |= self.kind.by == "helpdesk" and first is not None and first.chance >= sure.dispute and first.name != self.kind.what

    async def model(self, opinions: Opinions) -> None:
        """Asked last. It may say that a text is about something else, never that it is not."""
        products = () if self.product.what else tuple(self._words.products)
        if (self.kind.what and not products) or not self._said.ways:
            return
        told = await opinions.by_model(self._said.both, products)
        if told is None:
            return
        self._prompt, opinion = told
        self.kind, self.product = _or(self.kind, opinion.kind), _or(self.product, opinion.product)
        self._scope = self._strange or self.kind.what is None

    @property
    def _strange(self) -> bool:
        return self._familiar is not None and self._familiar < self._words.sure.familiar

    def values(self) -> dict[str, Any]:
        """What is known by now."""
        known = {} if self._scope is None else {"triage.out_of_scope": self._scope}
        familiar = {} if self._familiar is None else {"triage.familiar": round(self._familiar, 3)}
        own = {"triage.disputed": self._contradicted, "triage.model": self._version, "triage.prompt": self._prompt}
        told = {"kind": self.kind, "product": self.product, "language": self._language}
        return {name: value for what, one in told.items() for name, value in _of(what, one).items()} | known | familiar | own

    def unknown(self, why: str) -> tuple[Fact, ...]:
        """What only examples, or a model, could have told, and why they did not."""
        lacking = [*(["triage.out_of_scope"] if self._scope is None else []), *(["triage.familiar"] if self._familiar is None else [])]
        return tuple(missing(name, why) for name in lacking)


def _named(find: Any, said: Heard) -> Named | None:
    found: Named | None = find(said.subject) or find(said.opening)
    return found


def _by_rule(named: Named | None) -> Told:
    return Told(named.name, "rule", BY_WORDS) if named else Told()


def _is_sure(opinion: Opinion, sure: Sure) -> bool:
    familiar = opinion.familiar is None or opinion.familiar >= sure.familiar
    return familiar and opinion.kind is not None and opinion.kind.chance >= sure.chance


def _taken(before: Told, guess: Guess | None, sure: Sure) -> Told:
    if before.what or guess is None or guess.chance < sure.chance:
        return before
    return Told(guess.name, "examples", guess.chance)


def _or(before: Told, guess: Guess | None) -> Told:
    return before if before.what or guess is None else Told(guess.name, "model", guess.chance)
