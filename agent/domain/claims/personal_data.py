"""Finds what identifies or opens something in free text: keys and passwords, account and card numbers, addresses, telephone numbers.

A number is a card where its check digit is right (ISO/IEC 7812, Luhn) and an issuer could have given it, an account where its checksum is right
(ISO 13616: modulo 97); where the words before it name it as one, a typing error does not hide it. Every pattern is bounded, so that a hostile text
cannot make the search slow.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

PersonalKind = Literal["secret", "likely secret", "account number", "card number", "e-mail", "phone"]
PLAIN_SECRETS: frozenset[PersonalKind] = frozenset({"secret", "account number", "card number"})
"""What is told by its shape, or by the words before it."""

SECRETS: frozenset[PersonalKind] = PLAIN_SECRETS | {"likely secret"}
"""What nobody needs to read in a message, and whoever reads it could misuse; also what was drawn at random, as keys and some ids are."""

EVERYTHING: frozenset[PersonalKind] = SECRETS | {"e-mail", "phone"}

_KEYS = (
    r"A(?:KIA|SIA)[A-Z0-9]{16}|sk-(?:(?:proj|ant|svcacct|admin|or)-[\w-]{8,255}|[A-Za-z0-9]{14,255})|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255}|[spr]k_(?:live|test)_[A-Za-z0-9]{10,255}"
    r"|xox[abeprs]-[\w-]{10,255}|x(?:app|wfp)-[\w-]{10,255}|whsec_[\w+/=-]{6,255}|AIza[\w-]{30,60}|ya29\.[\w-]{20,400}|SG\.[\w-]{10,60}\.[\w-]{10,60}"
    r"|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{20,64}|npm_[A-Za-z0-9]{20,64}|pypi-[\w-]{20,400}|dop_v1_[a-f0-9]{20,128}|hf_[A-Za-z0-9]{20,64}"
    r"|dckr_pat_[\w-]{20,64}|lin_api_[A-Za-z0-9]{20,64}|sq0[a-z]{3}-[\w-]{16,64}|figd_[\w-]{20,64}|tskey-[\w-]{16,128}|eyJ[\w-]{8,2000}(?:\.[\w-]{1,2000}){1,2}"
)
"""Keys by the beginnings that their makers gave them, which are no words."""

_MAYBE_KEYS = r"(?:[spr]k|np|pat|rnd|phc|EAA)[-_]?[A-Za-z0-9][-_A-Za-z0-9+/=]{9,400}"
"""Those that could also begin a word."""

_BEFORE_SECRETS = (
    r"pass(?:word|wd|phrase|code)?|pwd|passwor[td]|kennwort|geheim(?:nis|wort)?|mot de passe|contrase(?:ñ|n)a|secret|token|api[ _-]?key"
    r"|access[ _-]?key|secret[ _-]?key|client[ _-]?secret|pin|cvv|cvc"
)
_BEFORE_CARDS = re.compile(r"(?:card|karte|kreditkarte|carte|tarjeta|visa|mastercard|amex)\D{0,20}$", re.IGNORECASE)
_BEFORE_ACCOUNTS = re.compile(r"(?:iban|konto|account|compte|cuenta)\W{0,3}(?:(?:no|nr|number|nummer)\W{0,3})?$", re.IGNORECASE)

_COUNTRIES = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27
GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28
PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
"""
_ACCOUNTS = "|".join(rf"{one[:2]}\d{{2}}(?:[ .-]?[a-z0-9]){{{int(one[2:]) - 4}}}" for one in _COUNTRIES.split())
"""Every country's account numbers are of one length, letters and digits, which may stand in groups."""

_CARD_LENGTHS: Mapping[str, range | tuple[int, ...]] = {"3": (14, 15, 16), "4": (13, 16, 19), "5": (16,), "6": range(16, 20), "2": (16,)}

_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b")


@dataclass(frozen=True, slots=True)
class Found:
    """One value, by its place in the text."""

    kind: PersonalKind
    start: int
    end: int


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SLUG = re.compile(r"(?:[a-z]+\d{0,2}|\d{1,12})(?:[-_/](?:[a-z]+\d{0,2}|\d{1,12}))+")
"""Words and numbers with a sign between them, as in the name of a page."""


def _always(_match: re.Match[str]) -> bool:
    return True


def _drawn(match: re.Match[str]) -> bool:
    """More than a word."""
    return any(c.isdecimal() for c in match["value"]) or len(match["value"]) > 20


def _mixed(match: re.Match[str]) -> bool:
    """Letters and digits, and neither a plain id nor words and numbers with a sign between: keys are drawn from both."""
    text = match["value"]
    both = any(c.isdecimal() for c in text) and any(c.isalpha() for c in text)
    return both and not _UUID.fullmatch(text) and not _SLUG.fullmatch(text)


def _given(match: re.Match[str]) -> bool:
    """What stands behind `password:` or `the PIN is` is one unless it is a plain word of the sentence, as in `the password is wrong`."""
    value = match["value"].rstrip(".,;!?")
    plain = value.isalpha() and (value.islower() or value.istitle())
    return bool(match["quote"]) or not plain or (match["sign"].strip() in ("=", ":") and not match["more"].strip(" .,;!?"))


def _is_account(match: re.Match[str]) -> bool:
    text = re.sub(r"[ .-]", "", match["value"]).upper()
    right = int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1
    return right or bool(_BEFORE_ACCOUNTS.search(match.string, max(0, match.start("value") - 40), match.start("value")))


def _is_card(match: re.Match[str]) -> bool:
    digits = [int(c) for c in match["value"] if c.isdecimal()]
    lengths = _CARD_LENGTHS.get(str(digits[0]), ())
    if len(digits) not in lengths or len(set(digits)) == 1:
        return False
    doubled = [d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 or bool(_BEFORE_CARDS.search(match.string, max(0, match.start("value") - 40), match.start("value")))


def _is_phone(match: re.Match[str]) -> bool:
    """Written as a number to call: with a country, or in groups; no date, time, amount, address of a machine, version or plain id."""
    text = match["value"]
    digits = sum(c.isdecimal() for c in text)
    abroad = text.lstrip("(").startswith(("+", "00")) and digits >= 10
    if not 7 <= digits <= 15 or _DATE.search(text) or (not abroad and re.fullmatch(r"[\d.]+", text)):
        return False
    local = text.startswith(("0", "(")) and digits >= 8
    grouped = digits >= 9 and len(re.findall(r"\d+", text)) >= 3
    return abroad or local or grouped


_STANDS_FOR_ONE = rf"\[(?:{'|'.join(sorted(EVERYTHING))})(?: \d+)?\]"
"""What stands where a value was taken out is none itself."""

_NAMED = (
    rf"(?i)\b(?:{_BEFORE_SECRETS})\b(?P<sign>\s{{0,3}}(?:[:=]|\b(?:is|ist|lautet|est|es)\b)\s{{0,3}})(?P<quote>[\"'`]?)(?!{_STANDS_FOR_ONE})"
    r"(?P<value>[^\s\"'`]{4,400})(?=(?P<more>[^\n]{0,40}))"
)
_SECRET_SHAPES = (
    (r"(?P<value>-----BEGIN [A-Z ]{3,40}-----[\s\S]{0,8000}?(?:-----END [A-Z ]{3,40}-----|\Z))", _always),
    (r"(?i)\b(?:bearer|basic)\s{1,4}(?P<value>[\w.~+/=-]{8,2000})", _drawn),
    (r"(?<=://)(?P<value>[^\s/@:]{1,256}:[^\s/@]{1,256})(?=@)", _always),
    (_NAMED, _given),
    (rf"(?<![\w-])(?P<value>{_KEYS})", _always),
    (rf"(?<![\w-])(?P<value>{_MAYBE_KEYS})", _mixed),
)
_Test = Callable[[re.Match[str]], bool]
_PATTERNS: tuple[tuple[PersonalKind, re.Pattern[str], _Test], ...] = (
    *(("secret", re.compile(pattern), is_one) for pattern, is_one in _SECRET_SHAPES),
    ("account number", re.compile(rf"(?i)(?<![\w-])(?P<value>{_ACCOUNTS})(?!\w)"), _is_account),
    ("card number", re.compile(r"(?<![\w.+-])(?P<value>\d(?:[ -]?\d){12,18})(?![\w-])"), _is_card),
    ("e-mail", re.compile(r"(?<![\w.+%-])(?P<value>[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"), _always),
    ("likely secret", re.compile(r"(?<![\w/.-])(?P<value>[A-Za-z0-9+/_=-]{32,400})(?![\w/.-])"), _mixed),
    ("phone", re.compile(r"(?<![\w.+-])(?P<value>(?:\+|\((?=[^()\n]{1,8}\))\+?)?\d(?:[ ()/.-]{0,3}\d){6,18})(?![\w-]|\.\d)"), _is_phone),
)
"""In the order of how much harm they would do: what is one of the first is none of the later."""


def personal_data(text: str, kinds: frozenset[PersonalKind] = EVERYTHING) -> list[Found]:
    """What of these kinds stands in the text, in its order, nothing twice: where two kinds could be meant the worse one is."""
    taken: list[Found] = []
    for kind, pattern, is_one in _PATTERNS:
        if kind in kinds:
            found = (Found(kind, *match.span("value")) for match in pattern.finditer(text) if is_one(match))
            taken += [one for one in found if not any(one.start < other.end and other.start < one.end for other in taken)]
    return sorted(taken, key=lambda one: one.start)


def without(text: str, kinds: frozenset[PersonalKind] = EVERYTHING) -> str:
    """The text with the name of its kind in the place of each value, for good."""
    parts, place = [], 0
    for one in personal_data(text, kinds):
        parts += [text[place : one.start], f"[{one.kind}]"]
        place = one.end
    return "".join([*parts, text[place:]])
