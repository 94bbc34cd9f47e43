"""What a person says in a message, out of all that mail programs put around it: HTML, quoted threads, signatures, attachments as text.

Whatever comes in, what is read of it is bounded.
"""

import re

from agent.domain.claims.plain_text import scripts
from tools.plain_text import is_html, plain

MOST_LOOKED_AT = 1_000_000
"""Characters of one message as it came; what stands behind them is not looked at."""
MOST_CHARS = 60_000
"""Of it, without what came as data, so much is read."""
LONGEST = 8_000
"""Of what is left of it."""

_DATA = re.compile(r"data:[\w/+.-]{1,60};base64,\S*")
_WALL = re.compile(r"\S{80,}")
_RUN = re.compile(r"([^\s_-])\1{15,}")
_ARMOUR = re.compile(r"(?m)^(?:[A-Za-z0-9+/=]{60,}\s*\n?){2,}")

_BLANKS = re.compile(r"[ \t]{2,}")
"""Become one before anything is looked for that blanks may stand around: else a long run of them would be tried in every way."""

_QUOTED = re.compile(r"(?m)^[ \t]*>.*$")
_THREAD = re.compile(
    r"(?mi)^[ \t]*(?:"
    r"(?:on|am|le|el|il)\b[^\n]{4,160}(?:\n[^\n]{0,120})?(?:wrote|schrieb[^\n]{0,80}|a (?:é|e)crit|escribi(?:ó|o)|ha scritto)[ \t]?:"
    r"|-{2,}[ \t]*(?:original message|forwarded message|urspr(?:ü|ue)ngliche nachricht|weitergeleitete nachricht"
    r"|message (?:d'origine|transf(?:é|e)r(?:é|e))|mensaje (?:original|reenviado))\b.*"
    r"|_{10,}[ \t]*"
    r"|(?:from|von|de)[ \t]?:[^\n]{1,160}\n(?:[^\n]{1,160}\n){0,2}[ \t]*"
    r"(?:to|an|sent|gesendet|date|datum|(?:à|a)|envoy(?:é|e)|para|enviado|fecha)[ \t]?:"
    r")"
)
_SIGNATURE = re.compile(
    r"(?mi)^[ \t]*(?:"
    r"--"
    r"|(?:sent|get outlook) (?:from|for) (?:my )?\w[^\n]{0,40}"
    r"|von meinem \w[^\n]{0,30} gesendet|envoy(?:é|e) de mon \w[^\n]{0,30}|enviado desde mi \w[^\n]{0,30}"
    r"|(?:best|kind|warm|many)? ?(?:regards|wishes)|yours (?:sincerely|faithfully)|sincerely"
    r"|(?:mit )?(?:freundlichen|besten|vielen|herzlichen) gr(?:ü|ue)(?:ß|ss)en|viele gr(?:ü|ue)(?:ß|ss)e|mfg"
    r"|(?:bien )?cordialement|(?:un )?saludos?(?: cordial(?:es)?)?|atentamente"
    r")[ \t]*[,.!]?[ \t]*$"
)


def readable(message: str) -> str:
    """What the person wrote who sent this; empty where that is nothing.

    Of a message that is nothing but a quotation (somebody forwards what another wrote), what is quoted is what they say.
    """
    if len(message) > MOST_CHARS:  # what is large mostly holds an attachment, before which or behind which somebody wrote
        message = _without_walls(message[:MOST_LOOKED_AT])
    text = _BLANKS.sub(" ", _without_walls(_without_html(message[:MOST_CHARS])))
    said = _own(text) or _QUOTED.sub(lambda line: line.group().lstrip(" \t>"), text)
    lines = (" ".join(line.split()) for line in said.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST]


def _own(text: str) -> str:
    """Without what is quoted below, or in between, and without the signature."""
    thread = _THREAD.search(text)
    unquoted = _QUOTED.sub("", text[: thread.start()] if thread else text)
    signed = _SIGNATURE.search(unquoted)
    own = unquoted[: signed.start()] if signed else unquoted
    return own if own.strip() else ""


def _without_html(text: str) -> str:
    if not is_html(text):
        return text
    return plain(re.sub(r"(?is)<blockquote\b.*", "", text)) or plain(text)


def _without_walls(text: str) -> str:
    """Without attachments that came as text, keys, and the same character over and over."""
    text = _RUN.sub(r"\1\1\1", _ARMOUR.sub("\n", _DATA.sub(" ", text)))
    return _WALL.sub(lambda wall: wall.group() if _is_written(wall.group()) else " ", text)


def _is_written(word: str) -> bool:
    """Long without a blank may be an address, or a script that has none."""
    return word.startswith(("http://", "https://")) or bool(scripts(word[:200]) - {"LATIN"})
