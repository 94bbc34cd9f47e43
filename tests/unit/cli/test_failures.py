"""Failures: one sentence, what to do next, and the exit code."""

import json

import pytest
import typer
from pydantic import BaseModel, ValidationError

from agent.domain.upgrades import UnknownShape
from agent.errors import InvalidInput, NextplayError, NotFound, Refused, Unauthorised, Unavailable
from agent.playbook.loader import PlaybookError, Problem
from integrations.cli import main
from integrations.cli.failures import Failed, tell
from integrations.cli.options import moment
from integrations.sandbox.fixtures import FixtureError
from tests.unit.cli.made import AT
from tools.ports import SourceError


class Wanted(BaseModel):
    """Something to get wrong."""

    count: int


def invalid() -> ValidationError:
    """What pydantic raises."""
    with pytest.raises(ValidationError) as caught:
        Wanted.model_validate({"count": "many"})
    return caught.value


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NextplayError("It failed."), 1),
        (Failed("A check failed."), 1),
        (Unavailable("It is away."), 1),
        (InvalidInput("It is wrong."), 2),
        (NotFound("It is not there."), 3),
        (Refused("It is not allowed."), 4),
        (Unauthorised("You may not."), 4),
        (Refused("It is another thing.", "Do this.", 1), 1),
        (typer.BadParameter("it is no number"), 2),
        (FixtureError(["line 1: no"]), 2),
        (SourceError("crm", "it is down"), 1),
        (invalid(), 2),
        (UnknownShape("it is of version 9: upgrade Nextplay"), 1),
        (typer.Abort(), 1),
        (KeyError("surprise"), 1),
    ],
)
def test_every_failure_has_its_exit_code_and_a_sentence(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(error) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Error: ")
    assert "Traceback" not in said.err


def test_as_json_a_failure_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(NotFound("There is no decision x.", "List them."), as_json=True) == 3
    assert json.loads(capsys.readouterr().err) == {"error": "There is no decision x.", "next_step": "List them.", "exit_code": 3}


def test_a_broken_playbook_says_how_to_see_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    from pathlib import Path

    assert tell(PlaybookError(Path("mine"), [Problem("rules/a.yaml", 3, "no")])) == 1
    assert "nextplay playbook check mine" in capsys.readouterr().err


def test_failures_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell(NotFound("There is no decision \x1b[2J."))
    assert "\x1b" not in capsys.readouterr().err


def test_a_traceback_comes_only_on_demand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("integrations.cli.build", broken)
    assert main(["doctor"]) == 1
    assert "Something unexpected failed: ZeroDivisionError" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "doctor"])


def test_times_are_read_as_iso_8601() -> None:
    assert moment(None) is None
    for text in ("2026-11-23T10:00:00Z", "2026-11-23T10:00", "2026-11-23T12:00+02:00", "20261123T100000Z"):
        assert moment(text) == AT
    for text in ("yesterday", "", "2026-13-01", "10:00"):
        with pytest.raises(InvalidInput, match="is not a time"):
            moment(text)
