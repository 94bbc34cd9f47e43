"""Requests of somebody who knows how everything is signed, and has seen signed requests, but has no secret: at every door, in all known ways."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlencode

from integrations.sandbox.slack.carrying import signature as sign_slack
from integrations.webhooks.signatures import SALESFORCE_SECRET, sign_hubspot_v1, sign_hubspot_v2, sign_hubspot_v3, sign_standard, sign_zendesk

HOST = "https://nextplay.example.com"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
DOORS = ("hubspot", "zendesk", "salesforce", "generic", "slack")
UNTIMED = ("salesforce",)
"""Whose senders sign no time."""

SECRETS = {
    "hubspot": "hub-8d1f0c",
    "zendesk": "zen-8d1f0c",
    "salesforce": "sf-8d1f0c",
    "generic": "whsec_YXR0YWNrIGtleSBvZiB0aGlydHktdHdvIGJ5dGVzISE=",
    "slack": "sl-8d1f0c",
}
WRONG = {
    "hubspot": "hub-8d1f0d",
    "zendesk": "",
    "salesforce": "sf-8d1f0",
    "generic": "whsec_YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE=",
    "slack": "SL-8D1F0C",
}
"""Secrets that are nearly right, or none."""

PROOFS = {
    "hubspot": "x-hubspot-signature-v3", "zendesk": "x-zendesk-webhook-signature", "salesforce": SALESFORCE_SECRET, "generic": "webhook-signature",
    "slack": "x-slack-signature",
}  # fmt: skip
STAMPS = {
    "hubspot": "x-hubspot-request-timestamp", "zendesk": "x-zendesk-webhook-signature-timestamp", "generic": "webhook-timestamp",
    "slack": "x-slack-request-timestamp",
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """One request. `how` names what is wrong with it."""

    door: str
    path: str
    body: bytes
    headers: Mapping[str, str] | tuple[tuple[str, str], ...]
    how: str = "nothing"

    @property
    def fields(self) -> dict[str, str]:
        """The headers by name."""
        return dict(self.headers)


def body_of(door: str, number: int, now: datetime) -> bytes:
    """What the door's sender says, another thing each time."""
    at = now - timedelta(minutes=1)
    if door == "hubspot":
        change = {"eventId": number, "subscriptionId": 1, "portalId": 1, "occurredAt": int(at.timestamp() * 1000), "attemptNumber": 0}
        return json.dumps(
            [{**change, "subscriptionType": "deal.propertyChange", "objectId": 7, "propertyName": "dealstage", "propertyValue": "won"}]
        ).encode()
    if door == "zendesk":
        said = {"id": f"z{number}", "type": "zen:event-type:ticket.created", "subject": "zen:ticket:7", "time": at.isoformat()}
        return json.dumps({**said, "detail": {"id": "7"}, "event": {}}).encode()
    if door == "salesforce":
        said = {"org": "00DHs000000TessMAE", "object": "Opportunity", "id": f"006Hs{number:010d}AAM", "what": "StageName", "value": "Closed Won"}
        return json.dumps({**said, "modstamp": at.isoformat()}).encode()
    if door == "slack":
        click = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": "U1"},
            "actions": [{"action_id": "np:approve", "value": f"apr_{number}"}],
        }
        return urlencode({"payload": json.dumps(click)}).encode()
    told = {"source": "billing", "id": f"evt_{number}", "type": "usage.dropped", "occurred_at": at.isoformat()}
    return json.dumps({**told, "subject": {"kind": "account", "id": "acc_031"}}).encode()


def signed(door: str, body: bytes, at: datetime, *, secret: str | None = None, host: str = HOST) -> Attempt:
    """As the door's sender signs it."""
    key = SECRETS[door] if secret is None else secret
    path = "/slack/events" if door == "slack" else f"/webhooks/{door}"
    stamp = {"hubspot": str(int(at.timestamp() * 1000)), "zendesk": at.strftime("%Y-%m-%dT%H:%M:%SZ")}.get(door, str(int(at.timestamp())))
    proofs: dict[str, Callable[[], str]] = {
        "hubspot": lambda: sign_hubspot_v3(key, "POST", f"{host}{path}", body, stamp), "zendesk": lambda: sign_zendesk(key, stamp, body),
        "salesforce": lambda: key, "generic": lambda: sign_standard(key, "msg_1", stamp, body), "slack": lambda: sign_slack(key, stamp, body),
    }  # fmt: skip
    headers = {"content-type": FORM if door == "slack" else JSON, PROOFS[door]: proofs[door]()}
    if door in STAMPS:
        headers[STAMPS[door]] = stamp
    if door == "generic":
        headers["webhook-id"] = "msg_1"
    return Attempt(door, path, body, headers)


def forgeries(dice: Random, now: datetime, count: int) -> Iterator[Attempt]:
    """So many, of all doors and ways in turn."""
    ways = [(door, way) for door in DOORS for way in WAYS if way not in _ONLY_TIMED or door not in UNTIMED]
    for number in range(count):
        door, way = ways[number % len(ways)]
        whole = signed(door, body_of(door, number, now), now)
        yield replace(WAYS[way](whole, dice, now), how=way)


def _with(attempt: Attempt, **headers: str | None) -> Attempt:
    changed = {**attempt.fields, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return replace(attempt, headers={name: value for name, value in changed.items() if value is not None})


def _proof(attempt: Attempt, made: Callable[[str], str]) -> Attempt:
    name = PROOFS[attempt.door]
    return replace(attempt, headers={**attempt.fields, name: made(attempt.fields[name])})


def _unsigned(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    return _with(attempt, **{PROOFS[attempt.door]: None})


def _other_secret(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    return signed(attempt.door, attempt.body, now, secret=WRONG[attempt.door])


def _secret_of_another_door(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    """Where a secret has a form of its own, that of nobody."""
    others = [WRONG["generic"]] if attempt.door == "generic" else [SECRETS[door] for door in DOORS if door != attempt.door]
    return signed(attempt.door, attempt.body, now, secret=dice.choice(others))


def _cut(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    return _proof(attempt, lambda proof: proof[: dice.randrange(len(proof))])


def _longer(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    return _proof(attempt, lambda proof: proof + dice.choice(["A", "=", "0", "\u00e9", proof]))


def _one_sign_changed(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    def changed(proof: str) -> str:
        # The last sign of base64 before its padding says only some bits: another one there may be the same bytes, but is never taken for them.
        place = dice.randrange(len(proof))
        return proof[:place] + dice.choice([sign for sign in "abcXYZ019+/" if sign != proof[place]]) + proof[place + 1 :]

    return _proof(attempt, changed)


def _other_letters(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    return _proof(attempt, lambda proof: proof.swapcase())


def _twice(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    name = dice.choice([name for name in (PROOFS[attempt.door], STAMPS.get(attempt.door)) if name])
    pairs = [*attempt.fields.items(), (name.upper(), dice.choice(["", "x", attempt.fields[name]]))]
    dice.shuffle(pairs)
    return replace(attempt, headers=tuple(pairs))


def _other_body(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    place = dice.randrange(len(attempt.body))
    made = [attempt.body + b" ", b" " + attempt.body, attempt.body[:place], attempt.body[:place] + b"\x00" + attempt.body[place:], b"", b"{}"]
    return replace(attempt, body=dice.choice([body for body in made if body != attempt.body]))


def _other_time(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    """Signed by who has the secret, but long ago or for a time to come: what somebody overheard, and sends again."""
    seconds = dice.choice([301, 302, 600, 3_600, 7_200, 86_400, 31_536_000])
    return signed(attempt.door, attempt.body, now + timedelta(seconds=dice.choice([-1, 1]) * (seconds + 30)))


def _time_replaced(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    stamp = STAMPS[attempt.door]
    fresh = signed(attempt.door, attempt.body, now).fields[stamp]
    old = signed(attempt.door, attempt.body, now - timedelta(days=1))
    return replace(
        old,
        headers={**old.fields, stamp: dice.choice([fresh, "", "now", "-1", "0", "9" * 400, "NaN", "1e9", "\u00b2", f"{fresh}\u00b2", f"+{fresh}"])},
    )


def _another_doors_proof(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    """What is right elsewhere."""
    other = signed(dice.choice([door for door in DOORS if door != attempt.door]), attempt.body, now)
    return replace(attempt, headers={**other.fields, "content-type": attempt.fields["content-type"]})


def _older_ways(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    """Without a key: hashes that anybody can make, and names of ways to sign that are none."""
    url = f"{HOST}{attempt.path}"
    made = [
        sign_hubspot_v1("", attempt.body),
        sign_hubspot_v2("", "POST", url, attempt.body),
        "none",
        "v0=",
        "v1,",
        "v1a,AAAA",
        "v2=0",
        "sha256=",
        "null",
    ]
    return _with(_proof(attempt, lambda _: dice.choice(made)), x_hubspot_signature=dice.choice(made), x_hubspot_signature_version="v1")


def _other_address(attempt: Attempt, dice: Random, now: datetime) -> Attempt:
    """Signed for somebody else's address, with who that is said in the headers that proxies add. Only HubSpot signs an address."""
    host = dice.choice(["https://evil.example", "http://nextplay.example.com", "https://nextplay.example.com:444"])
    if attempt.door != "hubspot":
        return _other_secret(attempt, dice, now)
    made = signed(attempt.door, attempt.body, now, host=host)
    return _with(
        made, x_forwarded_host=host.partition("//")[2], x_forwarded_proto=host.partition(":")[0], forwarded=f"host={host.partition('//')[2]}"
    )


WAYS: dict[str, Callable[[Attempt, Random, datetime], Attempt]] = {
    "unsigned": _unsigned, "another secret": _other_secret, "another door's secret": _secret_of_another_door, "cut": _cut, "longer": _longer,
    "one sign changed": _one_sign_changed, "capitals and small letters changed": _other_letters, "said twice": _twice, "another body": _other_body,
    "another time": _other_time, "the time replaced": _time_replaced, "another door's proof": _another_doors_proof, "older ways": _older_ways,
    "another address": _other_address,
}  # fmt: skip
_ONLY_TIMED = ("another time", "the time replaced", "another body")
