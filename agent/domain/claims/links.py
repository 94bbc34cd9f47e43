"""Links, e-mail addresses and mentions in prose, also dressed up:

`hxxp`, `evil[.]com`, `evil . com`, `evil dot com`.
"""

import re
from dataclasses import dataclass

_SUFFIX_LIST = """
com net org io info biz ai app dev xyz co uk eu ru cn de fr es nl pl ch at it se no dk fi be ie us ca au nz jp kr br mx
in tk ml ga cf gg ly sh cc ws zip mov icu vip top tech cloud site shop store online link click live pro page club space
website digital agency email support example test
"""
_WORD_LIST = """
at be de es in is it me no so us to pro top live link click page site shop store online space club support email test
example
"""
_SUFFIXES = _SUFFIX_LIST.split()
_WORDS_TOO = frozenset(_WORD_LIST.split())
"""Suffixes that also are words: after a full stop and a blank they begin a sentence."""
_SPACED_SUFFIXES = "|".join(sorted(set(_SUFFIXES) - _WORDS_TOO, key=len, reverse=True))
_ANY_SUFFIX = "|".join(sorted(_SUFFIXES, key=len, reverse=True))
_WORD = r"[^\W_][\w-]{0,62}"
_TAIL = r"(?:[:/?#][^\s<>\"'|]{0,500})?"
_DOT = r"(?:\s?(?:\[\s?\.\s?\]|\(\s?\.\s?\)|\{\s?\.\s?\}|\[\s?dot\s?\]|\(\s?dot\s?\)|\[\s?punkt\s?\]|\(\s?punkt\s?\))\s?)"
_ADDRESS = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:@|\s?(?:\(at\)|\[at\]|\{{at\}}|\(a\)|\[@\]|\(@\))\s?)(?:{_WORD}(?:\.|{_DOT}))+[^\W\d_]{{2,24}}(?![\w-])",
    re.IGNORECASE,
)
_LINKS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"(?<![\w])[a-z][a-z0-9+.*-]{1,15}\s?(?:\[:\]|:)\s?/\s?/[^\s<>\"'|]{0,600}", re.IGNORECASE),
        (r"(?<![\w])(?:mailto|tel|sms|javascript|data|vbscript|callto|skype|slack|whatsapp):\S{1,600}", re.IGNORECASE),
        (r"\]\( ?<?[^)\s>]{1,600}", re.IGNORECASE),
        (rf"(?<![\w@.-]){_WORD}(?:{_DOT}{_WORD})*{_DOT}[^\W\d_]{{2,24}}(?![\w-]){_TAIL}", re.IGNORECASE),
        (rf"(?<![\w@.-])(?:{_WORD}\s+dot\s+){{1,4}}(?:{_ANY_SUFFIX})(?![\w-]){_TAIL}", re.IGNORECASE),
        (rf"(?<![\w@.-]){_WORD}\s+\.\s?(?:{_ANY_SUFFIX})(?![\w-]){_TAIL}", re.IGNORECASE),
        (rf"(?<![\w@.-]){_WORD}\.\s(?:{_SPACED_SUFFIXES})(?![\w-]){_TAIL}", 0),
        (rf"(?<![\w@.-])(?:{_WORD}\.){{1,8}}(?:[a-z]{{2,24}}|[A-Z]{{2,24}}|(?i:{_ANY_SUFFIX}))(?![\w-]){_TAIL}", 0),
        (r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\S{0,500})?", 0),
    )
)
_NOT_DOMAINS = re.compile(r"(?:[a-z]\.){1,3}[a-z]{1,3}|(?:usw|bzw|etc|inkl|evtl|ggf|approx|incl|vs)\.\w+", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!][^>\n]{0,80}>?|(?<![\w@])@(?:channel|here|everyone|all|[A-Za-z][\w.-]{1,40})")


@dataclass(frozen=True, slots=True)
class Links:
    """What in a text leads somewhere or calls somebody."""

    links: tuple[str, ...]
    addresses: tuple[str, ...]
    mentions: tuple[str, ...]


def links(text: str) -> tuple[Links, str]:
    """Read links, e-mail addresses and chat mentions out of plain text. Also returns the text without them."""
    mentions = _MENTION.findall(text)
    text = _MENTION.sub(" ", text)
    found, text = _take(_LINKS[:2], text)
    addresses = [re.sub(r"\s", "", match[0]).lower() for match in _ADDRESS.finditer(text)]
    more, text = _take(_LINKS[2:], _ADDRESS.sub(" ", text))
    return Links(tuple(found + more), tuple(addresses), tuple(mentions)), text


def canonical(link: str) -> str:
    """A link in the one form in which links are compared: closing punctuation off, scheme and host in lower case."""
    trimmed = link.strip().removeprefix("](").rstrip(".,;:!?)]}>\u00bb\u201d\u2019\"'*_`").rstrip("/")
    head, mark, tail = trimmed.partition("://")
    if not mark:
        return trimmed if "/" in trimmed else trimmed.lower()
    host, slash, path = tail.partition("/")
    return f"{head.lower()}://{host.lower()}{slash}{path}"


def host(link: str) -> str:
    """The host of a canonical link without a user or port in it; empty when there is none."""
    rest = canonical(link).partition("://")[2]
    name = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return name if re.fullmatch(r"[a-z0-9.-]+", name) else ""


def _take(patterns: tuple[re.Pattern[str], ...], text: str) -> tuple[list[str], str]:
    found: list[str] = []
    for pattern in patterns:
        kept = [match for match in pattern.finditer(text) if not _NOT_DOMAINS.fullmatch(match[0])]
        found += [match[0] for match in kept]
        for match in reversed(kept):
            text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return found, text
