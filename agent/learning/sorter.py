"""What the deployment's own settled tickets teach of kinds of issues and of modules: two linear models over embeddings, kept as one version."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from agent.domain.claims.personal_data import without
from agent.domain.triage_words import KINDS, TriageWords
from agent.errors import NextplayError
from agent.learning.folds import measure
from agent.learning.held_out import Vectors
from agent.learning.kinds import Kinds, Told, TooFewExamples, learn, learnable
from agent.ports import ModelVersion
from tools.asking import heard
from tools.ports import Snapshot
from tools.tickets import SETTLED, status_of
from tools.triage import Guess, Opinion

SCHEMA = 1
FEWEST = 50
"""Settled tickets in all; with fewer nothing is learned."""
MOST = 4_000
"""Newest ones that are learned from: to embed each takes some milliseconds."""


class UnreadableSorter(NextplayError):
    """A stored version cannot be read."""

    def __init__(self, version: str, why: str) -> None:
        super().__init__(
            f"What was learned as {version} cannot be read: {why}.", "Put another in force: nextplay triage rollback VERSION --why … --as …"
        )


@dataclass(frozen=True, slots=True)
class Example:
    """A settled ticket: what it is about in few words, and what people filed it as."""

    ticket: str
    text: str
    kind: str | None
    product: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Sorter:
    """One version. Its vectors are those of the embedder `embedder`, which knows `languages` (None: all); other vectors say nothing to it."""

    version: str
    embedder: str
    languages: tuple[str, ...] | None
    kinds: Kinds | None
    products: Kinds | None

    def speaks(self, language: str | None) -> bool:
        """Whether texts of a language can be told. One that is not known is taken to be."""
        return self.languages is None or language is None or language in self.languages

    def opinions(self, vectors: Vectors) -> list[Opinion]:
        """What is told of each text. How familiar it is, modules tell where they were learned: kinds of issues are alike in form, not in matter."""
        told = zip(_told(self.kinds, vectors), _told(self.products, vectors), strict=True)
        return [Opinion(_guess(kind), _guess(product), _familiar(product or kind)) for kind, product in told]


def settled(tickets: Iterable[Snapshot], words: TriageWords, languages: frozenset[str] | None) -> list[Example]:
    """What there is to learn from: tickets that people settled and filed, in a language that the embedder knows, and no automatic mail."""
    done = [one for one in tickets if status_of(one.data) in SETTLED and _filed(one)]
    newest = sorted(done, key=lambda one: (one.as_of, one.id), reverse=True)[:MOST]
    return [example for one in sorted(newest, key=lambda one: one.id) if (example := _example(one, words, languages))]


def digest_of(examples: Sequence[Example], embedder: str) -> str:
    """The name of what they teach: the same examples and embedder, the same name."""
    said = json.dumps([SCHEMA, embedder, *([e.ticket, e.text, e.kind, e.product] for e in examples)])
    return f"triage-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def check_enough(examples: Sequence[Example]) -> None:
    """Raises TooFewExamples where neither kinds nor modules can be learned: before anything is embedded."""
    try:
        learnable([one.kind for one in examples if one.kind is not None])
    except TooFewExamples:
        learnable([one.product for one in examples if one.product is not None])


def train(
    examples: Sequence[Example], vectors: Vectors, *, embedder: str, languages: frozenset[str] | None, at: datetime, by: str
) -> tuple[Sorter, ModelVersion]:
    """What the examples teach, and what is kept of it. A model that tells no better than how often each kind comes is left out.

    Raises TooFewExamples where neither kinds nor modules can be learned.
    """
    kinds, of_kinds = _learned(vectors, [one.kind for one in examples])
    products, of_products = _learned(vectors, [one.product for one in examples])
    if kinds is None and products is None:
        raise TooFewExamples(of_kinds["why"])
    spoken = None if languages is None else tuple(sorted(languages))
    sorter = Sorter(digest_of(examples, embedder), embedder, spoken, kinds, products)
    counts = (sum(one.kind is not None for one in examples), sum(one.product is not None for one in examples))
    best = of_kinds if kinds is not None else of_products
    made = ModelVersion(
        version=sorter.version, made_at=at, made_by=by, trained_until=at, cases=counts[0], labels=counts[1], loss_before=best["loss_before"],
        loss_after=best["loss_after"], report={"kind": of_kinds, "product": of_products, "embedder": embedder},
    )  # fmt: skip
    return sorter, made


def sorter_to_json(sorter: Sorter) -> str:
    """The version as canonical JSON."""
    stored = {
        "schema": SCHEMA, "embedder": sorter.embedder, "languages": sorter.languages,
        "kinds": _packed(sorter.kinds), "products": _packed(sorter.products),
    }  # fmt: skip
    return json.dumps(stored, sort_keys=True, separators=(",", ":"))


def sorter_from_json(version: str, text: str) -> Sorter:
    """The version of that name. Raises UnreadableSorter with what is wrong."""
    try:
        stored = json.loads(text)
        if stored["schema"] != SCHEMA:
            raise UnreadableSorter(version, f"it has schema {stored['schema']}, this release knows {SCHEMA}")
        languages = None if stored["languages"] is None else tuple(map(str, stored["languages"]))
        return Sorter(version, str(stored["embedder"]), languages, _unpacked(stored["kinds"]), _unpacked(stored["products"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableSorter(version, f"a part of it is not as it should be ({type(error).__name__}: {error})") from None


def _filed(ticket: Snapshot) -> bool:
    return ticket.data.get("type") in KINDS or bool(ticket.data.get("product"))


def _example(ticket: Snapshot, words: TriageWords, languages: frozenset[str] | None) -> Example | None:
    data, said = ticket.data, heard(ticket.data)
    language = str(data.get("language") or "")[:2].lower()
    foreign = languages is not None and language not in {"", *languages}
    if foreign or not said.both or words.is_automatic(said.subject, said.opening):
        return None
    kind, product = data.get("type"), data.get("product")
    return Example(ticket.id, without(said.both), str(kind) if kind in KINDS else None, str(product) if product else None)


def _learned(vectors: Vectors, labels: Sequence[str | None]) -> tuple[Kinds | None, dict[str, Any]]:
    """The model of these labels with how well it tells what it was not taught; None where it is of no use."""
    rows = np.array([place for place, label in enumerate(labels) if label is not None], np.int64)
    own, given = vectors[rows], [label for label in labels if label is not None]
    report: dict[str, Any] = {"examples": dict(sorted(Counter(given).items())), "loss_before": None, "loss_after": None, "used": False}
    try:
        whole, found = learn(own, given), measure(own, given)
    except TooFewExamples as error:
        return None, {**report, "why": str(error)}
    measured = {"told": found.told, "right": found.right, "loss_before": found.loss_before, "loss_after": found.loss_after}
    if found.loss_after >= found.loss_before:
        return None, {**report, **measured, "why": "it tells what it was not taught no better than how often each comes"}
    return replace(whole, temperature=found.temperature, known=found.known), {**report, **measured, "used": True, "why": ""}


def _told(kinds: Kinds | None, vectors: Vectors) -> Sequence[Told | None]:
    return [None] * len(vectors) if kinds is None else kinds.tell(vectors)


def _guess(told: Told | None) -> Guess | None:
    return None if told is None else Guess(told.kind, round(told.chance, 4))


def _familiar(told: Told | None) -> float | None:
    return None if told is None else round(told.familiar, 4)


def _packed(kinds: Kinds | None) -> dict[str, Any] | None:
    if kinds is None:
        return None
    return {
        "names": list(kinds.names), "weights": _text(kinds.weights), "centres": _text(kinds.centres), "temperature": kinds.temperature,
        "usual": [list(pair) for pair in kinds.usual], "known": _text(kinds.known),
    }  # fmt: skip


def _unpacked(stored: dict[str, Any] | None) -> Kinds | None:
    if stored is None:
        return None
    names = tuple(str(name) for name in stored["names"])
    weights, centres, known = (_array(stored[name]) for name in ("weights", "centres", "known"))
    usual = tuple((float(mean), float(spread)) for mean, spread in stored["usual"])
    if weights.shape != (centres.shape[1] + 1, len(names)) or len(centres) != len(names) or len(usual) != 2 or known.ndim != 1 or not len(known):
        raise ValueError("its parts do not fit each other")
    return Kinds(names, weights, centres, float(stored["temperature"]), usual, known)


def _text(array: Vectors) -> dict[str, Any]:
    return {"shape": list(array.shape), "float32": base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()}


def _array(stored: dict[str, Any]) -> Vectors:
    found = np.frombuffer(base64.b64decode(stored["float32"], validate=True), "<f4").reshape(stored["shape"]).astype(np.float32)
    if not np.isfinite(found).all():
        raise ValueError("a number in it is not finite")
    return found
