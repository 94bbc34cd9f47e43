"""Turning texts into vectors, so that what means the same lies near: the port, and what can go wrong."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from agent.errors import Unavailable

if TYPE_CHECKING:  # numpy takes a while to load, and most commands compare nothing
    import numpy as np
    from numpy.typing import NDArray


PATIENCE_S = 1.5
"""So long somebody who decides waits for the vectors of a question: what goes on without them has 5 seconds for everything."""


class EmbedderUnavailable(Unavailable):
    """Texts cannot be compared by meaning at the moment."""


class Embedder(Protocol):
    """A model that texts are compared by. Vectors of different models cannot be compared."""

    @property
    def model(self) -> str:
        """Its name, which vectors are kept under: another name, and every text is embedded anew."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """Two-letter codes of the languages that it was trained on; None: of all."""
        ...

    @property
    def leaves(self) -> bool:
        """Whether what is embedded leaves this machine."""
        ...

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> "NDArray[np.float32]":
        """A row of length 1 for each text, in their order. Raises EmbedderUnavailable.

        `within_s`: whoever is elsewhere and has not answered by then has failed; None where nobody waits, and it may take long.
        """
        ...
