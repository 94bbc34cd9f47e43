"""What a tool gives back, and how a tool says that it only reads.

A tool emits the facts it knows and leaves out what is unknown; the wrapper adds the rest of what the tool `gives` as
*missing*, so that no fact is ever silently absent.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, Literal, ParamSpec

from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, Status
from tools.ports import SourceError

P = ParamSpec("P")

ENTITY_ROOTS = frozenset({"contact", "group", "asset", "article"})
"""Roots whose facts exist once for each contact, group or piece of content."""


class Access(StrEnum):
    """Whether a tool may change anything."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool found.

    `ok`: facts, and records in `extras`. `no_data`: the sources answered, and there is no such thing. `error`: a
    source did not answer; `problem` says which and how, `next_step` what to do about it. Facts that could not be read
    are present as missing in each case.
    """

    status: Literal["ok", "no_data", "error"]
    facts: tuple[Fact, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    next_step: str = ""
    silent: SourceError | None = None
    """Who did not answer; a SourceBusy would if it were asked later."""


@dataclass(frozen=True)
class Tool(Generic[P]):
    """A deterministic tool: an async function of ports, ids and a moment, with what it gives. Calling it never raises
    SourceError.
    """

    name: str
    access: Access
    about: str
    gives: tuple[str, ...]
    run: Callable[P, Awaitable[ToolResult]]

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ToolResult:
        """Run the tool. A source that does not answer gives an `error` result."""
        try:
            result = await self.run(*args, **kwargs)
        except SourceError as error:
            return replace(self.failed(str(error), f"Check that {error.source} is up and reachable; the next run reads it again."), silent=error)
        return replace(result, facts=_complete(result.facts, self.gives))

    def failed(self, problem: str, next_step: str) -> ToolResult:
        """The result when a source failed: everything the tool gives is missing, with the problem in each fact's
        source.
        """
        facts = tuple(missing(name, problem) for name in self.gives if root_of(name) not in ENTITY_ROOTS)
        return ToolResult("error", facts, problem=problem, next_step=next_step)


def reads(*gives: str) -> Callable[[Callable[P, Awaitable[ToolResult]]], Tool[P]]:
    """Declare a tool that only reads, and the fact names that it gives."""

    def declare(run: Callable[P, Awaitable[ToolResult]]) -> Tool[P]:
        about = " ".join((run.__doc__ or "").partition("\n\n")[0].split())
        return Tool(run.__name__, Access.READ, about, gives, run)

    return declare


def facts_of(root: str, *, but: Iterable[str] = ()) -> tuple[str, ...]:
    """All catalogue names of a root, except some."""
    skipped = frozenset(but)
    return tuple(name for name in CATALOGUE if root_of(name) == root and name not in skipped)


def missing(name: str, why: str = "", of: str | None = None) -> Fact:
    """A fact that is not known. `why` goes into its source, because that is what a reader looks at."""
    source = CATALOGUE[name].source
    return Fact(name, None, f"{source} ({why})" if why else source, None, None, Status.MISSING, of)


def uncounted(names: Iterable[str], lost: Sequence[str], what: str) -> tuple[Fact, ...]:
    """Facts that are counted in, or chosen from, a list of which a part cannot be read: not known. None where nothing is lost."""
    why = f"{len(lost)} of its {what} cannot be read: nextplay systems faults"
    return tuple(missing(name, why) for name in names) if lost else ()


def root_of(name: str) -> str:
    """The part of a fact's name before the dot."""
    return name.partition(".")[0]


def _complete(facts: tuple[Fact, ...], gives: tuple[str, ...]) -> tuple[Fact, ...]:
    """Add what a tool gives and did not emit. Entity facts are completed for each entity that the tool found."""
    entities = dict.fromkeys((root_of(fact.name), fact.of) for fact in facts if fact.of is not None)
    present = {(fact.name, fact.of) for fact in facts}
    wanted = [
        (name, of) for name in gives for of in ([of for root, of in entities if root == root_of(name)] if root_of(name) in ENTITY_ROOTS else [None])
    ]
    return facts + tuple(missing(name, of=of) for name, of in wanted if (name, of) not in present)
