"""One message as it goes out: plain text, headers that nobody's text can add to, and an id that is always the same for one effect."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from agent.domain.evidence import Person

_POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits a byte; what has more is encoded."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63})")
LONGEST_NAME, LONGEST_SUBJECT = 80, 400
UNSUBSCRIBED_BY = ("marketing",)
"""Purposes of which one can be tired; what a contract asks for is told all the same."""


class NotALetter(Exception):
    """It cannot be mailed as it is; why is a sentence for whoever approved it."""


@dataclass(frozen=True, slots=True)
class Stationery:
    """How letters of this company look.

    `domains`: its own. `shared`: one address for all, with answers to the owner. `unsubscribe`: where one objects.
    """

    domains: Collection[str]
    shared: str | None = None
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """Who sends it to whom, by the envelope, and its bytes."""

    sender: str
    to: str
    data: bytes
    id: str


def letter(marker: str, payload: Mapping[str, Any], owner: Person, stationery: Stationery, at: datetime) -> Letter:
    """The message of an effect, in the owner's name. Raises NotALetter."""
    to, own = address(str(payload.get("to") or ""), "the recipient's address"), address(owner.email, f"the address of {owner.id}")
    if domain_of(own) not in {domain.lower() for domain in stationery.domains}:
        raise NotALetter(f"{own} is not at a domain that mail is sent from ({', '.join(stationery.domains)}): nothing is sent in that name")
    sender = stationery.shared or own
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = message_id(marker, sender)
    message["Date"] = format_datetime(at)
    message["From"] = Address(_name(owner.name), addr_spec=sender)
    if sender != own:
        message["Reply-To"] = Address(_name(owner.name), addr_spec=own)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _subject(str(payload.get("subject") or ""))
    if stationery.unsubscribe and payload.get("purpose") in UNSUBSCRIBED_BY:
        message["List-Unsubscribe"] = f"<{stationery.unsubscribe.replace('{contact}', quote(str(payload.get('contact') or ''), safe=''))}>"
    message.set_content(_body(str(payload.get("body") or "")), charset="utf-8")
    return Letter(sender, to, message.as_bytes(), str(message["Message-ID"]))


def message_id(marker: str, sender: str) -> str:
    """The same for one effect, however often it is asked for: by it a mail is found, and known as the one that is there."""
    return f"<{marker}@{domain_of(sender)}>"


def address(text: str, what: str) -> str:
    """One plain address. Raises NotALetter."""
    if not _ADDRESS.fullmatch(text) or ".." in text or text.startswith(".") or ".@" in text:
        raise NotALetter(f"{what} is none that mail can be sent to or from: correct it in the CRM")
    return text


def domain_of(email: str) -> str:
    """What stands behind the @, in lower case."""
    return email.rpartition("@")[2].lower()


def _subject(text: str) -> str:
    """It was approved as it is, so it is sent as it is, or not at all."""
    if not text.strip():
        raise NotALetter("the message has no subject: edit it")
    if _controls(text):
        raise NotALetter("the subject has a line break or another invisible sign in it: edit it")
    if len(text) > LONGEST_SUBJECT:
        raise NotALetter(f"the subject is longer than {LONGEST_SUBJECT} characters: edit it")
    return text.strip()


def _body(text: str) -> str:
    if not text.strip():
        raise NotALetter("the message has no text: edit it")
    if _controls(text.replace("\r\n", "").replace("\n", "").replace("\t", "")):
        raise NotALetter("the text has an invisible sign in it: edit it")
    return text.replace("\r\n", "\n").strip("\n") + "\n"


def _controls(text: str) -> bool:
    return any(_hidden(character) for character in text)


def _hidden(character: str) -> bool:
    """Control characters, lone surrogates and separators of lines and paragraphs."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _name(text: str) -> str:
    """A name as it is told, in one line."""
    return " ".join("".join(" " if _hidden(one) else one for one in text).split())[:LONGEST_NAME]
