"""What a case says of articles: which answer, or that none does. Both can fail, and what is measured tells them apart."""

from pathlib import Path

import pytest

from evals.loading import load_suites
from evals.measuring import metrics
from evals.results import Result
from evals.running import Plan, run
from tests.evals.made import result, suite

CASE = """
purpose: A question to a help centre of one article.
world: empty
given:
  people: [{{id: kim, email: kim@v.example, name: Kim Ode, roles: [support_agent]}}]
  articles:
    - {{id: code, title: 'TS-4012: the authorisation has ended', body: Connect the system again under Connectors., visibility: public, locale: en,
       url: 'https://help.v.example/code', topics: [integrations], updated_at: '@-1d'}}
event: {{type: request.search, question: q-1, actor: kim, query: '{query}'}}
expect:
  relevant: [{relevant}]
"""
ASKED, OTHER = "TS-4012 the authorisation has ended", "what is the capital of Mongolia"


def played(folder: Path, query: str, relevant: str) -> Result:
    (cases,) = load_suites([], suite(folder / "suites", a=CASE.format(query=query, relevant=relevant))).values()
    (one,) = run(Plan(cases, jobs=1), folder=folder)
    return one


@pytest.mark.parametrize(
    ("query", "relevant", "found", "measured"),
    [
        (ASKED, "code", set(), {"hit": [True]}),
        (ASKED, "other", {"not_found"}, {"hit": [False]}),
        (OTHER, "nothing", set(), {"refused": [True]}),
        (ASKED, "nothing", {"needless"}, {"refused": [False]}),
        (OTHER, "code", {"not_found"}, {"hit": [False]}),
    ],
)
def test_what_answers_and_what_nothing_answers(tmp_path: Path, query: str, relevant: str, found: set[str], measured: dict[str, list[bool]]) -> None:
    one = played(tmp_path, query, relevant)
    assert {finding.kind for finding in one.findings} == found
    assert {name: one.measures[name] for name in ("hit", "refused") if name in one.measures} == measured
    assert ("fit" in one.measures) == (query == ASKED)


def test_they_are_measured_over_all_questions() -> None:
    answered = [result(f"a{i}", hit=[i < 30], fit=[[0.8, i < 30]]) for i in range(40)]
    others = [result(f"n{i}", refused=[i < 9], fit=[[0.2, False]]) for i in range(10)]
    said = metrics([*answered, *others])
    assert (said["article_hit@1"], said["article_refusal"], said["n_unanswerable"]) == (0.75, 0.9, 10)
    assert said["fit_brier"] == pytest.approx((30 * 0.04 + 10 * 0.64 + 10 * 0.04) / 50)
    assert said["fit_ece"] == pytest.approx((40 * 0.05 + 10 * 0.2) / 50)
    assert metrics(answered)["fit_brier"] is None, "of few nothing is said"
