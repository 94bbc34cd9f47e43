"""Who tells what a ticket is about where words do not: what was learned from settled tickets, and a model, each where there is one."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from agent.domain.claims.personal_data import without
from agent.domain.triage_words import KINDS
from agent.prompts import fenced, load_prompts
from agent.triaging import LINE, WORDS_ALONE
from integrations.db.store import SqlStore
from integrations.search.meaning import Meaning
from tools.ports import WriterUnavailable
from tools.triage import Guess, Opinion

if TYPE_CHECKING:
    from agent.learning.sorter import Sorter, UnreadableSorter
    from integrations.llm import OpenAiWriter

log = structlog.get_logger()

PROMPT = "triage_ticket"
NONE_OF_THEM = "none"
BY_MODEL = 0.7
"""What is taken to be the chance of what a model chooses: it does not state one that could be measured."""
MODEL_S = 2.5
"""The model is waited for less long than the sources are."""
MOST_CHARS = 2_000
_REMEMBERED = 500


class TicketOpinions:
    """Implements `tools.triage.Opinions`. `look` takes over what the database says is in force. `meaning` is the search's own: what a ticket says is
    compared with articles too, and read by the model once for both.
    """

    def __init__(self, store: SqlStore, meaning: Meaning | None, writer: "OpenAiWriter | None") -> None:
        self._store, self._meaning, self._writer = store, meaning, writer
        self._known: dict[str, Sorter] = {}
        self._current: Sorter | None = None
        self._chosen: OrderedDict[tuple[str, tuple[str, ...]], tuple[str, Opinion]] = OrderedDict()
        self.refused: UnreadableSorter | None = None

    @property
    def version(self) -> str:
        """What tells as of the last look."""
        return self._current.version if self._current else WORDS_ALONE

    @property
    def embedder(self) -> str | None:
        """The model by whose vectors that was learned; None where words alone tell."""
        return self._current.embedder if self._current else None

    async def look(self) -> None:
        """Take over what is in force; cheap when it did not change. What cannot be read tells nothing: the last that can does, else words alone."""
        reigns = await self._store.reigns(LINE)
        self._current, self.refused = await self._newest_readable(dict.fromkeys(reign.version for reign in reigns)) if reigns else (None, None)

    def warning(self) -> str:
        """What people must know while another version tells than should; empty when all is well."""
        if self.refused is None:
            return ""
        stays = f"{self.version}, the last that can be read, tells" if self._current else "words alone tell"
        return f"{self.refused.message} Meanwhile {stays} what tickets are about. {self.refused.next_step}"

    async def _newest_readable(self, versions: Iterable[str]) -> "tuple[Sorter | None, UnreadableSorter | None]":
        from agent.learning.sorter import UnreadableSorter  # with numpy, which takes a while to load

        refused: UnreadableSorter | None = None
        for version in versions:
            try:
                return await self._read(version), refused
            except UnreadableSorter as error:
                refused = refused or error
        log.warning("nothing that was learned of tickets can be read", why=refused.message if refused else "")
        return None, refused

    async def by_examples(self, texts: Sequence[str], language: str | None, *, here_only: bool) -> tuple[str, Sequence[Opinion]] | None:
        """What was learned says of each text."""
        sorter, meaning = self._current, self._meaning
        if sorter is None or meaning is None or sorter.embedder != meaning.model or not sorter.speaks(language):
            return None
        if meaning.leaves and here_only:
            return None
        vectors = await meaning.of([without(text) for text in texts])
        if vectors is None:
            log.warning("tickets are told by words alone", why=meaning.problem)
            return None
        return sorter.version, sorter.opinions(vectors)

    async def by_model(self, text: str, products: Collection[str]) -> tuple[str, Opinion] | None:
        """What the model chooses. The same text is asked about once in the life of a process, so that an answer stands while a run goes on."""
        if self._writer is None:
            return None
        about = (without(text[:MOST_CHARS]), tuple(products))
        if about not in self._chosen:
            try:
                async with asyncio.timeout(MODEL_S):
                    self._chosen[about] = await self._choose(*about)
            except (WriterUnavailable, TimeoutError) as error:
                log.info("the model told nothing of a ticket", why=str(error) or "it did not answer in time")
                return None
            if len(self._chosen) > _REMEMBERED:
                self._chosen.popitem(last=False)
        return self._chosen[about]

    async def _choose(self, text: str, products: tuple[str, ...]) -> tuple[str, Opinion]:
        assert self._writer is not None, "asked for first"  # noqa: S101  wrong wiring, not wrong input
        prompt, lists = load_prompts()[PROMPT], {"kind": KINDS, "product": products}
        answer = await self._writer.ask(
            replace(prompt, output=choosing(prompt.output, lists)),
            {"kinds": "\n".join(KINDS), "products": "\n".join(products) or NONE_OF_THEM, "ticket": fenced(text)},
        )  # fmt: skip
        kind, product = (_of(answer.get(name), allowed) for name, allowed in lists.items())
        return prompt.hash, Opinion(kind, product)

    async def _read(self, version: str) -> "Sorter | None":
        """None for words alone. Raises UnreadableSorter."""
        from agent.learning.sorter import UnreadableSorter, sorter_from_json

        if version == WORDS_ALONE:
            return None
        if version not in self._known:
            text = await self._store.model_parameters(version, LINE)
            if text is None:
                raise UnreadableSorter(version, "it is not there")
            self._known[version] = sorter_from_json(version, text)
        return self._known[version]


def choosing(output: dict[str, Any], lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The schema of an answer that can be nothing but one of the lists, or none of them."""
    properties = {name: {**spec, "enum": [*lists[name], NONE_OF_THEM]} for name, spec in output["properties"].items()}
    return {**output, "properties": properties}


def _of(said: Any, allowed: Sequence[str]) -> Guess | None:
    """What is not on the list was not said."""
    return Guess(said, BY_MODEL) if said in allowed else None
