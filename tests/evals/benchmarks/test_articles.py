import json
from pathlib import Path

import pytest

from agent.errors import InvalidInput
from evals.benchmarks.articles import DOCUMENTS, TASKS, measure
from evals.benchmarks.figures import Skipped

TOPICS = {
    "card": "A lost card is blocked at once.",
    "loan": "A loan is repaid in instalments.",
    "fee": "The fee is waived for students.",
    "pin": "The pin is sent by post.",
}


def written(folder: Path, tasks: object) -> Path:
    documents = [{"id": f"doc_{name}", "title": name.title(), "content": text} for name, text in TOPICS.items()]
    (folder / DOCUMENTS).write_text("\n".join(map(json.dumps, documents)))
    (folder / TASKS).write_text(json.dumps(tasks))
    return folder


def task(wish: str, *needed: str) -> dict[str, object]:
    return {"user_scenario": {"instructions": wish}, "required_documents": [f"doc_{name}" for name in needed]}


def test_what_is_found_is_counted_against_what_is_needed(tmp_path: Path) -> None:
    tasks = [task("My card is lost, and so is its pin", "card", "pin"), task("Who pays my fee?", "loan"), task("Anything", *[])]
    report = measure(written(tmp_path, tasks))

    assert [(one.file, one.n) for one in report.data] == [(DOCUMENTS, 4), (TASKS, 2)]
    asked = ("hit@1", "hit@5", "recall@10", "recall@20")
    assert [name for name in report.metrics if name.startswith("hit@1")] == ["hit@1", "hit@1, words alone", "hit@1, meaning alone"]
    assert {name: (m.value, m.baseline) for name, m in report.metrics.items() if name in asked} == {
        **dict.fromkeys(asked, (1.0, 0.5)),
        "hit@1": (0.5, 0.5),
    }, "who pays the fee is near the loan in meaning, after the fee itself"
    words = [report.metrics[f"{name}, words alone"].value for name in asked]
    assert words == [0.5, 0.5, 0.5, 0.5]
    assert report.metrics["hit@1"].low == pytest.approx(0.0945, abs=0.0001)


def test_half_of_what_is_needed_is_half(tmp_path: Path) -> None:
    report = measure(written(tmp_path, [task("My card is lost", "card", "tax")]))

    assert {name: m.value for name, m in report.metrics.items() if "alone" not in name} == {
        "hit@1": 1.0,
        "hit@5": 1.0,
        "recall@10": 0.5,
        "recall@20": 0.5,
    }


def test_tasks_that_need_nothing_are_skipped_and_others_named(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="no task with required_documents"):
        measure(written(tmp_path, [task("Anything")]))
    with pytest.raises(InvalidInput, match="no user_scenario"):
        measure(written(tmp_path, [{"required_documents": ["doc_card"]}]))
