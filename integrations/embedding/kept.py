"""Vectors of texts that were embedded before: few words of a ticket are told whenever it is decided again, and learned from day after day."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tools.embedding import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 8_000
"""Texts of which the vector is kept, some two kilobytes each: twice as many as are learned from at once."""


class Kept:
    """Implements `tools.embedding.Embedder`: embeds by another what it has not kept. A text has one vector, whatever it is embedded with."""

    def __init__(self, embedder: Embedder, most: int = MOST) -> None:
        self._embedder, self._most = embedder, most
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def languages(self) -> frozenset[str] | None:
        return self._embedder.languages

    @property
    def leaves(self) -> bool:
        return self._embedder.leaves

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> "NDArray[np.float32]":
        """A row of length 1 for each text. Raises EmbedderUnavailable."""
        import numpy as np  # takes a while to load, and most commands compare nothing

        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        if lacking := [text for text in dict.fromkeys(texts) if text not in known]:
            known |= zip(lacking, map(np.copy, await self._embedder.embed(lacking, within_s=within_s)), strict=True)
        self._keep(known)
        return np.stack([known[text] for text in texts]) if texts else await self._embedder.embed(texts)

    def _keep(self, used: "Mapping[str, NDArray[np.float32]]") -> None:
        """What was used last is kept longest."""
        self._vectors.update(used)
        for text in used:
            self._vectors.move_to_end(text)
        while len(self._vectors) > self._most:
            self._vectors.popitem(last=False)
