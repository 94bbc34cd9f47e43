"""What senders will deliver: events, many of them twice, many out of their order, some with another body under the same id."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from integrations.webhooks.signatures import sign_standard, sign_zendesk

AGAIN, MOVED, OTHER = 0.30, 0.10, 0.02
MOST_COPIES = 8

ZENDESK_SECRET = "fleet-zendesk-secret"
GENERIC_SECRET = "whsec_" + base64.b64encode(b"a secret of the fleet's own sender").decode()


@dataclass(frozen=True)
class Delivery:
    """One request to be made: of which event, as which source knows it, with which body."""

    door: str
    source: str
    event: str
    body: bytes

    def headers(self, now: datetime) -> dict[str, str]:
        """As the sender signs it at this moment."""
        if self.door == "zendesk":
            stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
            signed = sign_zendesk(ZENDESK_SECRET, stamp, self.body)
            return {"x-zendesk-webhook-signature": signed, "x-zendesk-webhook-signature-timestamp": stamp}
        stamp = str(int(now.timestamp()))
        return {
            "webhook-id": self.event,
            "webhook-timestamp": stamp,
            "webhook-signature": sign_standard(GENERIC_SECRET, self.event, stamp, self.body),
        }


Make = Callable[..., Delivery]


def ticket_created(number: int, ticket: int, at: datetime, word: str = "") -> Delivery:
    """A customer has written. `word`: what makes its body another one."""
    said = {
        "account_id": 1, "id": f"z{number}", "type": "zen:event-type:ticket.created", "subject": f"zen:ticket:{ticket}", "time": at.isoformat(),
        "zendesk_event_version": "2022-11-06", "detail": {"id": str(ticket), "actor_id": str(number), "external_id": word or None}, "event": {},
    }  # fmt: skip
    return Delivery("zendesk", "zendesk", f"z{number}", json.dumps(said).encode())


def invoice_sent(number: int, customer: int, at: datetime, word: str = "") -> Delivery:
    """Something that no surface answers: it is taken in, looked at, and closed."""
    said: dict[str, Any] = {
        "source": "billing", "id": f"b{number}", "type": "invoice.sent", "occurred_at": at.isoformat(), "account": f"acc_s{customer}",
        "subject": {"kind": "invoice", "id": f"inv_{number}"}, "data": {"note": word},
    }  # fmt: skip
    return Delivery("generic", "billing", f"b{number}", json.dumps(said).encode())


def storm(count: int, tickets: Sequence[int], dice: Random, offset_s: float) -> list[Delivery]:
    """So many deliveries, with one event for each ticket among them, and the rest invoices."""
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() + offset_s, UTC)
    unique = round(count * (1 - AGAIN - OTHER))
    assert len(tickets) < unique, "there are more tickets than events"
    made: list[tuple[Make, int, int]] = [(ticket_created, number, ticket) for number, ticket in enumerate(tickets)]
    made += [(invoice_sent, number, dice.randrange(max(len(tickets), 1))) for number in range(unique - len(tickets))]
    dice.shuffle(made)
    calm = [make(number, of, at) for make, number, of in made]
    others = [make(number, of, at, f"other-{dice.random()}") for make, number, of in dice.choices(made, k=round(count * OTHER))]
    placed = list(enumerate(calm))
    return _mixed(placed, [*_again(calm, count - unique - len(others), dice), *others], dice)


def _again(calm: Sequence[Delivery], count: int, dice: Random) -> Iterable[Delivery]:
    """So many repetitions, of each that is repeated one to seven."""
    found: list[Delivery] = []
    while len(found) < count:
        found += [dice.choice(calm)] * dice.randint(1, MOST_COPIES - 1)
    return found[:count]


def _mixed(placed: list[tuple[int, Delivery]], more: Iterable[Delivery], dice: Random) -> list[Delivery]:
    """Repetitions come at once, or at any time after the first; and one in ten of all comes at any time."""
    first = {one.event: place for place, one in placed}
    ends = float(len(placed))
    all_ = [(float(place), one) for place, one in placed]
    all_ += [(first[one.event] + 0.5 if dice.random() < 0.5 else dice.uniform(first[one.event], ends), one) for one in more]
    moved = [(dice.uniform(0, ends) if dice.random() < MOVED else place, one) for place, one in all_]
    return [one for _, one in sorted(moved, key=lambda pair: pair[0])]
