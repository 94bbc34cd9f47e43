"""The benchmarks by name, and as the command line gives them."""

import json
from pathlib import Path

import pytest

from agent.errors import InvalidInput
from evals.benchmarks.running import BENCHMARKS, measure
from evals.benchmarks.signatures import FILE
from evals.cli import main
from tests.evals.benchmarks.test_signatures import VECTORS


@pytest.mark.parametrize("name", BENCHMARKS)
def test_data_that_is_not_there_is_skipped(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "benchmark", name, "--data", str(tmp_path)]) == 0
    assert "skipped" in capsys.readouterr().out
    assert main(["eval", "benchmark", name, "--data", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], said["data"], said["metrics"]) == (name, [], {})
    assert said["skipped"]


@pytest.mark.parametrize("below", ["", "webhooks"])
def test_the_folder_of_the_data_or_of_all_data_may_be_given(tmp_path: Path, below: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / below).mkdir(exist_ok=True)
    (tmp_path / below / FILE).write_text(json.dumps(VECTORS))

    assert main(["eval", "benchmark", "signatures", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "1.000" in out
    assert "0.250" in out
    assert FILE in out


def test_a_benchmark_that_nobody_knows_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInput, match="There is no benchmark 'poems'"):
        measure("poems", tmp_path)
    assert main(["eval", "benchmark", "poems", "--data", str(tmp_path)]) == 2
    assert "There are: injections, signatures, articles, intents." in capsys.readouterr().err


def test_a_file_that_is_damaged_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FILE).write_text("[{")
    assert main(["eval", "benchmark", "signatures", "--data", str(tmp_path)]) == 2
    assert "is not JSON" in capsys.readouterr().err
