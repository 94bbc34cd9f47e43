"""What comparing takes of a machine that others need too."""

import subprocess
import sys
from pathlib import Path

import pytest

COMPARES = """
{first}
import os
import numpy as np
vectors = np.ones((4096, 384), np.float32)
vectors @ vectors.T
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc, which is not here")
@pytest.mark.parametrize("first", ["import integrations.search.nearest", "from evals.cli import build; build()"])
def test_vectors_are_compared_in_one_thread(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    code = COMPARES.format(first=first)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own interpreter
    assert int(said.stdout) == 1
