"""`nextplay sandbox slack`: the people of the sandbox are its members, and the settings it prints let an app in."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from integrations.cli import main
from tests.acceptance.workspaces import alone

HERE = Path(__file__).parent
FIRST = HERE.parents[1] / "docs" / "first"
CODE = "import sys; from integrations.cli import main; sys.exit(main())"


def call(address: str, method: str, token: str, **arguments: Any) -> Any:
    """One call of the Web API."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{address}{method}", json.dumps(arguments).encode(), headers)  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  our own server
        return json.load(answer)


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The workspace in a process of its own, and the settings that it prints."""
    with alone(folder):
        assert main(["sandbox", "apply", str(HERE / "cli_world.yaml")]) == 0
    env = {
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(HERE.parents[1]),
        "NEXTPLAY_DATABASE_URL": f"sqlite:///{folder}/nextplay.db",
    }
    command = [sys.executable, "-c", CODE, "sandbox", "slack", "--port", "0", "--channel", "deals", "--log", str(folder / "log" / "effects.jsonl")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder, env=env) as server:  # noqa: S603  our own interpreter
        try:
            assert server.stderr is not None
            said = iter(server.stderr.readline, "")
            yield server, dict(line.strip().split("=", 1) for _, line in zip(range(5), (line for line in said if "=" in line), strict=False))
        finally:
            server.kill()


def test_the_workspace_has_the_sandboxs_people_and_remembers(tmp_path: Path) -> None:
    with served(tmp_path) as (server, wanted):
        address, token = wanted["SLACK_API_URL"], wanted["SLACK_BOT_TOKEN"]
        assert wanted["NEXTPLAY_SLACK_MODE"] == "socket"
        found = call(address, "users.lookupByEmail", token, email="bob@tessera.example")
        call(address, "chat.postMessage", token, channel=found["user"]["id"], text="Hello Bob")
        assert [channel["name"] for channel in call(address, "conversations.list", token)["channels"]] == ["deals"]
        with urllib.request.urlopen(address.removesuffix("api/"), timeout=10) as page:  # noqa: S310  our own server
            assert b"Slack sandbox" in page.read()
        server.send_signal(signal.SIGTERM)
        assert server.stderr is not None
        rest = server.stderr.read()
        assert server.wait(30) == 0
    assert "Traceback" not in rest
    log = tmp_path / "log" / "effects.jsonl"
    assert [json.loads(line)["arguments"]["text"] for line in log.read_text().splitlines()] == ["Hello Bob"]


def checked(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """What the doctor says of Slack."""
    capsys.readouterr()
    main(["doctor", "--json"])
    return {check["name"]: (check["level"], check["text"]) for check in json.loads(capsys.readouterr().out)["checks"] if "slack" in check["name"]}


def test_the_doctor_leads_from_an_empty_folder_to_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Step by step, as docs/slack.md goes."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    ours.mkdir()
    with served(theirs) as (_, wanted), alone(ours):
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)
        level, text = checked(capsys)["slack"]
        assert (level, "nextplay db upgrade" in text) == ("warn", True)

        main(["db", "upgrade"])
        found = checked(capsys)
        assert found["slack"][0] == found["slack socket"][0] == "ok"
        assert found["slack people"] == ("warn", "nobody is in the directory, so nobody can ask or be asked: nextplay sandbox apply FILE adds people")

        main(["sandbox", "apply", str(HERE / "cli_world.yaml")])
        assert checked(capsys)["slack people"] == ("ok", "everybody in the directory has an account")

        main(["sandbox", "apply", str(FIRST / "world.yaml")])
        assert checked(capsys)["slack people"][0] == "warn", "Ann is not in this workspace"
        capsys.readouterr()
        assert main(["run", str(FIRST / "event.json"), "--json"]) == 0
        decision = json.loads(capsys.readouterr().out)
        assert (decision["route"], decision["approvals"][0]["asked"]) == ("ask", ["ann@example.com"])

        monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-of-somebody-else")
        level, text = checked(capsys)["slack socket"]
        assert (level, "check SLACK_APP_TOKEN" in text) == ("fail", True)


def test_without_people_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone(tmp_path):
        assert main(["sandbox", "slack", "--port", "0"]) == 2
    assert "Fill it with: nextplay sandbox apply FILE" in capsys.readouterr().err
