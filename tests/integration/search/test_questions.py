"""Questions as people ask them, to the sandbox's own help centre: most find their article; what nothing answers is no answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.sandbox.sandbox import Sandbox
from tests.integration.search.conftest import Searched
from tools.articles import STRONG

QUESTIONS: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))


async def found(sandbox: Sandbox, question: str) -> Sequence[tuple[str, float]]:
    materials = await sandbox.search.articles(question, visibility=None, product=None, language="en", at_most=5, here_only=False)
    return [(one.id, one.strength) for one in materials]


@pytest.mark.slow
async def test_questions_find_their_articles(by_meaning: Searched) -> None:
    sandbox, index = by_meaning
    await sandbox.seed()
    await index.settle()
    answered = [({*right}, await found(sandbox, question)) for question, right in QUESTIONS["answered"]]
    first = sum(bool(hits) and hits[0][0] in right for right, hits in answered)
    among_five = sum(bool(right & {name for name, _ in hits}) for right, hits in answered)
    assert (first / len(answered), among_five / len(answered)) >= (0.8, 0.9), (first, among_five)
    assert among_five / len(answered) >= 0.9
    strongest = [max((strength for _, strength in await found(sandbox, question)), default=0.0) for question in QUESTIONS["none"]]
    assert max(strongest) < STRONG
