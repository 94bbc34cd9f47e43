"""Vectors as they are stored: half-precision numbers, of length 1 together."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from integrations.db.driver import rows, write
from integrations.db.search_rows import NUMBER_BYTES

Floats = NDArray[np.float32]

READ_AT_ONCE = 4096
_STORED = "SELECT seq, digest, vector FROM search_vectors WHERE model = ? AND seq > ? ORDER BY seq LIMIT ?"

TOLERANCE = 0.02
"""Rounding to half precision moves the length of a vector by less than this."""


def stored(vectors: Floats) -> list[bytes]:
    """Each row as it is kept."""
    return [vector.tobytes() for vector in vectors.astype(np.float16)]


def opened(kept: Sequence[bytes], numbers: int) -> tuple[Floats, NDArray[np.bool_]]:
    """A row of so many numbers for each, and which of them are vectors: what was overwritten has another length of bytes, or is not of length 1,
    as zeros are not, nor what is no number. Rows of those that are none say nothing.
    """
    long, size = np.array([len(one) for one in kept], np.int64), NUMBER_BYTES * numbers
    whole = (one if len(one) == size else bytes(size) for one in kept)
    found = np.frombuffer(b"".join(whole), np.float16).reshape(len(kept), numbers).astype(np.float32)
    with np.errstate(invalid="ignore", over="ignore"):  # of numbers that are none or endless the length is none either
        lengths = np.sqrt((found * found).sum(axis=1))
    return found, (long == size) & (np.abs(lengths - 1) <= TOLERANCE)


def damaged(connection: Connection, model: str, numbers: int) -> set[str]:
    """The digests of texts whose stored vector is none. `numbers`: how many a vector of the model has; 0: as most of those that are stored."""
    found, after = set[str](), 0
    while some := rows(connection, _STORED, model, after, READ_AT_ONCE):
        after, kept = some[-1][0], [vector for _, _, vector in some]
        numbers = numbers or _usual(kept)
        _, sound = opened(kept, numbers)
        found |= {digest for (_, digest, _), fits in zip(some, sound, strict=True) if not fits}
    return found


def forget_damaged(connection: Connection, model: str, numbers: int, digests: Collection[str]) -> int:
    """Forget those of these texts whose vector is none; returns how many. What somebody else has made anew meanwhile stays."""
    gone = damaged(connection, model, numbers) & {*digests}
    write(connection, "DELETE FROM search_vectors WHERE model = ? AND digest = ?", [(model, digest) for digest in sorted(gone)])
    return len(gone)


def _usual(kept: Sequence[bytes]) -> int:
    return Counter(map(len, kept)).most_common(1)[0][0] // NUMBER_BYTES
