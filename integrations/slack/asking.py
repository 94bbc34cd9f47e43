"""What agents ask for in words: `/nextplay article …`, or a mention in a thread. Pure: words in, a request out."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["article", "escalate", "why", "queue", "help"]

_WORDS: dict[str, Kind] = {
    "article": "article", "articles": "article", "find": "article", "search": "article", "escalate": "escalate", "escalation": "escalate",
    "why": "why", "explain": "why", "queue": "queue", "waiting": "queue", "help": "help", "": "help",
}  # fmt: skip

_MENTION = re.compile(r"<[@#!][^>]*>")
_LINK = re.compile(r"<(?:https?|mailto):[^|>]*(?:\|([^>]*))?>")
_TICKET = re.compile(r"#(\d{1,12})\b|\b((?:tic|ticket)[_-][A-Za-z0-9_-]{1,40})\b", re.IGNORECASE)
_DECISION = re.compile(r"\b((?:dec|apr|run)_[0-9a-f_]{6,40})\b")
LONGEST = 600
"""Characters of a question that are read."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `text` is the question, or why it is to be escalated; `ticket` and `decision` are ids that the words name."""

    kind: Kind
    text: str = ""
    ticket: str | None = None
    decision: str | None = None


def plain_text(text: str) -> str:
    """What a person wrote, without Slack's markup: mentions and channels go, links leave their words."""
    spoken = _MENTION.sub(" ", _LINK.sub(lambda m: m[1] or "", text))
    return " ".join(spoken.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())


def request_of(text: str, *, around: str = "") -> Request:
    """Read a request. Its first word says what is wanted; any other words are a question for an article.

    `around` is the text of the thread: a mention that says no more asks about that.
    """
    said = plain_text(text)[:LONGEST]
    first, _, rest = said.partition(" ")
    kind = _WORDS.get(first.lower().rstrip(":,"))
    if kind is None:
        kind, rest = "article", said
    thread = plain_text(around)[:LONGEST]
    if kind == "help" and thread and not said:
        kind, rest = "article", thread
    ticket = _ticket(rest) or _ticket(thread)
    if kind == "article":
        question = _TICKET.sub(" ", rest).strip() or ("" if ticket else thread)
        return Request("help") if not question and not ticket else Request(kind, " ".join(question.split()), ticket)
    decision = found[1] if (found := _DECISION.search(rest)) else None
    return Request(kind, " ".join(_TICKET.sub(" ", rest).split()), ticket, decision)


def _ticket(text: str) -> str | None:
    found = _TICKET.search(text)
    return (found[1] or found[2]) if found else None
