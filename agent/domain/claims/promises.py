"""Words that promise the customer something: a discount, a refund, something free, a guarantee."""

import re
from collections.abc import Iterator

_SOLD = "year|month|week|seat|user|licen[cs]e|setup|set-up|training|upgrade|support|access|trial|plan|module|add-on|service"
_GROUPS = {
    "discount": (
        r"discount\w*|rebate\w*|% off|percent off|\d off\b|price cut|cheaper|voucher\w*|coupon\w*",
        r"(?:special|reduced|lower|better|discounted) (?:price|rate|offer|pricing)|promo(?:tion(?:al)?)?[ -]?code",
        r"\w{0,30}rabatt\w*|preisnachl\w+|nachlass|gutschein\w*|vergünstig\w+|sonderpreis\w*",
        r"remise\w*|réduction\w*|descuento\w*|rebaja\w*|rabais|ristourne\w*",
        r"pays? less|moins chers?|moins chères?|más baratos?|más baratas?|(?:pagará\w*|pagar) menos|pai?e\w* moins|payer\w* moins",
        r"(?:be)?zahl\w* (?:\w+ ){0,2}weniger|weniger (?:be)?zahl\w*|knock (?:\w+ ){1,2}off|(?:something|some money|a bit) off",
    ),
    "part of the price": (
        r"half[ -](?:the )?(?:price|cost|off)|half of (?:the|your) (?:price|cost|fee)",
        r"(?:third|quarter|fifth|tenth)s? (?:off|discount|of (?:the|your) (?:price|cost|fee))",
        r"zum halben preis|à moitié prix|a mitad de precio",
        r"(?:half|thirds?|hälfte|drittel|viertel|moitié|tiers|mitad|tercio) (?:as much|less|cheaper|weniger|billiger|günstiger|moins|menos)",
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
        r"gratis|kostenlos\w*|kostenfrei\w*|umsonst|gratuit\w*|geschenkt|unentgeltlich\w*|gebührenfrei\w*|zum nulltarif|aufs haus",
        r"offert(?:e|s|es)?|de regalo|regalad[oa]s?|a nuestro cargo|corre por nuestra cuenta|à nos frais|auf unsere kosten|at our expense",
        r"(?<!count )(?<!rely )(?<!call )(?<!depend )(?<!depends )(?<!wait )(?<!waiting )on us",
        r"(?:months?|years?|weeks?|seats?|users?|licen[cs]es?) (?:on top|extra)|(?:monate?|jahre?|plätze) (?:obendrauf|extra|dazu)",
        rf"(?:{_SOLD})s? (?:is|are|will be|comes?|stays?|remains?) (?:\w+ly )?free",
        r"costs? (?:\w+ )?nothing|pays? (?:\w+ )?nothing|nothing to pay|zero cost|cost[- ]free|pay for (?:\w+ )?(?:fewer|less)",
        r"without (?:any )?(?:extra |additional |further )?(?:charges?|costs?|fees?|paying|payment)",
        r"(?:not|never|n['\u2019]t) (?:be )?(?:charged?|billed?|invoiced?)(?: you)?",
        r"(?:will not|won['\u2019]t|need not|never|do not|don['\u2019]t) (?:have to )?pay",
        r"ohne (?:aufpreis|mehrkosten|zusatzkosten|kosten|gebühr\w*|berechnung)|nicht (?:berechnet|in rechnung gestellt)",
        r"(?:kostet|kosten|(?:be)?zahl\w+) (?:\w+ ){0,2}(?:nichts|keinen (?:cent|euro))|nichts (?:zu )?(?:be)?zahlen",
        r"sans (?:frais|aucun (?:coût|frais|supplément)|coût|supplément)|(?:co[uû]te\w*|pai?e\w*|payer\w*) rien",
        r"sin (?:ningún )?(?:coste|costo|cargo|gasto)s?(?: alguno| adicional(?:es)?)?|(?:cuesta\w*|costará\w*|paga\w*) nada",
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
_PAYING = re.compile(
    r"(?<![^\W_])(?:pay(?:s|ing|ments?|able)?|paid|pric(?:es?|ed|ing)|costs?|costing|fees?|charg(?:e|es|ed|ing)|bill(?:s|ed|ing)?|invoic(?:e|es|ed|ing)|"
    r"\w{0,20}zahl(?:e|en|t|st|ung|ungen)|kosten?|kostet|\w{0,20}preis\w*|\w{0,20}gebühr\w*|rechnung\w*|berechne\w*|"
    r"pa[iy]e\w*|coûte?\w*|prix|tarifs?|factur\w*|frais|pag(?:a|an|ar|ará|arán|as|o|os|ue|uen)|cobr\w*|precios?|cuesta\w*|costes?|costos?|tarifas?)(?![^\W_])",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"(?<![^\W_])(?:half|halves?|halved|halving|"
    r"(?:a|one|\d+)[ -](?:third|fifth|sixth|eighth|tenth)s?|(?:a|one|\d+)[ -]quarters? (?:of|off|less|cheaper)|"
    r"hälften?|halb(?:e|en|er|es)?|halbier\w*|drittel\w*|viertel(?!jahr)|fünftel|zehntel|"
    r"moitiés?|demi-?tarif|(?:un|le|deux|\d+) tiers|(?:un|trois|\d+) quarts?|"
    r"mitad|medio precio|(?:un|dos|\d+) tercios?|un cuarto|(?:tercera|cuarta|quinta) parte)(?![^\W_])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<![^\W_])(?:pays?|paid|costs?|charge[sd]?|prices? (?:is|of|at)|(?:be)?zahl(?:en|t|st)|kostet|kosten|preis (?:ist|von)|"
    r"pa[iy]e[rzs]?|coûte(?:ra)?|"
    r"paga(?:r|rá|n)?|cuesta|cobramos)\W+(?:[^\W\d]+\W+){0,3}?(?P<number>\d+(?:[.,']\d+)*)(?![\w%-])"
    r"(?!\s*(?:%|per ?cent|prozent|minut|hour|day|week|month|year|stund|tag|woch|monat|jahr|"
    r"heure|jour|semaine|mois|hora|día|mes|año|seat|user|plätz|times))",
    re.IGNORECASE,
)
"""A number that can only be a price, though no currency stands beside it."""

_SAID_BY_US = re.compile(
    r"(?<![^\W_])(?:(?:we|i)(?:['\u2019](?:ll|ve|d))?|wir|ich|nous|je|nosotros|approved|granted|issued|processed|entitled|"
    r"genehmigt|gewährt|accordé|aprobado)(?![^\W_])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[^\d\s][.!?…])\s+|\n+")  # '12. Dezember' is not the end of a sentence


def promises(text: str) -> dict[str, str]:
    """Promise words by group, each with its first occurrence. `we refund` is a sentence in which *we* give one."""
    found: dict[str, str] = {}
    for sentence, group, words in _said(text):
        found.setdefault(group, words)
        if _SAID_BY_US.search(sentence):
            found.setdefault(f"we {group}", sentence.strip()[:120])
    return found


def promising(text: str) -> list[str]:
    """The sentences of the text that have a promise word in them."""
    return list(dict.fromkeys(sentence for sentence, _, _ in _said(text)))


def _said(text: str) -> Iterator[tuple[str, str, str]]:
    """Sentence, group and words of each promise. Most texts make none, and that is seen without taking them apart."""
    present = {group: pattern for group, pattern in _PROMISES.items() if pattern.search(text)}
    parts = _FRACTION.search(text) is not None
    for sentence in sentences(text) if present or parts else ():
        for group, pattern in present.items():
            if match := pattern.search(sentence):
                yield sentence, group, match[0].strip()
        if parts and (part := _part_of_a_price(sentence)):
            yield sentence, "part of the price", part


def bare_prices(text: str) -> list[str]:
    """Prices that are stated without a currency: 'you pay 500', 'it costs only 20'."""
    return [match["number"] for match in _BARE.finditer(text)]


def _part_of_a_price(sentence: str) -> str:
    """The fraction that a sentence about paying names: 'you pay only half', 'nur die Hälfte zahlen'."""
    match = _FRACTION.search(sentence)
    return match[0] if match and _PAYING.search(sentence) else ""


def sentences(text: str) -> list[str]:
    """The text's sentences and lines."""
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
