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
_WORD = re.compile(r"[^\W_]+")
_LEGAL_LIST = """
inc incorporated corp corporation co ltd limited llc llp plc gmbh ggmbh mbh ag kg kgaa ohg ug se sa sas sarl srl spa bv nv ab oy aps ltda pty
pvt pte kk sl slu
"""
_LEGAL_FORMS = frozenset(_LEGAL_LIST.split())
_TITLES = frozenset({"dr", "prof", "mr", "ms", "mrs", "mx", "herr", "frau"})
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


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """All words and numbers of the texts in lower case, for looking names up."""
    return frozenset(word.lower() for text in texts for word in _WORD.findall(text))


def spoken(name: str) -> frozenset[str]:
    """A name as it is written, and as people say it: without legal form or title. Empty when only common words are left."""
    words = [*_WORD.finditer(name)]
    while words and words[-1][0].lower() in _LEGAL_FORMS:
        words.pop()
    while words and words[0][0].lower() in _TITLES:
        words.pop(0)
    if sum(len(word[0]) for word in words) < 3 or {word[0].lower() for word in words} <= _COMMON:
        return frozenset()
    return frozenset({name, name[words[0].start() : words[-1].end()]})


def mentioned(names: Iterable[str], text: str, known: frozenset[str] = frozenset(), *, capital: bool = False) -> list[str]:
    """Those of the names that the text mentions; not those made of known words only. Short ones must match in case.

    With `capital`, each word must begin with the capital that it has in the name: 'the next step' names no company.
    """
    found = []
    for name in dict.fromkeys(names):
        words = _WORD.findall(name)
        if not words or words_of([name]) <= known:
            continue
        run = r"[\W_]{1,3}".join(map(re.escape, words))
        said = re.findall(rf"(?<![^\W_]){run}(?![^\W_])", text, 0 if len(name) <= 4 else re.IGNORECASE)
        if any(not capital or _capitals(words, one) for one in said):
            found.append(name)
    return found


def _capitals(words: list[str], said: str) -> bool:
    return all(written[0].isupper() for word, written in zip(words, _WORD.findall(said), strict=True) if word[0].isupper())
