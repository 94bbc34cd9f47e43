"""The benchmark of intents on made files: what it reports, and what it says of files that are not as they should be."""

import json
from pathlib import Path

import numpy as np
import pytest

from agent.errors import InvalidInput
from evals.benchmarks import intents
from evals.benchmarks.bayes import NaiveBayes
from evals.benchmarks.figures import Skipped, area
from integrations.embedding import local, minilm

KINDS = {
    "card_lost": "I have lost my {} card", "transfer_late": "my transfer to {} has not arrived", "change_pin": "how do I change the PIN of {}",
}  # fmt: skip
WORDS = ["bank", "work", "mother", "brother", "travel", "credit", "debit", "silver", "golden", "family", "student", "first", "second", "old", "new"]
MADE = [(text.format(word), kind) for kind, text in KINDS.items() for word in WORDS]


def test_it_reports_how_much_is_told_rightly_and_what_is_noticed_as_strange(tmp_path: Path) -> None:
    parts = {
        "train": MADE,
        "val": [(f"{text}, please", kind) for text, kind in MADE],
        "oos_val": [["who won the match", "oos"], ["rain tomorrow?", "oos"]],
    }
    (tmp_path / "clinc150_train_val.json").write_text(json.dumps(parts))
    report = intents.measure(tmp_path)
    assert report.metrics["clinc150 accuracy"].value > 0.95
    assert report.metrics["clinc150 out of scope"].value > 0.95
    assert report.metrics["clinc150 errors@80%"].value == 0
    assert [(one.file, one.n) for one in report.data] == [("clinc150_train_val.json", len(MADE) + 2)]


def test_where_there_is_a_part_to_report_on_nothing_of_it_is_learned(tmp_path: Path) -> None:
    for name, rows in (("train", MADE), ("test", [("my debit card is gone", "card_lost")])):
        (tmp_path / f"banking77_{name}.csv").write_text("text,category\n" + "\n".join(f'"{text}",{kind}' for text, kind in rows))
    report = intents.measure(tmp_path)
    assert [(one.file, one.n) for one in report.data] == [("banking77_test.csv", 1)]
    assert report.metrics["banking77 accuracy"].value == 1


def test_without_files_or_without_a_model_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Skipped, match="has neither"):
        intents.measure(tmp_path)
    (tmp_path / "banking77_train.csv").write_text("text,category\nwhere is my card,card_lost\n")
    monkeypatch.setattr(minilm, "WEIGHTS_PACKAGE", "no-such-package")
    local.cache_clear()
    with pytest.raises(Skipped, match="nextplay\\[semantic\\]"):
        intents.measure(tmp_path)
    local.cache_clear()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("banking77_train.csv", "question,label\na,b\n", "columns text and category"),
        ("clinc150_train_val.json", "[1]", "no set of lists"),
        ("clinc150_train_val.json", '{"train": [], "val": []}', "has no part 'oos_val'"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput, match=says) as raised:
        intents.measure(tmp_path)
    assert name in str(raised.value)


def test_naive_bayes_goes_by_the_words_it_has_seen() -> None:
    told = NaiveBayes(MADE).tell("the card is lost")
    assert told.kind == "card_lost"
    assert told.chance > 0.6
    assert NaiveBayes(MADE).tell("xyzzy").chance == pytest.approx(1 / 3)


def test_the_area_counts_pairs_in_the_right_order() -> None:
    found = area(np.array([3.0, 2.0]), np.array([1.0, 2.0]), baseline=None)
    assert found.value == pytest.approx(3.5 / 4)
    assert found.low < found.value <= found.high
