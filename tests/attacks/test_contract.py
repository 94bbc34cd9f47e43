"""Requests made from the API's own description, right ones and wrong ones: what is answered is what the description says, and nothing breaks.

By schemathesis, which `make attack` installs; skipped where it is not.
"""

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from integrations.tokens import mint
from tests.acceptance.serving import serving

EXAMPLES = 1_000

pytestmark = pytest.mark.skipif(find_spec("schemathesis") is None, reason="it is not installed: make attack")


@pytest.mark.parametrize("role", ["admin", None])
async def test_the_api_keeps_its_description(folder: Path, quiet_world: Path, seed: int, role: str | None, *, whole: bool) -> None:
    if not whole:
        pytest.skip("it takes minutes: make attack")
    text, row = mint("ops@tessera.example", "admin", now=datetime.now(UTC), ttl=timedelta(days=1), random=Random(seed).randbytes)  # noqa: S311
    async with serving(folder, quiet_world, {"admin": text}) as served:
        await served.workspace.store.add_token(row)
        said = await examined(f"{served.http.base_url}/api/v1/openapi.json", text if role else None, seed)
        print("\n".join(said.splitlines()[-24:]))
        assert await served.get("decisions", "admin") is not None
    tried = re.search(r"(\d+) generated", said)
    assert tried is not None
    assert int(tried[1]) > EXAMPLES
    assert "Failures:" not in said, said
    assert "Errors:" not in said, said


async def examined(url: str, token: str | None, seed: int) -> str:
    """What schemathesis says of the API that is described there. Without a token nothing may be let in."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        url,
        "--max-examples",
        f"{EXAMPLES}",
        "--seed",
        f"{seed}",
        "--workers",
        "2",
    ]
    with_token = ["--header", f"Authorization: Bearer {token}"] if token else ["--exclude-checks", "positive_data_acceptance"]
    running = await asyncio.create_subprocess_exec(
        *command, *with_token, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )  # fmt: skip
    said, _ = await running.communicate()
    return said.decode()
