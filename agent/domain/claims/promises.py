"""Words that promise the customer something: a discount, a refund, something free, a guarantee."""

import re

_GROUPS = {
    "discount": r"discount\w*|rebate\w*|% off|percent off|\d off\b|price cut|"
    r"(?:special|reduced|lower|better|discounted) (?:price|rate|offer|pricing)|cheaper|voucher\w*|coupon\w*|promo(?:tion(?:al)?)?[ -]?code|"
    r"\w*rabatt\w*|preisnachl\w+|nachlass|gutschein\w*|vergünstig\w+|sonderpreis\w*|remise\w*|réduction\w*|descuento\w*|rebaja\w*",
    "half price": r"half[ -](?:the )?(?:price|cost|off)|half of (?:the|your) (?:price|cost|fee)|zum halben preis|à moitié prix|a mitad de precio",
    "refund": r"refund\w*|reimburs\w+|money[ -]back|(?:account |service )?credit(?:s|ed)?\b|credit note|compensat\w+|waiv\w+|write[ -]off|"
    r"\w*erstatt\w+|gutschrift\w*|gutgeschrieben|entschädig\w+|erlassen|rembours\w+|reembols\w+|indemni\w+",
    "free": r"for free|free of charge|free (?:month|months|year|trial|seat|seats|user|users|upgrade|licen[cs]e|licen[cs]es|access|use|credits?|add-on|support)|"
    r"(?:at )?no (?:extra |additional )?(?:cost|charge)|complimentary|on the house|gratis|kostenlos\w*|kostenfrei\w*|umsonst|gratuit\w*|gratuitement",
    "guarantee": r"guarant\w+|we promise|i promise|legally bind\w+|garanti\w+|versprech\w+|zusicher\w+|verbindlich\w*",
}
_PROMISES = {group: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])" if group != "discount" else rf"(?:(?<![^\W_])|(?=%)|(?=\d))(?:{words})",
                               re.IGNORECASE) for group, words in _GROUPS.items()}  # fmt: skip
_SAID_BY_US = re.compile(
    r"(?<![^\W_])(?:we|i|we'll|we've|we'd|i'll|i've|we’ll|we’ve|i’ll|i’ve|wir|ich|nous|je|nosotros|approved|granted|issued|processed|entitled|genehmigt|"
    r"gewährt|accordé|aprobado)(?![^\W_])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[^\d\s][.!?…])\s+|\n+")  # '12. Dezember' is not the end of a sentence


def promises(text: str) -> dict[str, str]:
    """Promise words by group, each with its first occurrence. `we discount` stands for a sentence in which *we* give one, not one about it."""
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
