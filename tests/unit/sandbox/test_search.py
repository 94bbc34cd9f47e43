"""Search: what is found, how strongly, and what never is."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent.domain.evidence import Material
from integrations.sandbox.sandbox import Sandbox
from integrations.search.answering import by_words
from integrations.search.lexical import coverage
from tests.databases import either_url
from tools.articles import answers
from tools.ports import Asked

__all__ = ["either_url"]

ARTICLES = """
articles:
  - id: export_limit
    title: Exports stop at 100,000 rows
    visibility: public
    product: insight
    topics: [data_export]
    url: https://help.example/export
    body: |
      A report can be exported as CSV or XLSX. An export stops at 100,000 rows with TS-3005.

      Filter by month, or ask an administrator to raise the limit. The limit is per workspace.
  - id: export_schedule
    title: Send a report every week
    visibility: public
    product: insight
    body: Choose Schedule to export a report by mail every week.
  - id: sso_setup
    title: Set up single sign-on
    visibility: public
    topics: [sso]
    body: Add a SAML provider. Copy the certificate.
  - id: sso_runbook
    title: "Runbook: customer locked out of single sign-on"
    visibility: internal
    topics: [sso]
    body: Verify the caller, then open owner access.
  - id: export_de
    title: Export bricht bei 100.000 Zeilen ab
    visibility: public
    product: insight
    locale: de
    body: Ein Bericht lässt sich als CSV exportieren.
  - id: old
    title: Exports of rows in the old editor
    visibility: public
    withdrawn: true
    body: Exports stop here.
"""


@pytest.fixture
async def library(sandbox: Sandbox) -> Sandbox:
    await sandbox.apply(ARTICLES)
    return sandbox


async def find(sandbox: Sandbox, query: str, **filters: Any) -> Sequence[Material]:
    asked: dict[str, Any] = {"language": "en", "here_only": False, "at_most": 5, **filters}
    return await answers(sandbox.search, at_most=asked.pop("at_most"), asked=Asked(query, **asked))


async def test_the_article_about_the_question_comes_first_and_strong(library: Sandbox) -> None:
    best, *others = await find(library, "Our export stops after 100,000 rows")
    assert best.id == "export_limit"
    assert best.strength > 0.6
    assert all(other.strength < best.strength for other in others)
    assert (best.kind, best.type, best.visibility, best.product) == ("article", "article", "public", "insight")


async def test_an_error_code_finds_its_article(library: Sandbox) -> None:
    best = (await find(library, "what on earth is TS-3005 about"))[0]
    assert best.id == "export_limit"


async def test_endings_and_accents_do_not_matter(library: Sandbox) -> None:
    assert (await find(library, "exporting reports weekly"))[0].id == "export_schedule"
    assert (await find(library, "BERICHT exportieren", language="de"))[0].id == "export_de"


async def test_a_question_about_something_else_is_weak_or_finds_nothing(library: Sandbox) -> None:
    assert await find(library, "parental leave policy") == []
    found = await find(library, "our coffee machine on the third floor has stopped and a report was filed")
    assert all(material.strength < 0.4 for material in found)


async def test_strength_is_between_0_and_1_even_in_a_library_of_one(sandbox: Sandbox) -> None:
    await sandbox.apply("articles: [{id: only, title: Rotate API keys, body: Open Admin., visibility: public}]")
    (only,) = await find(sandbox, "rotate api keys")
    assert only.strength == 1.0


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"visibility": "public"}, {"sso_setup"}),
        ({"visibility": "internal"}, {"sso_runbook"}),
        ({"visibility": None}, {"sso_setup", "sso_runbook"}),
        ({"product": "flow"}, {"sso_setup", "sso_runbook"}),
        ({"language": "de"}, set()),
        ({"at_most": 1}, {"sso_setup"}),
    ],
    ids=["public", "internal", "both", "no product fits all", "other language", "at most"],
)
async def test_filters(library: Sandbox, filters: dict[str, Any], ids: set[str]) -> None:
    assert {m.id for m in await find(library, "single sign-on", **filters)} == ids


async def test_the_wrong_product_and_what_was_withdrawn_are_left_out(library: Sandbox) -> None:
    assert "export_limit" not in {m.id for m in await find(library, "exports rows", product="flow")}
    assert "old" not in {m.id for m in await find(library, "exports rows old editor")}


@pytest.mark.parametrize("query", ['" OR 1', "title:*", "NEAR(a b)", "a AND (b", "rows' --", "*", "", "AND OR NOT"])
async def test_no_text_can_break_the_query(library: Sandbox, query: str) -> None:
    await find(library, query)
    await find(library, query + " exports rows")


async def test_the_passage_is_what_answers(library: Sandbox) -> None:
    best = (await find(library, "who can raise the export limit"))[0]
    assert "ask an administrator to raise the limit" in best.passage
    assert by_words("First. Second. Third.", frozenset()).passage == "First. Second. Third."
    assert by_words("Nothing here. The limit is 5. Bye.", frozenset({"limit"})).passage == "The limit is 5."
    assert len(by_words("A limit sentence that goes on for a while. " * 40, frozenset({"limit"})).passage) <= 420


def test_coverage_counts_words_in_the_body_only_half() -> None:
    assert coverage(["export", "limit"], {"export"}, {"limit"}) == 0.75
    assert coverage(["export"], (), ()) == 0.0
    assert coverage([], {"x"}, {"y"}) == 0.0


async def test_a_changed_article_is_found_as_it_is_now_and_a_deleted_one_not_at_all(library: Sandbox) -> None:
    await library.apply("articles: [{id: sso_setup, title: Configure passkeys}]")
    assert (await find(library, "passkeys"))[0].id == "sso_setup"
    assert await library.search.material("article", "sso_setup") is not None
    await library.apply("articles: [{id: sso_setup, deleted: true}]")
    assert await find(library, "passkeys") == []
    assert await library.search.material("article", "sso_setup") is None
    assert await library.search.material("article", "old") is None, "withdrawn"


ASSETS = """
assets:
  - {id: case_de, title: Fall, kind: case_study, topics: [security, roi], stages: [proposal], language: de, url: u, summary: Kurz.}
  - {id: case_en, title: Case, kind: case_study, topics: [security], stages: [proposal], url: u, summary: Short.}
  - {id: guide_en, title: Guide, kind: guide, topics: [data_export], stages: [discovery], url: u, summary: Guide.}
  - {id: case_fr, title: Cas, kind: case_study, topics: [security], stages: [proposal], language: fr, url: u, summary: Bref.}
  - {id: gone, title: Gone, kind: guide, topics: [security], stages: [], url: u, summary: x, withdrawn: true}
"""


async def assets(sandbox: Sandbox, topics: list[str], **filters: Any) -> list[tuple[str, float]]:
    asked: dict[str, Any] = {"stage": "proposal", "kinds": (), "language": "de", "at_most": 5, **filters}
    return [(m.id, m.strength) for m in await sandbox.search.assets(topics, **asked)]


async def test_assets_are_ranked_by_topics_stage_and_language(sandbox: Sandbox) -> None:
    await sandbox.apply(ASSETS)
    assert await assets(sandbox, ["security"]) == [("case_de", 1.0), ("case_en", 0.85)]
    assert await assets(sandbox, ["security", "roi"], language="en") == [("case_en", 0.7)]
    assert await assets(sandbox, ["Data Export"], stage=None) == [("guide_en", 0.6)]
    assert await assets(sandbox, ["security"], kinds=("guide",)) == []
    assert await assets(sandbox, [], at_most=2) == [("case_de", 0.7), ("case_en", 0.55)]


async def test_an_asset_as_material(sandbox: Sandbox) -> None:
    await sandbox.apply(ASSETS)
    found = await sandbox.search.material("asset", "case_de")
    assert found is not None
    assert (found.kind, found.type, found.language, found.passage) == ("asset", "case_study", "de", "Kurz.")
    assert await sandbox.search.material("asset", "gone") is None
