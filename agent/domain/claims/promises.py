"""Words that promise the customer something: a discount, a refund, something free, a guarantee."""

import re

_GROUPS = {
    "discount": (
        r"discount\w*|rebate\w*|% off|percent off|\d off\b|price cut|cheaper|voucher\w*|coupon\w*",
        r"(?:special|reduced|lower|better|discounted) (?:price|rate|offer|pricing)|promo(?:tion(?:al)?)?[ -]?code",
        r"\w{0,30}rabatt\w*|preisnachl\w+|nachlass|gutschein\w*|vergünstig\w+|sonderpreis\w*",
        r"remise\w*|réduction\w*|descuento\w*|rebaja\w*",
    ),
    "part of the price": (
        r"half[ -](?:the )?(?:price|cost|off)|half of (?:the|your) (?:price|cost|fee)",
        r"(?:third|quarter|fifth|tenth)s? (?:off|discount|of (?:the|your) (?:price|cost|fee))",
        r"zum halben preis|à moitié prix|a mitad de precio",
    ),
    "refund": (
        r"refund\w*|reimburs\w+|money[ -]back|(?:account |service )?credit(?:s|ed)?\b|credit note",
        r"compensat\w+|waiv\w+|write[ -]off",
        r"\w{0,30}erstatt\w+|gutschrift\w*|gutgeschrieben|entschädig\w+|erlassen",
        r"rembours\w+|reembols\w+|indemni\w+",
    ),
    "free": (
        r"for free|free of charge|(?:at )?no (?:extra |additional )?(?:cost|charge)|complimentary|on the house",
        r"no (?:fees?|charges?)|for nothing|(?:it['\u2019]s|is|are) on us|cover (?:the|all|your) costs?|buy one",
        r"free (?:months?|year|trial|seats?|users?|upgrade|licen[cs]es?|access|use|credits?|add-on|support)",
        r"gratis|kostenlos\w*|kostenfrei\w*|umsonst|gratuit\w*",
    ),
    "guarantee": (
        r"guarant\w+|we promise|i promise|legally bind\w+",
        r"garanti\w+|versprech\w+|zusicher\w+|verbindlich\w*",
    ),
}
_PROMISES = {
    # '% off' and '5 off' begin with what is no letter
    group: re.compile(rf"(?:(?<![^\W_])|(?=[%\d]))(?:{'|'.join(words)})(?![^\W_])", re.IGNORECASE)
    for group, words in _GROUPS.items()
}
_SAID_BY_US = re.compile(
    r"(?<![^\W_])(?:(?:we|i)(?:['\u2019](?:ll|ve|d))?|wir|ich|nous|je|nosotros|approved|granted|issued|processed|entitled|"
    r"genehmigt|gewährt|accordé|aprobado)(?![^\W_])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[^\d\s][.!?…])\s+|\n+")  # '12. Dezember' is not the end of a sentence


def promises(text: str) -> dict[str, str]:
    """Promise words by group, each with its first occurrence. `we refund` is a sentence in which *we* give one."""
    found: dict[str, str] = {}
    for sentence in sentences(text):
        for group, pattern in _PROMISES.items():
            match = pattern.search(sentence)
            if match:
                found.setdefault(group, match[0].strip())
                if _SAID_BY_US.search(sentence):
                    found.setdefault(f"we {group}", sentence.strip()[:120])
    return found


def promising(sentence: str) -> bool:
    """The sentence has a promise word in it."""
    return any(pattern.search(sentence) for pattern in _PROMISES.values())


def sentences(text: str) -> list[str]:
    """The text's sentences and lines."""
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
