"""`nextplay article`: what it shows, as a person and as a script reads it, and what it says where it finds nothing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.cli import main
from tests.acceptance.workspaces import DATABASE, alone

QUESTION = "the owner has left, who takes over the workspace?"


@pytest.fixture
def settings(seeded_world: Path, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    for file in seeded_world.parent.glob(f"{DATABASE}*"):
        shutil.copy(file, tmp_path / file.name)
    with alone(tmp_path) as patch:
        yield patch


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    read = capsys.readouterr()
    return code, " ".join((read.out + read.err).split())


def test_the_best_article_is_shown_with_the_sentence_that_answers_and_why(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "article", QUESTION, "--index")
    assert code == 0
    assert said.startswith("1. Transfer the ownership of a workspace answers it (")
    assert "→ If the only owner has left your company: 1. Ask your administrator of e-mail to forward" in said
    assert "in meaning (0." in said
    assert "has 3 of 5 words: owner, left, workspace" in said
    assert "By words, and by meaning (all-MiniLM-L6-v2-int8" in said


def test_scripts_read_the_same(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["article", QUESTION, "--public", "--index", "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    best = read["articles"][0]
    assert (best["id"], read["question"]) == ("art_transfer_ownership", QUESTION)
    assert best["answer"] in best["passage"]
    assert {one["visibility"] for one in read["articles"]} == {"public"}
    assert read["meaning"]["embedded"] == read["meaning"]["passages"] > 0


def test_without_a_model_it_goes_by_words_and_says_so(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings.setenv("NEXTPLAY_EMBEDDING", "off")
    code, said = run(capsys, "article", "transfer ownership")
    assert (code, "1. Transfer the ownership of a workspace" in said) == (0, True)
    assert "By words alone: search by meaning is off or not installed" in said
    assert "search by words alone; by meaning it is switched off" in run(capsys, "doctor")[1]


def test_where_nothing_answers_it_says_what_to_do(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings.setenv("NEXTPLAY_EMBEDDING", "off")
    code, said = run(capsys, "article", "sourdough", "--public")
    assert code == 0
    assert "answers this. Ask in other words, leave --public out," in said
    assert run(capsys, "article", "  ") == (2, 'Error: There is no question. Ask it in quotes: nextplay article "how do I rotate API keys"')


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("the and of",), "There is nothing in this to search with: it has only signs, encoded text, or words that every text has."),
        (("QUJD" * 200,), "There is nothing in this to search with"),
        (("rotate keys", "--language", "xx"), "There are no articles in 'xx'. There are some in: de, en and fr."),
        (("sourdough", "--product", "nosuch"), "No article is about 'nosuch'. There are some about: admin, connect,"),
    ],
)
def test_why_nothing_was_found_is_told(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:  # fmt: skip
    settings.setenv("NEXTPLAY_EMBEDDING", "off")
    code, said = run(capsys, "article", *arguments)
    assert code == 0
    assert said.startswith(told)
