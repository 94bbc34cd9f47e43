"""Names of people and companies in prose, as far as their capitals show them."""

import re
from collections.abc import Iterable

from agent.domain.claims.days import MONTHS, WEEKDAYS

_NAME_WORD = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*"
_NAME = re.compile(rf"(?<![^\W_]){_NAME_WORD}(?:[ \t]+(?:(?:von|van|der|de|da|del|di|la|le|bin|al)[ \t]+){{0,2}}{_NAME_WORD}){{1,4}}")
_GREETING = re.compile(
    r"^[ \t]*(?i:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen)|bonjour|salut|ch[eè]re?|"
    r"hola|estimad[oa]|querid[oa])[ \t,]+(?:(?i:mr|ms|mrs|mx|dr|prof|herr|frau|monsieur|madame|señor|señora)\.?[ \t]+)*"
    rf"(?P<name>{_NAME_WORD}(?:[ \t]+{_NAME_WORD}){{0,3}})",
    re.MULTILINE,
)
_COMMON = frozenset(
    "a all an and any are as at best both but can could customer dear der die das do does for from good great hallo hello help hey hi how however i if in is it "
    "just kind let liebe many me mr mrs ms my no not of on once or our please regards sehr geehrte sie ihr ihre wir ich since so some sorry team thank thanks that "
    "the their then there these they this those to until us warm we welcome what when where which while who why with would yes you your yours zusammen everyone "
    "everybody folks sir madam support viele beste freundliche grüße mit für im in am um und aber auch bitte danke herr frau bonjour merci hola gracias".split()
) | MONTHS.keys() | WEEKDAYS.keys()  # fmt: skip


def name_words(texts: Iterable[str]) -> frozenset[str]:
    """All words of the texts in lower case, for telling known names from unknown ones."""
    return frozenset(word.lower() for text in texts for word in re.findall(r"[^\W\d_]+", text))


def unknown_names(text: str, known: frozenset[str]) -> list[str]:
    """Runs of capitalised words of which at least two are neither known nor common."""
    found = []
    for match in _NAME.finditer(text):
        strange = [word for word in re.findall(r"[^\W\d_]+", match[0]) if word[0].isupper() and word.lower() not in known | _COMMON]
        if len(strange) >= 2:
            found.append(match[0])
    return found


def wrong_greetings(text: str, known: frozenset[str]) -> list[str]:
    """Names in a salutation that are not known: the letter would greet somebody else."""
    greeted = [match["name"] for match in _GREETING.finditer(text)]
    return [name for name in greeted if any(word.lower() not in known | _COMMON for word in re.findall(r"[^\W\d_]+", name))]


def mentioned(names: Iterable[str], text: str, known: frozenset[str]) -> list[str]:
    """Those of the names that the text mentions. Names made of known words only are passed over; short ones must match in case."""
    found = []
    for name in dict.fromkeys(names):
        if not name.strip() or name_words([name]) <= known:
            continue
        flags = 0 if len(name) <= 4 else re.IGNORECASE
        if re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text, flags):
            found.append(name)
    return found
