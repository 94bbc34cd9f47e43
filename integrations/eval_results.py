"""Results of the evals as a launch check takes them: what a run printed, or the baselines that were accepted."""

import json
from pathlib import Path

from agent.domain.launch import EvalResults
from agent.errors import InvalidInput


def results_in(file: Path) -> EvalResults:
    """What eval suites found: printed by `nextplay eval run --json`, or a folder of accepted baselines. Raises InvalidInput for anything else."""
    try:
        if file.is_dir():
            return _accepted(file)
        said = json.loads(file.read_text(encoding="utf-8"))
        passed = sum(int(suite["passed"]) for suite in said["suites"])
        if "playbook" not in said:
            raise InvalidInput(f"{file} does not name the playbook that the evals ran on.", "Run them again: nextplay eval run --json > FILE")
        if said.get("whole") is not True:
            raise InvalidInput(f"{file} holds the results of some suites only.", "Run them all: nextplay eval run --json > FILE")
        return EvalResults(int(said["cases"]), passed, int(said["dangerous"]), str(file), (str(said["playbook"]),))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not what the evals print"
        raise InvalidInput(f"{file} cannot be read: {why}.", "Write it with: nextplay eval run --json > FILE") from None


def _accepted(folder: Path) -> EvalResults:
    """Baselines hold no dangers: none that has one is accepted. They say on which playbook they were played."""
    read = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    cases = [bool(passed) for one in read for passed in dict(one["passed"]).values()]
    playbooks = tuple(sorted({str(one["playbook"]) for one in read}))
    return EvalResults(len(cases), sum(cases), 0, str(folder), playbooks)
