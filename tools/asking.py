"""What a message asks, without what is only carried along: quoted threads, signatures, markup, and answers that a machine gave. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.plain_text import readable
from tools.tickets import customer_messages

MOST_WORDS = 40
MOST_SENTENCES = 8
MOST_CHARS = 20_000
"""Of a message; what comes after it is not read."""

_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|(?:good )?(?:morning|day|afternoon|evening)"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|sehr geehrte[rs]?|lieb(?:e|er|es)"
    r"|bonjour|bonsoir|salut|ch(?:e|è)re?|hola|buen[oa]s (?:d(?:i|í)as|tardes|noches)|estimad[oa]s?|ciao|buongiorno)"
    r"\b[^.!?\n]{0,40}[,.!:]?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")
_QUOTED = re.compile(
    r"^(?:-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original) ?-{2,}|_{10,}"
    r"|(?:on|am|le|el)\b.{4,120}\b(?:wrote|schrieb.{0,60}|a écrit|escribió) ?:|-- )$",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"^\W*(?:re: |aw: )?(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|abwesenheit(?:snotiz)?|automatische antwort"
    r"|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|undeliver(?:ed|able)|delivery status notification"
    r"|mail delivery (?:failed|subsystem))\b",
    re.IGNORECASE,
)
_NO_WORD = re.compile(r"\S{80,}")
"""Base64, keys, long addresses."""
_CODE = re.compile(r"\b[A-Z]{1,6}-?\d{2,6}\b")


def is_automatic(ticket: Mapping[str, Any]) -> bool:
    """A machine answered for somebody who is away, or a mail came back: there is no question in it."""
    return bool(_AUTOMATIC.match(str(ticket.get("subject") or "")))


def own_words(message: str) -> str:
    """What its writer wrote: as a reader would see it, up to where an earlier mail or the signature begins."""
    lines: list[str] = []
    for line in readable(_NO_WORD.sub(" ", message)[:MOST_CHARS]).split("\n"):
        if _QUOTED.match(line.rstrip("\r")) and lines:
            break
        if not line.lstrip().startswith(">"):
            lines.append(line)
    return "\n".join(lines)


def article_queries(ticket: Mapping[str, Any]) -> list[str]:
    """The queries that decide, in the order in which to try them: the subject, then the subject with the opening sentence."""
    if is_automatic(ticket):
        return []
    subject = first_words(own_words(str(ticket.get("subject") or "")))
    opening = opening_sentence(own_words(next(iter(customer_messages(ticket)), "")))
    longer = first_words(f"{subject} {opening}".strip())
    return [query for query in dict.fromkeys((subject, longer)) if query]


def further_queries(ticket: Mapping[str, Any]) -> list[str]:
    """What else the customer may want to know: the codes they name, and the sentences of their latest message, each by itself."""
    if is_automatic(ticket):
        return []
    messages = [own_words(message) for message in customer_messages(ticket)]
    codes = list(dict.fromkeys(code for message in messages for code in _CODE.findall(message)))
    return [*([" ".join(codes[:MOST_SENTENCES])] if codes else []), *list(_sentences(messages[-1] if messages else ""))[:MOST_SENTENCES]]


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
