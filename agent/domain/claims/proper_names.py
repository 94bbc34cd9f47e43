"""Names of people and companies in prose, as far as their capitals show them."""

import re
from collections.abc import Iterable

from agent.domain.claims.days import MONTHS, WEEKDAYS

_NAME_WORD = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['\u2019-][^\W\d_]+)*"
_NAME = re.compile(rf"(?<![^\W_]){_NAME_WORD}(?:[ \t]+(?:(?:von|van|der|de|da|del|di|la|le|bin|al)[ \t]+){{0,2}}{_NAME_WORD}){{1,4}}")
_GREETING = re.compile(
    r"^[ \t]*(?i:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|sehr geehrte[rs]?|"
    r"guten (?:tag|morgen)|bonjour|salut|ch[eè]re?|hola|estimad[oa]|querid[oa])[ \t,]+"
    r"(?:(?i:mr|ms|mrs|mx|dr|prof|herr|frau|monsieur|madame|señor|señora)\.?[ \t]+)*"
    rf"(?P<name>{_NAME_WORD}(?:[ \t]+{_NAME_WORD}){{0,3}})",
    re.MULTILINE,
)
_COMMON_LIST = """
a all an and any are as at best both but can could customer dear do does everybody everyone folks for from good great
hello help hey hi how however i if in is it just kind let madam many me mr mrs ms my no not of on once or our please
regards sir since so some sorry support team thank thanks that the their then there these they this those to until us
warm we welcome what when where which while who why with would yes you your yours
am auch auf aus bei beste bitte danke das der die ein eine frau freundliche für geehrte grüße guten hallo herr ich ihr
ihre im in liebe mit sehr sie um und viele von wir zu zusammen aber
bonjour merci hola gracias
"""
_COMMON = frozenset(_COMMON_LIST.split()) | MONTHS.keys() | WEEKDAYS.keys()


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
    """Those of the names that the text mentions; not those made of known words only. Short ones must match in case."""
    found = []
    for name in dict.fromkeys(names):
        if not name.strip() or name_words([name]) <= known:
            continue
        flags = 0 if len(name) <= 4 else re.IGNORECASE
        if re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text, flags):
            found.append(name)
    return found
