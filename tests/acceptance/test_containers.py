"""Dockerfile and compose.yaml name what there is: variables, commands, options, ports, folders. No image is built here."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from evals.cli import build
from integrations.settings import Settings, env_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "nextplay"}
SETTINGS = {env_name(field): field for field in Settings.model_fields}


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#")))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def environment() -> dict[str, str]:
    said = " ".join(what for how, what in instructions() if how == "ENV")
    return dict(part.split("=", 1) for part in shlex.split(said))


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and what is left."""
    command: Any = typer.main.get_command(build())
    rest = [str(word) for word in words]
    while hasattr(command, "commands"):
        assert rest[0] in command.commands, f"there is no command {' '.join(words)}"
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


@pytest.mark.parametrize("name", OURS)
def test_every_command_and_option_exists(name: str) -> None:
    command, rest = leaf(OURS[name]["command"])
    options = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in rest if word.startswith("--") and word not in options] == []
    command.make_context(name, list(rest))


def test_the_image_serves_by_itself() -> None:
    words = {how: what for how, what in instructions() if how in ("ENTRYPOINT", "CMD")}
    assert yaml.safe_load(words["ENTRYPOINT"]) == ["nextplay"]
    leaf(yaml.safe_load(words["CMD"]))


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_with_a_value_that_it_takes(name: str) -> None:
    given = {**environment(), **{key: str(value) for key, value in OURS[name].get("environment", {}).items()}}
    ours = {key: value for key, value in given.items() if key.startswith(("NEXTPLAY_", "SLACK_", "OPENAI_", "OTEL_"))}
    assert sorted(ours.keys() - SETTINGS.keys()) == []
    plain: dict[str, Any] = {SETTINGS[key]: re.sub(r"\$\{\w+:[-?][^}]*\}", "", value) for key, value in ours.items()}
    Settings(_env_file=None, **{key: value for key, value in plain.items() if value})


def test_ports_are_the_ones_that_are_listened_on() -> None:
    exposed = next(what for how, what in instructions() if how == "EXPOSE")
    assert exposed == environment()["NEXTPLAY_PORT"]
    for name, service in OURS.items():
        for port in service.get("ports", []):
            address, _, inside = str(port).rpartition(":")
            assert inside == exposed, name
            assert address.startswith("127.0.0.1:"), "nothing is open to the network by itself"
    worker = [str(word) for word in SERVICES["worker"]["command"]]
    assert f":{worker[worker.index('--metrics-port') + 1]}/healthz" in str(SERVICES["worker"]["healthcheck"]["test"])
    assert "/readyz" in DOCKERFILE


def test_it_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    hows = [how for how, _ in instructions()]
    assert hows.index("USER") < hows.index("ENTRYPOINT")
    assert next(what for how, what in instructions() if how == "USER") == "nextplay"
    assert [how for how, what in instructions() if how == "FROM" and what.endswith(":latest")] == []
    assert "--constraint constraints.txt" in DOCKERFILE
    for service in OURS.values():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert not re.search(r"(password|secret|token)=\w", str(service.get("environment", {})), re.IGNORECASE)


def test_what_is_copied_is_there_and_not_ignored() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert (ROOT / ".dockerignore").read_text().splitlines()[0] == "*", "nothing gets in by itself: no .env, no database"
    copied = [word for how, what in instructions() if how == "COPY" and not what.startswith("--from") for word in what.split()[:-1]]
    assert sorted(copied) == sorted(let_in)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_written_folders_are_volumes_and_named_volumes_are_declared() -> None:
    made = {"/data", "/audit"}
    for name, service in OURS.items():
        mounts = [str(one).split(":") for one in service.get("volumes", [])]
        assert {parts[1] for parts in mounts if not parts[0].startswith(".")} <= made, name
        assert {parts[0] for parts in mounts if not parts[0].startswith(".")} <= COMPOSE["volumes"].keys()
        key = service.get("environment", {}).get("NEXTPLAY_AUDIT_KEY_FILE")
        assert key is None or any(key.startswith(parts[1]) for parts in mounts), name
    assert all(folder in DOCKERFILE for folder in made)


def test_whoever_is_waited_for_is_there_and_can_be_waited_for() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[other]["healthcheck"]
    assert SERVICES["demo"]["profiles"] == ["demo"]
