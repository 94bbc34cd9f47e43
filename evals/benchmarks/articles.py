"""Help articles and what people want of them: does the product's search find the articles that the task needs?

The search is asked with the whole text of the task, as long as it is; in the product, what asks is a ticket's subject or a colleague's question.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from agent.errors import InvalidInput
from evals.benchmarks.bm25 import Bm25
from evals.benchmarks.figures import Entry, Metric, Report, Skipped, Source, mean, read, share, told
from evals.cases import START
from evals.stage import DATABASE, Alone
from integrations.bootstrap import open_workspace
from integrations.search import query
from integrations.search.index import ArticleIndex
from integrations.search.looking import Asking
from integrations.search.shelves import Allowed
from integrations.search.strength import Strength
from tools.ports import Asked, Search

DOCUMENTS, TASKS = "documents.jsonl", "tasks.json"
AT_MOST = 20
HITS, RECALLS = (1, 5), (10, 20)
ABOUT = "hit@k: a needed article is among the first k. recall@k: mean share of the needed ones that are. Baseline: BM25 over stemmed words."

Found = Sequence[Sequence[str]]
"""For each task the ids of the articles that were found, best first."""


ALONE: dict[str, Strength] = {"words alone": lambda found: found.words, "meaning alone": lambda found: found.likeness or 0.0}
"""Each half of the search by itself."""


def measure(data: Path) -> Report:
    """Search once for each task that needs articles. Raises Skipped, InvalidInput."""
    documents, documents_sha = read(data, DOCUMENTS)
    tasks, tasks_sha = read(data, TASKS)
    asked = [(_wish(task), _needed(task)) for task in tasks if task.get("required_documents")]
    if not asked:
        raise Skipped(f"{data / TASKS} has no task with required_documents")
    needed = [wanted for _, wanted in asked]
    found = asyncio.run(_searched(documents, [wish for wish, _ in asked]))
    plain = Bm25([f"{told(one, 'title', DOCUMENTS)} {told(one, 'content', DOCUMENTS)}" for one in documents])
    trivial = [[str(documents[place]["id"]) for place in plain.best(wish, AT_MOST)] for wish, _ in asked]
    metrics = {f"{name}{half and f', {half}'}": metric for half, way in found.items() for name, metric in _metrics(way, trivial, needed).items()}
    without = "" if len(found) > 1 else " Search by meaning is not installed: pip install 'nextplay[semantic]'."
    return Report("articles", [Source(DOCUMENTS, documents_sha, len(documents)), Source(TASKS, tasks_sha, len(asked))], metrics, ABOUT + without)


async def _searched(documents: Sequence[Entry], wishes: Sequence[str]) -> dict[str, Found]:
    """What the product finds (under no name), and each half of its search by itself, where there are two."""
    entries = [
        {"id": told(one, "id", DOCUMENTS), "title": told(one, "title", DOCUMENTS), "body": told(one, "content", DOCUMENTS), "visibility": "internal"}
        for one in documents
    ]
    with TemporaryDirectory() as folder:
        async with open_workspace(Alone(database_url=f"sqlite:///{Path(folder) / DATABASE}"), at=START) as workspace:
            await workspace.sandbox.apply(json.dumps({"articles": entries}))
            index, search = workspace.index, workspace.systems.sources.search
            if index.meaning is not None:
                await index.meaning.catch_up()
            product: dict[str, Found] = {"": [await _product(search, wish) for wish in wishes]}
            if index.meaning is None:
                return product
            return product | {half: [await _half(index, wish, judge) for wish in wishes] for half, judge in ALONE.items()}


async def _product(search: Search, wish: str) -> list[str]:
    [found] = await search.articles([Asked(wish, here_only=False, language="en")], at_most=AT_MOST)
    return [one.id for one in found]


async def _half(index: ArticleIndex, wish: str, judge: Strength) -> list[str]:
    [found] = await index.find([Asking(query.read(wish), Allowed("en"))], judge=judge)
    return [hit.article for hit in found.hits[:AT_MOST]]


def _metrics(found: Found, trivial: Found, needed: Sequence[frozenset[str]]) -> dict[str, Metric]:
    hits = {f"hit@{k}": _hit(found, trivial, needed, k) for k in HITS}
    return hits | {f"recall@{k}": _recall(found, trivial, needed, k) for k in RECALLS}


def _hit(found: Found, trivial: Found, needed: Sequence[frozenset[str]], k: int) -> Metric:
    hits, other = ([not wanted.isdisjoint(ids[:k]) for ids, wanted in zip(ways, needed, strict=True)] for ways in (found, trivial))
    return share(sum(hits), len(hits), baseline=fmean(other))


def _recall(found: Found, trivial: Found, needed: Sequence[frozenset[str]], k: int) -> Metric:
    own, other = ([len(wanted & set(ids[:k])) / len(wanted) for ids, wanted in zip(ways, needed, strict=True)] for ways in (found, trivial))
    return mean(own, baseline=fmean(other))


def _wish(task: Entry) -> str:
    scenario = task.get("user_scenario")
    if not isinstance(scenario, dict):
        raise InvalidInput(f"A task of {TASKS} has no user_scenario.", "Get the file again from where it came from.")
    return told(scenario, "instructions", TASKS)


def _needed(task: Entry) -> frozenset[str]:
    return frozenset(map(str, task["required_documents"]))
