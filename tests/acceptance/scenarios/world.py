"""One operator's world: a folder with a database of its own, and the commands that an operator types into it."""

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.cli import main

Record = dict[str, Any]

KINDS = ("deal", "ticket", "contract", "account")
ENVELOPE = {"source": "source", "actor": "actor", "version": "version", "of": "account"}


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its answer as JSON."""
        return json.loads(self.out)


class World:
    """Every method is one command. Times are ISO 8601 in UTC, as an operator types them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def command(self, *words: str, code: int = 0) -> Printed:
        """Type a command and expect its exit code."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            ended = main([*words])
        printed = Printed(ended, out.getvalue(), err.getvalue())
        assert ended == code, f"nextplay {' '.join(words)} ended with {ended}, not {code}:\n{printed.out}\n{printed.err}"
        return printed

    # --- the world -------------------------------------------------------------------------------------------------

    def apply(self, fixture: Path, at: str) -> None:
        """Add the records of a file."""
        self.command("sandbox", "apply", str(fixture), "--at", at)

    def change(self, at: str, **records: Record | Sequence[Record]) -> None:
        """Change records by key, such as `deals={"id": "dea_1", "amount": …}`; the fields that are not named stay."""
        listed = {key: [given] if isinstance(given, dict) else list(given) for key, given in records.items()}
        self.apply(self._file(listed), at)

    # --- what happens ----------------------------------------------------------------------------------------------

    def run(self, event: Record | Sequence[Record], at: str, *, code: int = 0) -> Any:
        """Send an event, or several, through the machine; returns the decision, or the decisions."""
        printed = self.command("run", str(self._file(event)), "--at", at, "--json", code=code).json
        return printed["decisions"] if isinstance(printed, Mapping) and set(printed) == {"decisions"} else printed

    def tick(self, at: str) -> Record:
        """Let the clock come by."""
        done: Record = self.command("tick", "--at", at, "--json").json
        return done

    def answer(self, decision: Record, said: str, who: str, at: str, *more: str, code: int = 0) -> Printed:
        """Answer a proposal."""
        return self.command("answer", decision["id"], said, "--as", who, "--at", at, *more, code=code)

    def text_file(self, text: str) -> str:
        """Write a text into a file, as an editor would; returns its path."""
        self._files += 1
        path = self._folder / f"text_{self._files}.txt"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def json_file(self, content: Record) -> str:
        """Write a record into a file; returns its path."""
        return str(self._file(content))

    # --- what can be seen ------------------------------------------------------------------------------------------

    def again(self, decision: Record) -> Record:
        """The decision as it is now."""
        now: Record = self.command("decisions", "show", decision["id"], "--json").json
        return now

    def story(self, decision: Record) -> str:
        """The decision as people read it."""
        return self.command("decisions", "show", decision["id"], "--all").out

    def decisions(self) -> list[Record]:
        """All decisions, newest first."""
        listed: list[Record] = self.command("decisions", "list", "--limit", "1000", "--json").json["decisions"]
        return listed

    def effects(self, *kinds: str) -> list[Record]:
        """What was done to the CRM and the helpdesk, in order; of some kinds only, if any are named."""
        done: list[Record] = self.command("sandbox", "effects", "--json").json["effects"]
        return [one for one in done if not kinds or one["kind"] in kinds]

    def messages(self, *kinds: str) -> list[Record]:
        """What colleagues were told, in order; of some kinds only, if any are named."""
        told: list[Record] = self.command("sandbox", "messages", "--json").json["messages"]
        return [one for one in told if not kinds or one["kind"] in kinds]

    def checked(self, name: str) -> str:
        """What the doctor says of one thing, such as the quarantine."""
        checks = self.command("doctor", "--json").json["checks"]
        return next(str(check["text"]) for check in checks if check["name"] == name)

    def _file(self, content: Any) -> Path:
        self._files += 1
        path = self._folder / f"input_{self._files}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def event(type_: str, at: str, *, id: str, **said: Any) -> Record:  # noqa: A002  an event's id is called id
    """An event as a source sends it: one of deal, ticket, contract or account names the subject, `of` its account, the rest is data."""
    kind = next(name for name in KINDS if name in said)
    subject = {"kind": kind, "id": said.pop(kind)}
    told: Record = {"source": "zendesk" if kind == "ticket" else "hubspot", "id": id, "type": type_, "occurred_at": at, "subject": subject}
    told |= {name: said.pop(key) for key, name in ENVELOPE.items() if key in said}
    return {**told, "data": said}


def codes(decision: Record) -> set[str]:
    """The codes of a decision's reasons."""
    return {one["code"] for one in decision["reasons"]}


def chosen(decision: Record) -> Record:
    """The candidate that was chosen."""
    found: Record = next(one for one in decision["candidates"] if one["id"] == decision["choice"])
    return found


def candidates(decision: Record, play: str) -> list[Record]:
    """The candidates of a play."""
    return [one for one in decision["candidates"] if one["play"] == play]


def forbidding(candidate: Record) -> set[str]:
    """The rules that forbid a candidate."""
    return {rule["id"] for rule in candidate["rules"] if rule["matched"] and rule["effect"] == "forbid"}


def clause(candidate: Record, rule_id: str, clause_id: str) -> Record:
    """What one clause of a rule said of a candidate."""
    rule = next(one for one in candidate["rules"] if one["id"] == rule_id)
    found: Record = next(one for one in rule["clauses"] if one["id"] == clause_id)
    return found


def facts(decision: Record, name: str) -> list[Record]:
    """The facts of a name; several where each contact, group or piece of content has its own."""
    return [one for one in decision["facts"] if one["name"] == name]


def fact(decision: Record, name: str) -> Record:
    """The one fact of a name."""
    (found,) = facts(decision, name)
    return found
