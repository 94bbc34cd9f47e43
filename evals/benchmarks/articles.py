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

DOCUMENTS, TASKS = "documents.jsonl", "tasks.json"
AT_MOST = 20
HITS, RECALLS = (1, 5), (10, 20)

Found = Sequence[Sequence[str]]
"""For each task the ids of the articles that were found, best first."""


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
    return Report(
        "articles",
        [Source(DOCUMENTS, documents_sha, len(documents)), Source(TASKS, tasks_sha, len(asked))],
        {**{f"hit@{k}": _hit(found, trivial, needed, k) for k in HITS}, **{f"recall@{k}": _recall(found, trivial, needed, k) for k in RECALLS}},
        about="hit@k: a needed article is among the first k. recall@k: mean share of the needed ones that are. Baseline: BM25 over stemmed words.",
    )


async def _searched(documents: Sequence[Entry], wishes: Sequence[str]) -> Found:
    entries = [
        {"id": told(one, "id", DOCUMENTS), "title": told(one, "title", DOCUMENTS), "body": told(one, "content", DOCUMENTS), "visibility": "internal"}
        for one in documents
    ]
    with TemporaryDirectory() as folder:
        async with open_workspace(Alone(database_url=f"sqlite:///{Path(folder) / DATABASE}"), at=START) as workspace:
            await workspace.sandbox.apply(json.dumps({"articles": entries}))
            search = workspace.sandbox.sources.search
            return [[one.id for one in await search.articles(wish, visibility=None, product=None, language="en", at_most=AT_MOST)] for wish in wishes]


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
