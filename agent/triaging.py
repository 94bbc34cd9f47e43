"""Triage as part of the service: learn from settled tickets once a day, list the versions, put another in force, and try a text."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from agent.deployment import Ports
from agent.domain.facts import Fact
from agent.errors import NotFound, Refused
from agent.modelling import DAILY, OURSELVES, Models, Trained
from agent.ports import Line, Training
from agent.responsible import check_address, need_reason
from tools.embedding import Embedder, EmbedderUnavailable
from tools.patience import Patience
from tools.ports import SourceError
from tools.processing import allows_ai
from tools.reading import Reading
from tools.triage import told_of

if TYPE_CHECKING:
    from agent.learning.sorter import Example

log = structlog.get_logger()

LINE: Line = "triage"
WORDS_ALONE = "words"
"""What stands for the version where nothing that was learned is in force."""
_NEWS = (10, 0.1)
"""So many newly settled tickets, and such a share of all, are worth another training."""
_AT_ONCE = 64
_TRY_S = 20.0
"""Whoever tries a text waits for as long as models take to load."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What is told of a text."""

    facts: tuple[Fact, ...]


class Triaging:
    """The part of the service that concerns triage."""

    _ports: Ports

    async def triage_models(self) -> Models:
        """Every version that was learned, which were in force, and which one is."""
        store = self._ports.store
        reigns = await store.reigns(LINE)
        return Models(await store.models(LINE), reigns, reigns[0].version if reigns else WORDS_ALONE)

    async def train_triage(self, *, who: str, why: str) -> Trained:
        """Learn from all that is settled now. The new version is put in force, unless a person has gone back to another."""
        need_reason(why, "A training")
        check_address(who)
        embedder = self._embedder()
        examples = await self._examples(embedder)
        return await self._train_sorter(embedder, examples, who, why, self._ports.clock(), daily=False)

    async def train_triage_daily(self, at: datetime) -> bool:
        """The day's training, if there is enough new; whether it made a new version. Doing it again on the day, or after a crash, changes nothing.

        The tickets are read once a day, by whichever process comes first. A training that fails is logged, and left until tomorrow: what is in force
        goes on telling.
        """
        last = await self._ports.store.last_training(LINE)
        if self._ports.embedder is None or (last is not None and last.day >= at.date()):
            return False
        seen, version = (last.seen, last.version) if last else (0, WORDS_ALONE)
        made = await self._try_training(self._ports.embedder, seen, at)
        await self._ports.store.note_training(Training(at.date(), at, seen, 0, version), LINE)  # unless it noted itself
        return made

    async def roll_back_triage(self, version: str, *, who: str, why: str) -> bool:
        """Put a version in force and keep it there: trainings go on, but only a person puts another in force. False when it was so already."""
        return await self._put_sorter_in_force(version, who, why, pinned=True)

    async def promote_triage(self, version: str, *, who: str, why: str) -> bool:
        """Put a version in force, and let the daily training replace it again. False when it was so already."""
        return await self._put_sorter_in_force(version, who, why, pinned=False)

    async def try_triage(self, subject: str, body: str = "") -> Tried:
        """What would be told of a ticket with this text and no field set. No model is asked: there is no contract that allows it."""
        words, at = self._ports.playbook().triage, self._ports.clock()
        ticket = {"subject": subject, "body": body}
        return Tried(await told_of(ticket, self._ports.sources.opinions, words, Reading(at, at), crm=None, patience=Patience(_TRY_S)))

    def _embedder(self) -> Embedder:
        if self._ports.embedder is None:
            raise Refused("Texts cannot be compared by meaning here.", "Install `nextplay[semantic]`, or set NEXTPLAY_EMBEDDING_URL.")
        return self._ports.embedder

    async def _examples(self, embedder: Embedder) -> "list[Example]":
        from agent.learning.sorter import MOST, settled  # numpy takes a while to load, and only training needs it

        sources = self._ports.sources
        tickets = await sources.helpdesk.settled(2 * MOST)
        if embedder.leaves:
            accounts = {str(one.data["account"]) for one in tickets if one.data.get("account")}
            allowing = {account for account in sorted(accounts) if await allows_ai(sources.crm, account)}
            tickets = [one for one in tickets if one.data.get("account") in allowing]
        return await asyncio.to_thread(settled, tickets, self._ports.playbook().triage, embedder.languages)

    async def _try_training(self, embedder: Embedder, seen: int, at: datetime) -> bool:
        try:
            return await self._train_if_worth_it(embedder, seen, at)
        except (EmbedderUnavailable, SourceError) as error:
            log.warning("triage not trained", why=str(error))
        except Exception:  # whatever keeps us from learning must not keep asks from being reminded of
            log.exception("triage not trained")
        return False

    async def _train_if_worth_it(self, embedder: Embedder, seen: int, at: datetime) -> bool:
        from agent.learning.kinds import TooFewExamples
        from agent.learning.sorter import FEWEST

        examples = await self._examples(embedder)
        least, share = _NEWS
        if len(examples) < max(FEWEST, seen + max(least, share * seen)):
            return False
        try:
            trained = await self._train_sorter(embedder, examples, OURSELVES, DAILY, at, daily=True)
        except TooFewExamples as error:
            log.info("triage not trained", why=str(error))
            return False
        if trained.new:
            log.info("triage trained", version=trained.made.version, examples=len(examples), in_force=trained.in_force)
        return trained.new

    async def _train_sorter(self, embedder: Embedder, examples: "list[Example]", by: str, why: str, at: datetime, *, daily: bool) -> Trained:
        import numpy as np

        from agent.learning.kinds import FEWEST_EXAMPLES, TooFewExamples
        from agent.learning.sorter import FEWEST, check_enough, sorter_to_json, train

        if len(examples) < FEWEST:
            few = f"There are {len(examples)} settled tickets to learn from; {FEWEST} are needed."
            raise Refused(few, "Settled is what is solved or closed, and has a type or a product, in a language that the embedder knows.")
        try:
            check_enough(examples)
        except TooFewExamples as error:
            if daily:
                raise
            few = f"A kind needs {FEWEST_EXAMPLES} settled tickets, and there must be two such kinds."
            raise Refused(f"Nothing can be learned: {error}.", few) from None
        texts = [one.text for one in examples]
        parts = [await embedder.embed(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
        sorter, made = await asyncio.to_thread(
            train, examples, np.concatenate(parts), embedder=embedder.model, languages=embedder.languages, at=at, by=by
        )  # fmt: skip
        day = at.date() if daily else None
        new = await self._ports.store.keep_training(
            made, sorter_to_json(sorter), day=day, waiting=0, why=why, line=LINE, seen=len(examples)
        )  # fmt: skip
        await self._ports.look_at_triage()
        return Trained(made, new, (await self.triage_models()).in_force)

    async def _put_sorter_in_force(self, version: str, who: str, why: str, *, pinned: bool) -> bool:
        need_reason(why, "Putting what was learned in force")
        check_address(who)
        if version != WORDS_ALONE and version not in {one.version for one in await self._ports.store.models(LINE)}:
            raise NotFound(f"Nothing was learned as {version}.", "List what was: nextplay triage list")
        changed = await self._ports.store.put_model_in_force(version, by=who, why=why, at=self._ports.clock(), pinned=pinned, line=LINE)
        await self._ports.look_at_triage()
        return changed
