"""`nextplay sandbox slack`: the people of the sandbox are its members, and the settings it prints let an app in."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from integrations.cli import main
from tests.acceptance.workspaces import alone

HERE = Path(__file__).parent
CODE = "import sys; from integrations.cli import main; sys.exit(main())"


def call(address: str, method: str, token: str, **arguments: Any) -> Any:
    """One call of the Web API."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{address}{method}", json.dumps(arguments).encode(), headers)  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  our own server
        return json.load(answer)


def test_the_workspace_has_the_sandboxs_people_and_remembers(tmp_path: Path) -> None:
    log = tmp_path / "log" / "effects.jsonl"
    with alone(tmp_path):
        assert main(["sandbox", "apply", str(HERE / "cli_world.yaml")]) == 0
    env = {
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(HERE.parents[1]),
        "NEXTPLAY_DATABASE_URL": f"sqlite:///{tmp_path}/nextplay.db",
    }
    command = [sys.executable, "-c", CODE, "sandbox", "slack", "--port", "0", "--channel", "deals", "--log", str(log)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=env) as server:  # noqa: S603  our own interpreter
        assert server.stderr is not None
        said = iter(server.stderr.readline, "")
        wanted = dict(line.strip().split("=", 1) for _, line in zip(range(5), (line for line in said if "=" in line), strict=False))
        address, token = wanted["SLACK_API_URL"], wanted["SLACK_BOT_TOKEN"]
        assert wanted["NEXTPLAY_SLACK_MODE"] == "socket"
        found = call(address, "users.lookupByEmail", token, email="bob@tessera.example")
        call(address, "chat.postMessage", token, channel=found["user"]["id"], text="Hello Bob")
        assert [channel["name"] for channel in call(address, "conversations.list", token)["channels"]] == ["deals"]
        with urllib.request.urlopen(address.removesuffix("api/"), timeout=10) as page:  # noqa: S310  our own server
            assert b"Slack sandbox" in page.read()
        server.send_signal(signal.SIGTERM)
        rest = server.stderr.read()
        assert server.wait(30) == 0
    assert "Traceback" not in rest
    assert [json.loads(line)["arguments"]["text"] for line in log.read_text().splitlines()] == ["Hello Bob"]


def test_without_people_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone(tmp_path):
        assert main(["sandbox", "slack", "--port", "0"]) == 2
    assert "Fill it with: nextplay sandbox apply FILE" in capsys.readouterr().err
