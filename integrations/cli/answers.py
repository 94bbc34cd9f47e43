"""`nextplay answer`: what a person says to a proposal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from agent.cases import AnswerResult
    from agent.domain.decision import ActionRecord, Decision
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(answer)


def answer(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a decision, of its run or of one of its asks.")],
    given: Annotated[str, typer.Argument(metavar="ANSWER", help="approve, edit, reject, snooze or undo.")],
    who: As,
    reason: Annotated[str | None, typer.Option(metavar="LABEL", help="Why it is rejected, e.g. poorly_timed, handled_already, not_mine.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="In your own words.")] = None,
    content: Annotated[str | None, typer.Option(metavar="FILE", help="With edit: the new text, or JSON or YAML with subject and body.")] = None,
    params: Annotated[list[str] | None, typer.Option("--set", metavar="PARAM=VALUE", help="With edit: a new value; may be repeated.")] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Answer a proposal, and see what follows."""
    from integrations.cli.opening import within

    values, then = _values(params or ()), moment(at)
    said = within(
        lambda w: _answer(w, decision_id, given, who=who, reason=reason, note=note, content=content, params=values, staged=then is not None),
        at=then,
    )
    _show(*said, as_json=as_json)


def _values(given: Sequence[str]) -> dict[str, str]:
    from agent.errors import InvalidInput

    pairs = [one.partition("=") for one in given]
    if wrong := [name for name, sign, _ in pairs if not sign or not name.strip()]:
        raise InvalidInput(f"--set {wrong[0]} gives no value.", "Write it as PARAM=VALUE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


async def _answer(
    workspace: "Workspace", decision_id: str, given: str, *, who: str, content: str | None, params: dict[str, str], staged: bool, **said: Any
) -> "tuple[AnswerResult, Decision, dict[str, Any]]":
    from agent.errors import InvalidInput

    if given != "edit" and (content or params):
        raise InvalidInput("--content and --set change the proposal.", "Use them with: edit")
    if staged and given == "undo":
        await workspace.engine.settle()  # what was due by that moment has happened, as it does where an engine runs
    before = await workspace.service.explain(decision_id)
    text = _content(content) if content else None
    result = await workspace.service.answer(decision_id, given, who=who, content=text, params=params or None, **said)
    if result.won:
        await workspace.engine.settle()
    after = await workspace.service.explain(before.id)
    run = await workspace.store.run(after.run_id)
    return result, after, {"state": run.state, "wake_at": run.wake_at, "error": run.error} if run else {}


def _content(file: str) -> dict[str, str]:
    """The new words: the body, or the parts that a JSON or YAML file names."""
    from agent.errors import InvalidInput
    from agent.playbook.sources import SourceError, parse
    from integrations.cli.event_files import read_text

    text = read_text(file)
    if not file.endswith((".json", ".yaml", ".yml")):
        return {"body": text.strip()}
    try:
        data = parse(text).data
    except SourceError as error:
        raise InvalidInput(f"{file} cannot be read: {error.why}.", "It holds subject and body.") from None
    if not isinstance(data, Mapping) or not all(isinstance(part, str) for part in (*data, *data.values())):
        raise InvalidInput(f"{file} is no content.", "It holds subject and body, each a text.")
    return dict(data)


def _show(result: "AnswerResult", decision: "Decision", run: dict[str, Any], *, as_json: bool) -> None:
    from rich.text import Text

    from agent.errors import Refused
    from integrations.cli.look import Page, print_json

    happened = follows(decision, run)
    if as_json:
        print_json({"won": result.won, "says": result.says, "happened": happened, "run": run, "approval": result.approval, "decision": decision})
    if not result.won:
        raise Refused(result.says, f"See: nextplay decisions show {decision.id}")
    if not as_json:
        page = Page()
        for line in (result.says, *happened):
            page.wrapped(line)
        for warning in warned(decision) if result.approval.answer == "edit" else ():
            page.wrapped(f"{warning}. It is sent in your name.", label=Text("Warning: ", "bold yellow"))
        page.line(("See it with: ", "dim"), (f"nextplay decisions show {decision.id}", "green"))
        page.show()


def warned(decision: "Decision") -> list[str]:
    """What nothing proves in the words that a person chose, and that they answer for."""
    notes = decision.proposal.notes if decision.proposal else []
    return [note.partition(": ")[2] for note in notes if note.startswith("warned ")]


def follows(decision: "Decision", run: Mapping[str, Any]) -> list[str]:
    """Say what an answer led to, one sentence each."""
    from agent.domain.fact_names import in_words
    from integrations.telling.standing import standing
    from integrations.telling.words import listed, utc

    said = [_held_up(run["error"])] if run.get("error") and run.get("state") != "closed" else []
    asks = [ask for ask in decision.approvals if ask.state in ("open", "snoozed")]
    if asks and any(ask.difference for ask in asks):
        changed = dict.fromkeys(in_words(line) for ask in asks for line in ask.difference)
        return [*said, f"What mattered has changed, so it is asked again: {'; '.join(changed)}.", standing(decision)]
    if asks or any(action.state in ("planned", "started") for action in decision.actions):
        return [*said, standing(decision)]
    if decision.actions:
        return [*said, *map(_became, decision.actions)]
    stopped = [reason.said for reason in decision.reasons if reason.code in ("forbidden_after_approval", "blocked", "superseded")]
    if stopped:
        return [*said, f"Nothing is done: {listed(stopped)}."]
    return [*said, f"It goes on at {utc(run['wake_at'])}."] if run.get("wake_at") else said


def _became(action: "ActionRecord") -> str:
    from agent.domain.fact_names import in_words
    from agent.domain.plays import STEP_TITLES
    from agent.domain.spoken import sentence

    why = f", {in_words(action.error)}" if action.error else ""
    return f"{sentence(STEP_TITLES[action.kind])} ({action.target}): {action.state}{why}."


def _held_up(error: str) -> str:
    from agent.domain.records import NOT_YET, WAITS_FOR

    if error.startswith(WAITS_FOR):
        return f"It cannot go on yet, because a system does not answer: it {error}. It is tried again by itself."
    if error.startswith(NOT_YET):
        return f"It {error}."
    return f"It failed and will be tried again: {error}."
