"""Questions as people ask them, to the sandbox's own help centre: most find their article; what nothing answers is no answer.

The suite `article-questions` asks the same through the whole machine (`nextplay eval run article-questions`).
"""

from collections.abc import Sequence

import pytest

from evals.cases import NO_ARTICLE
from evals.loading import load_suites
from integrations.sandbox.sandbox import Sandbox
from tests.integration.search.conftest import Searched
from tools.articles import STRONG
from tools.ports import Asked

CASES = [one.case for one in load_suites(["article-questions"])["article-questions"]]
QUESTIONS = [(event["query"], case.expect[0].relevant) for case in CASES for event in case.event or ()]


async def found(sandbox: Sandbox, question: str) -> Sequence[tuple[str, float]]:
    [finds] = await sandbox.search.articles([Asked(question, here_only=False)], at_most=5)
    return [(one.id, one.strength) for one in finds]


@pytest.mark.slow
async def test_questions_find_their_articles(by_meaning: Searched) -> None:
    sandbox, index = by_meaning
    await sandbox.seed()
    await index.settle()
    answered = [({*right}, await found(sandbox, question)) for question, right in QUESTIONS if right != NO_ARTICLE]
    first = sum(bool(hits) and hits[0][0] in right for right, hits in answered)
    among_five = sum(bool(right & {name for name, _ in hits}) for right, hits in answered)
    assert (first / len(answered), among_five / len(answered)) >= (0.8, 0.9), (first, among_five)
    assert among_five / len(answered) >= 0.9
    nothing = [question for question, right in QUESTIONS if right == NO_ARTICLE]
    assert len(nothing) >= 20
    strongest = [max((strength for _, strength in await found(sandbox, question)), default=0.0) for question in nothing]
    assert max(strongest) < STRONG
