"""Changes on their way: a draft that people write, a publication that is in force, and the times in which versions were."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent.playbook.changing import Setting

DraftState = Literal["open", "proposed", "published", "discarded"]
"""open: being written · proposed: waits for a second person · published: in force, or once was · discarded"""


@dataclass(frozen=True, slots=True)
class Draft:
    """Changes of the version `base`. `revision` grows with every write, so that nobody overwrites what they have not seen.

    `authors`: whoever wrote to it; none of them may approve it. `why`: what it is proposed for.
    """

    id: int
    title: str
    base: str
    changes: tuple[Setting, ...]
    revision: int
    state: DraftState
    why: str
    authors: tuple[str, ...]
    created_by: str
    created_at: datetime
    updated_by: str
    updated_at: datetime
    proposed_by: str | None = None
    approved_by: str | None = None

    @property
    def live(self) -> bool:
        """Somebody may still write to it."""
        return self.state in ("open", "proposed")


@dataclass(frozen=True, slots=True)
class Publication:
    """The whole set of changes that lies over the folder from `at` on. `rolled_back_to`: the version that it goes back to."""

    seq: int
    version: str
    base: str
    changes: tuple[Setting, ...]
    by: str
    approved_by: str | None
    why: str
    at: datetime
    draft: int | None = None
    rolled_back_to: str | None = None


@dataclass(frozen=True, slots=True)
class PlaybookReign:
    """That a version came into force: what the folder alone was then, and which publication lay over it."""

    version: str
    folder: str
    publication: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DraftTrial:
    """What a revision of a draft would have done to history, as plain JSON of a simulation."""

    draft: int
    revision: int
    by: str
    at: datetime
    found: dict[str, Any]
