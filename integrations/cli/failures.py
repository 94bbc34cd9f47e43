"""What goes wrong, as one sentence that says what to do next, and the exit code that goes with it."""

import json
import sys

import typer

from agent.errors import NextplayError

FAILED, USAGE, REFUSED = 1, 2, 4


class Failed(NextplayError):
    """A check failed."""


def tell(error: Exception, *, as_json: bool = False) -> int:
    """Write the failure to standard error; returns the exit code."""
    what, next_step, code = _read(error)
    if as_json:
        sys.stderr.write(json.dumps({"error": what, "next_step": next_step, "exit_code": code}) + "\n")
    elif what:
        from rich.text import Text

        from integrations.cli.look import console
        from integrations.telling.words import clean

        console(stderr=True).print(Text.assemble(("Error: ", "bold red"), clean(what), " " if next_step else "", (clean(next_step), "dim")))
    return code


def _read(error: Exception) -> tuple[str, str, int]:
    """What is wrong, what to do next, and the exit code."""
    if isinstance(error, NextplayError):
        return error.message, error.next_step, error.exit_code
    if isinstance(error, typer.TyperException) and (names := _parts_of(error)):
        return f"{_sentence(error.format_message())} There are: {names}.", "Ask for --help to see what they do.", USAGE
    if isinstance(error, typer.TyperException):
        return _sentence(error.format_message()), "Ask for --help to see what is possible.", USAGE
    if isinstance(error, typer.Abort):
        return "Stopped.", "", FAILED
    return _of_a_part(error) or (
        f"Something unexpected failed: {type(error).__name__}: {error}.",
        "Run it again with --debug to see where, and report that.",
        FAILED,
    )


def _parts_of(error: Exception) -> str:
    """The commands of a group that was named alone."""
    group = getattr(getattr(error, "ctx", None), "command", None)
    return ", ".join(getattr(group, "commands", {})) if "Missing command" in str(error) else ""


def _of_a_part(error: Exception) -> tuple[str, str, int] | None:
    """The errors of the parts below, which say by themselves what to do; imported here because only failures need them."""
    from pydantic import ValidationError

    from agent.domain.upgrades import UnknownShape
    from agent.playbook.loader import PlaybookError
    from integrations.sandbox.fixtures import FixtureError
    from tools.ports import SourceError

    match error:
        case SourceError():
            return _sentence(str(error)), "Try again; `nextplay doctor` tells what is down.", FAILED
        case UnknownShape():
            return _sentence(str(error)), "It is read by the release that wrote it, or a newer one.", FAILED
        case FixtureError():
            return str(error), "Correct the file and apply it again.", USAGE
        case PlaybookError():
            return _sentence(str(error).partition("\n")[0].rstrip(":")), f"See them with: nextplay playbook check {error.folder}", FAILED
        case ValidationError():
            wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors(include_input=False, include_url=False))
            return f"The input is not valid: {wrong}.", "Correct it and try again.", USAGE
    return None


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?", "\n")) else f"{text}."
