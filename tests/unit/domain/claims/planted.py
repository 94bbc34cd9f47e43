"""Made texts with personal data planted in them, and texts that only look as if they had some. The same for everybody."""

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

EACH = 36
"""Planted values of every format."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with one value in it."""

    format: str
    value: str
    text: str


_SEED = 20261126
_DRAW = random.Random(_SEED)  # noqa: S311  made texts, no secrets
_ALNUM = string.ascii_letters + string.digits


def _of(alphabet: str, many: int) -> str:
    """Drawn from an alphabet, and taken as it comes."""
    return "".join(_DRAW.choice(alphabet) for _ in range(many))


def _digits(many: int) -> str:
    return "".join(_DRAW.choice(string.digits) for _ in range(many))


def _luhn(body: str) -> str:
    total = sum(sum(divmod(2 * int(c), 10)) if place % 2 == 0 else int(c) for place, c in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


def _card() -> str:
    number = _luhn(_DRAW.choice(["4", "51", "55", "2221", "6011"]) + _digits(15))[:16]
    number = _luhn(number[:15])
    if _DRAW.random() < 0.2:
        number = _luhn("37" + _digits(12))
        return _DRAW.choice([number, f"{number[:4]} {number[4:10]} {number[10:]}"])
    return _DRAW.choice([number, " ".join(number[n : n + 4] for n in range(0, 16, 4)), "-".join(number[n : n + 4] for n in range(0, 16, 4))])


def _iban() -> str:
    country, bban = _DRAW.choice(
        [("DE", _digits(18)), ("NL", "ABNA" + _digits(10)), ("GB", "BARC" + _digits(14)), ("FR", _digits(23)), ("AT", _digits(16))]
    )
    check = 98 - int("".join(str(int(c, 36)) for c in f"{bban}{country}00")) % 97
    whole = f"{country}{check:02}{bban}"
    return _DRAW.choice([whole, " ".join(whole[n : n + 4] for n in range(0, len(whole), 4)), whole.lower()])


def _phone() -> str:
    n = _digits
    return _DRAW.choice(
        [
            f"+49 30 {n(3)} {n(4)}",
            f"+1 ({_DRAW.randint(201, 989)}) {n(3)}-{n(4)}",
            f"0049{n(10)}",
            f"+33 6 {n(2)} {n(2)} {n(2)} {n(2)}",
            f"+44 20 7{n(3)} {n(4)}",
            f"({_DRAW.randint(201, 989)}) {n(3)}-{n(4)}",
            f"030/{n(3)}{n(5)}",
            f"+43{n(9)}",
            f"{_DRAW.randint(201, 989)}-{n(3)}-{n(4)}",
        ]
    )


def _email() -> str:
    name = _DRAW.choice(["anna.berg", "j.o_neil", "max+orders", "info", "k.müller".replace("ü", "ue"), "x1"])
    return f"{name}{_digits(2)}@{_DRAW.choice(['example.com', 'mail.example.co.uk', 'sub-domain.example.org', 'firma-example.de'])}"


def _token() -> str:
    return _DRAW.choice(
        [
            f"sk-{_of(_ALNUM, 40)}",
            f"sk_live_{_of(_ALNUM, 24)}",
            f"ghp_{_of(_ALNUM, 36)}",
            f"xoxb-{_digits(12)}-{_of(_ALNUM, 24)}",
            f"glpat-{_of(_ALNUM, 20)}",
            f"AKIA{_of(string.ascii_uppercase + string.digits, 16)}",
            f"AIza{_of(_ALNUM, 35)}",
            f"SG.{_of(_ALNUM, 22)}.{_of(_ALNUM, 43)}",
            f"pat-na1-{_of('0123456789abcdef', 32)}",
        ]
    )


def _password() -> str:
    return _of(_ALNUM + "!$%&#?", 11)


def _url() -> str:
    return f"{_DRAW.choice(['svc', 'admin', 'reader'])}:{_of(_ALNUM, 14)}"


FORMATS: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
    "e-mail": (_email, ("Please write to {} instead.", "Meine Adresse ist {}.", "cc: {}, thanks", "<{}> bounced")),
    "phone": (_phone, ("Call me at {} today.", "Tel. {}", "Rückruf bitte unter {}!", "my number ({}) changed")),
    "card": (_card, ("I paid with {} last week.", "Karte: {}", "card number {}, exp 11/28", "charged twice on {}.")),
    "iban": (_iban, ("Refund to {} please.", "IBAN: {}", "Konto {}, danke", "the account is {}.")),
    "token": (_token, ("It fails with key {} since Monday.", "export KEY={}", "`{}`", "Authorization uses {} as before")),
    "password": (_password, ("password: {}", "My password is {} and it does not work", "Passwort ist {}", "pwd={}")),
    "jwt": (lambda: f"eyJ{_of(_ALNUM, 20)}.eyJ{_of(_ALNUM, 40)}.{_of(_ALNUM, 43)}", ("Bearer {}", "the token {} expired", "jwt={}")),
    "bearer": (lambda: _of(_ALNUM, 24), ("Authorization: Bearer {}", "curl -H 'Authorization: bearer {}' https://api.example.com")),
    "url with a password": (_url, ("postgres://{}@db.example.com:5432/app", "see https://{}@files.example.com/x")),
    "random key": (lambda: _of(_ALNUM, _DRAW.randint(32, 64)), ("the key {} is refused", "X-Api-Key {}", "secret={}", '"{}"')),
    "private key": (
        lambda: f"-----BEGIN PRIVATE KEY-----\n{_of(_ALNUM, 64)}\n{_of(_ALNUM, 40)}\n-----END PRIVATE KEY-----",
        ("here it is:\n{}\nthanks", "{}"),
    ),
}


def planted() -> Iterator[Planted]:
    """Every format often, each in several wordings."""
    _DRAW.seed(_SEED)
    for name, (make, wordings) in FORMATS.items():
        for number in range(EACH):
            value = make()
            yield Planted(name, value, wordings[number % len(wordings)].format(value))


LOOK_ALIKES = (
    "Order {d10} has not arrived",
    "Invoice INV-{d4}-{d6} is wrong",
    "since 2026-11-{day} 14:05:33",
    "am {day}.11.2026 um 09:30 Uhr",
    "ticket #{d6}",
    "version 12.4.{d4} (build {d8})",
    "error TS-{d4} at line {d4}",
    "id 3f2504e0-4f89-41d3-9a0c-0305e82c{d4}",
    "EUR {d4},50 for {d4} seats",
    "server 10.0.{day}.{day}",
    "ISO 27001:2022 and RFC 7519",
    "exported {d4} of {d6} rows",
    "part A{d4}-B{d4}",
    "https://example.com/docs/{d6}?page={day}",
    "sla 99.95 %, p95 {d4} ms",
    "meeting 10:00-11:30, room {d4}",
    "SKU {d8}",
    "about 10-20 000 records",
    "tracking 1Z{d6}",
    "I reset my password and the token page is empty",
    "batch_2026_11_{day}.csv",
)


def look_alikes() -> Iterator[str]:
    """Numbers, names and codes that open nothing and identify nobody."""
    _DRAW.seed(_SEED)
    for number in range(15 * len(LOOK_ALIKES)):
        wording = LOOK_ALIKES[number % len(LOOK_ALIKES)]
        yield wording.format(d4=_digits(4), d6=_digits(6), d8=_digits(8), d10=_digits(10), day=f"{_DRAW.randint(1, 28):02}")
