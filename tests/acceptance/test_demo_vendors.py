"""`nextplay demo --vendor hubspot+zendesk`: the morning at the wire of two vendors, decided as the same morning is in the sandbox."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.cli import main

ROUTES = {
    "a P1 outage": "acts", "danger to people": "acts", "an error code": "asks a person", "a plain question": "asks a person",
    "an agent is writing": "does nothing", "a refund above": "asks a person", "a ticket of nobody": "starts no work",
    "contract sent": "asks a person", "a sister company": "asks a person", "a strategic account": "asks a person",
    "the buyer is asleep": "waits", "the primary contact has opted out": "asks a person",
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("vendors")
    command = [sys.executable, "-c", "from evals.cli import main; raise SystemExit(main())", "demo", "--vendor", "hubspot+zendesk", "--no-serve"]
    given = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False, env=given, stdin=subprocess.DEVNULL)  # noqa: S603
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout, folder


def test_each_event_is_decided_as_it_is_in_the_sandbox(told: tuple[str, Path]) -> None:
    said = told[0]
    for shows, route in ROUTES.items():
        assert re.search(rf"dec_\w+  {route} +{shows}", said), shows
    assert "12 decisions" in said


def test_what_was_approved_is_in_the_vendors_own_logs(told: tuple[str, Path]) -> None:
    done, _, logs = told[0].partition("What HubSpot and Zendesk say was done to them")
    assert re.search(r"^Approved by \S+@tessera\.example\.$", done, re.MULTILINE)
    [ticket] = re.findall(r"  done +the comment on the ticket → zendesk-ticket-(\d+) +marker np-\w+", done)
    assert len(re.findall(rf"ticket\.updated +{ticket}\b", logs)) == 1
    assert logs.count("ticket.updated") == 5, "and two escalations, each with its note and its group"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--vendor", "pipedrive"], "There is no demo with pipedrive"), (["--vendor", "hubspot+zendesk", "--history"], "in the sandbox alone")],
)
def test_what_there_is_not_is_said(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", *arguments]) == 2
    assert says in capsys.readouterr().err
