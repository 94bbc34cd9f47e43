"""Results and cases made for tests."""

from pathlib import Path
from typing import Any

from evals.findings import Finding
from evals.results import Result

DANGER = Finding("wrong_recipient", "send_content b - went to b")
NUISANCE = Finding("missed", "send_content a did not happen")


def result(case: str, *found: Finding, suite: str = "s", attempt: int = 1, hash: str = "h", **measures: Any) -> Result:  # noqa: A002  the field's name
    """One playing of a case."""
    return Result(suite, case, hash, "v1", attempt, found, measures)


def suite(folder: Path, name: str = "s", **cases: str) -> Path:
    """A folder of suites with one suite of these cases; returns the folder."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for case, text in cases.items():
        (folder / name / f"{case}.yaml").write_text(text, encoding="utf-8")
    return folder


WORLD = """
given:
  people: [{id: kim, email: kim@v.example, name: Kim Ode, roles: [support_lead]}]
  accounts: [{id: acc, name: Acme Ltd, country: IE, timezone: Europe/Dublin, owner: kim}]
  links: [{source: helpdesk, external_id: o-1, kind: account, id: acc}]
  contacts: [{id: ann, account: acc, name: Ann Lee, email: ann@acme.example, role: user}]
  groups: [{id: first, name: First line, tier: 1, on_call: kim}, {id: second, name: Second line, area: engineering, tier: 2, on_call: kim}]
  tickets:
    - {id: t-1, account: acc, requester: ann, subject: All is down, body: Nothing works since this morning,
       type: incident, priority: p1, status: new, group: first}
"""
"""A small world with a P1 in the first line."""

ESCALATED = f"""
purpose: A new P1 is escalated.
world: empty
{WORLD.strip()}
event: {{type: ticket.created, ticket: t-1}}
expect: {{route: act, allowed: [escalate-to-group/second], reasons: [required]}}
end: {{effects: [assign_group t-1 second, ticket_comment t-1 internal], duty: true}}
"""
