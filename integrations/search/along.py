"""Keeps the index whole while a server runs: what changed is embedded, and all of it where the model is another one."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from integrations.search.index import ArticleIndex
from tools.embedding import EmbedderUnavailable

log = structlog.get_logger()

EVERY_S, AFTER_TROUBLE_S = 10.0, 60.0
TOLD_EVERY = 1024
"""Vectors after which a long pass tells how far it has come."""


async def keep_embedded(index: ArticleIndex, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Do so until cancelled. While the model cannot be asked, search goes by words, and it is tried again later."""
    silent = ""
    while True:
        try:
            made = await index.settle(lambda made: _tell(made) if made % TOLD_EVERY == 0 else None)
            if made or silent:
                log.info("search by meaning is up to date", made=made)
            silent = ""
        except EmbedderUnavailable as error:
            if str(error) != silent:
                log.warning("search by meaning does not go on", why=str(error))
            silent = str(error)
        except Exception as error:
            log.exception("search by meaning failed")
            silent = type(error).__name__
        await sleep(AFTER_TROUBLE_S if silent else EVERY_S)


def _tell(made: int) -> None:
    log.info("embedding articles", passages=made)
