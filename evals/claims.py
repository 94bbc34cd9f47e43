"""Claims of a text that can be looked up: links, addresses, percentages and amounts. Read apart from the product's own content check."""

import re
from collections.abc import Iterator

_LINK = re.compile(r"https?://[^\s<>\")\]]+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b|Prozent\b)")
_AMOUNT = re.compile(r"(?:EUR|USD|GBP|CHF|€|\$|£)\s?(\d[\d.,' ]*\d|\d)|(\d[\d.,' ]*\d|\d)\s?(?:EUR|USD|GBP|CHF|€|\$|£|euros?\b|dollars?\b)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def percentages(text: str) -> list[float]:
    """The percentages that a text names."""
    return [float(found.replace(",", ".")) for found in _PERCENT.findall(text)]


def unproven(text: str, known: str) -> Iterator[str]:
    """The claims of the text that do not stand in what is known."""
    yield from (link for link in _found(_LINK, text) if link.rstrip(".,;:") not in known)
    yield from (address for address in _found(_ADDRESS, _LINK.sub(" ", text)) if address.rstrip(".") not in known)
    numbers = {_plain(number) for number in _NUMBER.findall(known)}
    for match in [*_PERCENT.finditer(text), *_AMOUNT.finditer(text)]:
        number = next(part for part in match.groups() if part)
        if _plain(number) not in numbers:
            yield match[0].strip()


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(match[0] for match in pattern.finditer(text)))


def _plain(number: str) -> str:
    """A number without marks for thousands and without zeros after the point, so that 1,200.00 and 1200 are one."""
    bare = re.sub(r"[' ]", "", number)
    bare = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", bare).replace(",", ".")
    return f"{float(bare):g}" if re.fullmatch(r"\d+(?:\.\d+)?", bare) else bare
