"""What a ticket asks: its subject, its opening, and what else its customer says. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.domain.triage_words import TriageWords
from tools.ticket_text import readable
from tools.tickets import customer_messages

MOST_WORDS = 40
MOST_SENTENCES = 8
_SAYS_SOMETHING = 3
"""Words of a subject that can be told from by itself."""
_OPENING_CHARS = 400
_AUTOMATIC_HEADERS: Mapping[str, tuple[str, ...]] = {
    "auto-submitted": ("auto-",), "precedence": ("auto_reply", "bulk", "junk", "list"), "x-autoreply": ("",), "x-autorespond": ("",),
    "x-failed-recipients": ("",),
}  # fmt: skip
"""Headers of mail that no person wrote, by what their value begins with (RFC 3834, and what older programs set)."""

_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|(?:good )?(?:morning|day|afternoon|evening)"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|sehr geehrte[rs]?|lieb(?:e|er|es)"
    r"|bonjour|bonsoir|salut|ch(?:e|è)re?|hola|buen[oa]s (?:d(?:i|í)as|tardes|noches)|estimad[oa]s?|ciao|buongiorno)"
    r"\b[^.!?\n]{0,40}[,.!:]?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")
_CODE = re.compile(r"\b[A-Z]{1,6}-?\d{2,6}\b")


@dataclass(frozen=True, slots=True)
class Heard:
    """What of a ticket is listened to: cleaned, and bounded. `opening`: the first sentence of the first message."""

    subject: str
    opening: str
    messages: tuple[str, ...]

    @property
    def both(self) -> str:
        """Subject and opening sentence: what a ticket is about in few words."""
        return first_words(f"{self.subject}. {self.opening}".strip(" .")) if self.opening else self.subject

    @property
    def ways(self) -> tuple[str, ...]:
        """The texts to tell from, in the order in which they are tried. A subject of a word or two says too little by itself."""
        alone = self.subject if len(self.subject.split()) >= _SAYS_SOMETHING else ""
        return tuple(text for text in dict.fromkeys((alone, self.both)) if text)


def heard(ticket: Mapping[str, Any]) -> Heard:
    """What a ticket's customer says."""
    messages = tuple(readable(message) for message in customer_messages(ticket))
    subject = first_words(readable(str(ticket.get("subject") or "")))
    return Heard(subject, first_words(opening_sentence(next(iter(messages), ""))), messages)


def automatic_by(ticket: Mapping[str, Any], said: Heard, words: TriageWords) -> str | None:
    """What shows that no person wrote the message that would be answered, the customer's last: a header, or words; None where nothing does."""
    headers = _headers(ticket)
    named = next((name for name, of in _AUTOMATIC_HEADERS.items() if name in headers and headers[name].startswith(of)), None)
    if named:
        return f"header {named}"
    subject = said.subject if len(said.messages) <= 1 else ""
    last = said.messages[-1] if said.messages else ""
    return "words" if words.is_automatic(subject, last[:_OPENING_CHARS]) else None


def _headers(ticket: Mapping[str, Any]) -> dict[str, str]:
    """Of the customer's last message where it has some, else of the ticket."""
    written = [m for m in ticket.get("messages") or () if isinstance(m, Mapping) and m.get("by") == "customer"]
    headers = (written[-1] if written else ticket).get("headers")
    return {str(name).lower(): str(value).strip().lower() for name, value in headers.items()} if isinstance(headers, Mapping) else {}


def article_queries(said: Heard) -> list[str]:
    """The queries that decide, in the order in which to try them: the subject, then the subject with the opening sentence."""
    longer = first_words(f"{said.subject} {said.opening}".strip())
    return [query for query in dict.fromkeys((said.subject, longer)) if query]


def further_queries(said: Heard) -> list[str]:
    """What else the customer may want to know: the codes they name, and the sentences of their latest message, each by itself."""
    codes = list(dict.fromkeys(code for message in said.messages for code in _CODE.findall(message)))
    latest = said.messages[-1] if said.messages else ""
    return [*([" ".join(codes[:MOST_SENTENCES])] if codes else []), *list(_sentences(latest))[:MOST_SENTENCES]]


def opening_sentence(message: str) -> str:
    """The first sentence that is more than a greeting; empty when there is none."""
    lines = (line.strip() for line in _SENTENCE_END.split(message))
    return next((line for line in lines if line and not _GREETING.fullmatch(line)), "")


def first_words(text: str) -> str:
    """At most 40 words, on one line."""
    return " ".join(text.split()[:MOST_WORDS])


def _sentences(message: str) -> Iterator[str]:
    """Those that say something."""
    for line in _SENTENCE_END.split(message):
        if len(line.split()) >= 4 and not _GREETING.fullmatch(line.strip()):
            yield first_words(line)
