"""What a command loads before it has done anything: libraries that take long and are needed by few."""

import subprocess
import sys

import pytest

HEAVY = ("alembic", "langgraph", "langchain_core", "numpy", "slack_bolt", "slack_sdk", "openai", "fastapi", "uvicorn")


@pytest.mark.parametrize(("module", "besides"), [("integrations.cli", ("sqlalchemy", "pydantic")), ("integrations.bootstrap", ())])
def test_what_few_commands_need_is_loaded_by_those(module: str, besides: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}} & {{*{HEAVY + besides!r}}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own interpreter
    assert done.stdout.split() == []
