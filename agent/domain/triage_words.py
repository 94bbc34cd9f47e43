"""What tells, by its words alone, what kind of issue a ticket is: the part of a playbook that `triage.yaml` holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from agent.domain.phrases import begins_with, fault_of, folded, found
from agent.domain.plays import Part

KINDS = ("question", "problem", "incident", "bug", "refund", "request")
"""The kinds of issue, as helpdesks know them."""

_GRAVEST_FIRST = ("incident", "bug", "refund", "problem", "request", "question")

AT_MOST = 10
"""More different words say nothing more."""


class Product(Part):
    """What a module is called, and how its codes look."""

    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Automatic(Part):
    """How mail that no person wrote begins: its subject, and its first sentences."""

    subject: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


class Sure(Part):
    """How sure is sure enough.

    `chance`: from it on what the examples say is taken. `dispute`: from it on they may contradict the helpdesk. A text is about something else where
    it is less familiar than `familiar`, or no kind is as likely as `scope`.
    """

    chance: float = Field(default=0.6, ge=0, le=1)
    dispute: float = Field(default=0.9, ge=0, le=1)
    familiar: float = Field(default=0.03, ge=0, le=1)
    scope: float = Field(default=0.35, ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that the words name, and those that do."""

    name: str
    words: tuple[str, ...]


class TriageWords(Part):
    """Phrases by what they tell, in all the languages that customers write in; see `agent.domain.phrases` for how one is written.

    Where words of several kinds are there, the graver kind is told; where several modules are named, none.
    """

    kinds: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    products: Mapping[str, Product] = Field(default_factory=dict)
    severity: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    upset: tuple[str, ...] = ()
    automatic: Automatic = Automatic()
    sure: Sure = Sure()

    def says_nothing(self) -> bool:
        """Whether nobody has written any."""
        return self == TriageWords()

    def kind_in(self, text: str) -> Named | None:
        """The kind that the words of a text name."""
        named = ((kind, found(self.kinds.get(kind, ()), text)) for kind in _GRAVEST_FIRST)
        return next((Named(kind, tuple(said)) for kind, said in named if said), None)

    def product_in(self, text: str) -> Named | None:
        """The module that a text names by a code, else by words."""
        by_code = {name: one.codes for name, one in self.products.items()}
        return _only(by_code, text) or _only({name: one.words for name, one in self.products.items()}, text)

    def severity_in(self, *texts: str) -> list[str]:
        """What tells of a grave fault."""
        return found(tuple(phrase for phrases in self.severity.values() for phrase in phrases), *texts)[:AT_MOST]

    def upset_in(self, *texts: str) -> list[str]:
        """What somebody writes who is angry."""
        return found(self.upset, *texts)[:AT_MOST]

    def is_automatic(self, subject: str, opening: str) -> bool:
        """Whether no person wrote this, by how it begins. A phrase that ends in a colon may also be the whole subject, without it."""
        whole = {folded(phrase).rstrip(" :") for phrase in self.automatic.subject}
        return folded(subject).strip() in whole or begins_with(self.automatic.subject, subject) or bool(found(self.automatic.text, opening))

    def faults(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What is wrong with it, each with where that stands: phrases that cannot be looked for, and such as tell two things at once."""
        for kind in self.kinds.keys() - set(KINDS):
            yield ("kinds", kind), f"there is no kind of issue '{kind}'; there are {', '.join(KINDS)}"
        told: dict[tuple[str, str], str] = {}
        for path, phrase in self._phrases():
            if wrong := fault_of(phrase):
                yield path, f"'{phrase}' cannot be looked for: {wrong}"
            what, thing = str(path[0]), str(path[1])
            first = told.setdefault((what, folded(phrase)), thing)
            if what in ("kinds", "products") and first != thing:
                yield path, f"'{phrase}' tells {thing} and {first}; it must tell one of them"

    def _phrases(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for group, listed in (("kinds", self.kinds), ("severity", self.severity)):
            for name, phrases in listed.items():
                yield from (((group, name, i), phrase) for i, phrase in enumerate(phrases))
        for name, product in self.products.items():
            for key, phrases in (("codes", product.codes), ("words", product.words)):
                yield from ((("products", name, key, i), phrase) for i, phrase in enumerate(phrases))
        yield from ((("upset", i), phrase) for i, phrase in enumerate(self.upset))
        for key, phrases in (("subject", self.automatic.subject), ("text", self.automatic.text)):
            yield from ((("automatic", key, i), phrase) for i, phrase in enumerate(phrases))


NO_WORDS = TriageWords()
"""Of a playbook that has none."""


def _only(phrases: Mapping[str, tuple[str, ...]], text: str) -> Named | None:
    """What is named, if that is one thing alone."""
    named = [Named(name, tuple(said)) for name, of in phrases.items() if (said := found(of, text))]
    return named[0] if len(named) == 1 else None
