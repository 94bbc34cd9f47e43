"""What is written on tickets, as Zendesk takes it."""

from collections.abc import Mapping
from html import escape
from typing import Any

from agent.domain.plays import StepKind
from tools.ports import Command, EffectRefused


def comment_of(command: Command) -> dict[str, Any]:
    """The comment of a command. Whether it is public is always said: left out, Zendesk would mail it to the customer. Raises EffectRefused."""
    payload = command.payload
    match command.kind:
        case StepKind.COMMENT:
            public, text = payload.get("public"), payload.get("body")
            if not isinstance(public, bool):
                raise EffectRefused("a ticket comment must say whether it is public: true or false")
        case StepKind.TASK:
            public, text = False, _task(payload)
        case _:
            public, text = False, payload.get("text")
    if not isinstance(text, str) or not text.strip():
        raise EffectRefused("a ticket comment needs a text")
    return {"html_body": html(text), "public": public}


def html(text: str) -> str:
    """Exactly this text. Sent as a plain body, stars and lines would become Markdown, and `{{ticket.…}}`, which a customer may have written, would be
    filled in by Zendesk.
    """
    paragraphs = escape(text.strip()).replace("{", "&#123;").replace("}", "&#125;").split("\n\n")
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _task(payload: Mapping[str, Any]) -> str:
    lines = [("Task", payload.get("title")), ("For", payload.get("assignee")), ("Due", payload.get("due"))]
    head = "\n".join(f"{name}: {value}" for name, value in lines if value)
    return "\n\n".join(part for part in (head, str(payload.get("text") or "")) if part)
