"""`nextplay demo --vendor …`: the morning at the wire of two vendors, decided as the same morning is in the sandbox."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from integrations.cli import main
from integrations.cli.demo_vendors import check_names

AT_ZENDESK = {
    "a P1 outage": "acts", "danger to people": "acts", "an error code": "asks a person", "a plain question": "asks a person",
    "an agent is writing": "does nothing", "a refund above": "asks a person", "a ticket of nobody": "starts no work",
}  # fmt: skip
AT_A_CRM = {
    "contract sent": "asks a person", "a sister company": "asks a person", "a strategic account": "asks a person",
    "the primary contact has opted out": "asks a person",
}  # fmt: skip
ROUTES = {
    "hubspot": {**AT_ZENDESK, **AT_A_CRM, "the buyer is asleep": "waits"},
    "salesforce": {**AT_ZENDESK, **AT_A_CRM, "a buyer whose time zone Salesforce does not keep": "asks a person"},
}  # fmt: skip
"""What becomes of each, by the CRM."""
TITLES = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


@dataclass(frozen=True)
class Told:
    """What the demo with a CRM has printed."""

    crm: str
    said: str

    @property
    def logs(self) -> str:
        """The vendors' own logs."""
        return self.said.partition(f"What {TITLES[self.crm]} and Zendesk say was done to them")[2]


@pytest.fixture(scope="module", params=["hubspot", "salesforce"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(request.param, demo(f"{request.param}+zendesk", tmp_path_factory.mktemp("vendors")))


def demo(names: str, folder: Path) -> str:
    """What it prints."""
    command = [sys.executable, "-c", "from evals.cli import main; raise SystemExit(main())", "demo", "--vendor", names, "--no-serve"]
    given = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False, env=given, stdin=subprocess.DEVNULL)  # noqa: S603
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def test_each_event_is_decided_as_it_is_in_the_sandbox(told: Told) -> None:
    for shows, route in ROUTES[told.crm].items():
        assert re.search(rf"dec_\w+  {route} +{shows}", told.said), shows
    assert "12 decisions" in told.said


def test_what_was_approved_is_in_the_vendors_own_logs(told: Told) -> None:
    assert len(re.findall(r"^Approved by \S+@tessera\.example\.$", told.said, re.MULTILINE)) == 2
    [ticket] = re.findall(r"  done +the comment on the ticket → zendesk-ticket-(\d+) +marker np-\w+", told.said)
    assert len(re.findall(rf"zendesk +{ticket} +an answer to the customer: Hello ", told.logs)) == 1
    assert re.search(rf"  done +a task with the draft, for its owner to send → {told.crm}-contact-\w+ +marker np-\w+", told.said)
    assert len(re.findall(rf"^{told.crm} +\w+ +a task: Send: ", told.logs, re.MULTILINE)) == 1
    assert len(re.findall(rf"^{told.crm} +\w+ +a note: ", told.logs, re.MULTILINE)) == 1
    assert len(re.findall(r"^zendesk +\d+ +(another group|a comment for colleagues: For )", told.logs, re.MULTILINE)) == 4, "two escalations"


def test_what_is_approved_is_mailed_where_there_is_a_mail_server(tmp_path: Path) -> None:
    said = demo("hubspot+zendesk+mail", tmp_path)
    logs = said.partition("What HubSpot, Zendesk and the mail server say was done to them")[2]
    assert re.search(r"  done +the message to the customer → hubspot-contact-\d+ +marker np-\w+", said)
    assert len(re.findall(r"^mail +\S+@brennecke\.example +a mail: ", logs, re.MULTILINE)) == 1
    assert "a task: Send: " not in logs


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--vendor", "pipedrive"], "There is no demo with pipedrive. There is one with: --vendor hubspot+zendesk, --vendor salesforce+zendesk"),
        (["--vendor", "hubspot+salesforce"], "There is no demo with hubspot+salesforce"),
        (["--vendor", "zendesk"], "There is no demo with zendesk"),
        (["--vendor", "mail"], "There is no demo with mail"),
        (["--vendor", ""], "There is no demo with"),
        (["--vendor", "hubspot+zendesk", "--history"], "in the sandbox alone"),
    ],
)
def test_what_there_is_not_is_said(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", *arguments]) == 2
    assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("meant", ["salesforce+zendesk", "zendesk+salesforce", "Zendesk+Salesforce"])
def test_the_order_in_which_they_are_named_does_not_matter(meant: str) -> None:
    assert check_names(meant) == "salesforce+zendesk"
