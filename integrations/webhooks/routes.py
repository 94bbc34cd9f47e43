"""The webhook doors: one route for each sender whose secret is set. Without a secret there is no route at all.

Order of the checks: announced size (413), a signature at all (401), the body's real size (413), the signature (401),
type (415), JSON (400). What a stranger sends is read at most up to the size limit and is never parsed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, SecretStr

from agent.ports import Arrival
from integrations.doors import Accepted, Doors
from integrations.inlet import Inlet
from integrations.settings import Settings
from integrations.webhooks import generic, hubspot, salesforce, zendesk
from integrations.webhooks.counting import Receive, count_events, counted
from integrations.webhooks.reading import Document, check_length, check_type, read_body, read_json, said_once
from integrations.webhooks.signatures import (
    SALESFORCE_SECRET,
    Signed,
    Verify,
    verify_hubspot,
    verify_hubspot_legacy,
    verify_salesforce,
    verify_standard,
    verify_zendesk,
)

log = structlog.get_logger("nextplay.webhooks")

Read = Callable[[Document, bytes, datetime], list[Arrival]]


@dataclass(frozen=True, slots=True)
class Door:
    """How one sender is verified and read. A request needs one of `signed_in` to be looked at. `secrets`: as they are at the moment."""

    name: str
    secrets: Callable[[], tuple[str, ...]]
    signed_in: tuple[str, ...]
    verify: Verify
    read: Read


class Received(BaseModel):
    """How many events were new, known already, or known with other content (and set aside)."""

    new: int
    duplicate: int
    conflict: int


def open_doors(settings: Settings) -> list[Door]:
    """List the doors whose secret is set. One that is taken away later lets nobody in; one that is added later opens at the next start."""
    legacy = settings.hubspot_legacy_signatures
    doors = [
        Door(
            "hubspot",
            lambda: _texts(settings.now().hubspot_webhook_secrets),
            ("x-hubspot-signature-v3", "x-hubspot-signature") if legacy else ("x-hubspot-signature-v3",),
            verify_hubspot_legacy if legacy else verify_hubspot,
            hubspot.read,
        ),
        Door(
            "zendesk",
            lambda: _texts(settings.now().zendesk_webhook_secrets),
            ("x-zendesk-webhook-signature",),
            verify_zendesk,
            zendesk.read,
        ),
        Door("salesforce", lambda: _texts(settings.now().salesforce_webhook_secrets), (SALESFORCE_SECRET,), verify_salesforce, salesforce.read),
        Door("generic", lambda: _texts(settings.now().generic_webhook_secrets), ("webhook-signature",), verify_standard, generic.read),
    ]
    return [door for door in doors if door.secrets()]


def router(doors: Doors, inlet: Inlet) -> APIRouter:
    """Build the routes of all open doors."""
    routes = APIRouter(prefix="/webhooks", include_in_schema=False)
    for door in open_doors(doors.settings):
        routes.add_api_route(
            f"/{door.name}", counted(door.name, _endpoint(door, doors, inlet)), methods=["POST"], response_model=None, name=door.name
        )
    return routes


def _endpoint(door: Door, doors: Doors, inlet: Inlet) -> Receive:
    async def receive(request: Request) -> Response:
        check_length(request.headers)
        if not any(request.headers.get(name) for name in door.signed_in):
            return _refused(door, "no signature")
        body = await read_body(request)
        now = doors.clock()
        signed = Signed(request.method, public_address(request, doors.settings), said_once(request.headers), body)
        if not door.verify(signed, door.secrets(), now):
            return _refused(door, "signature not valid")
        check_type(request.headers)
        arrivals = door.read(read_json(body), body, now)
        received = _received(door, await inlet.take(arrivals))
        return Response(received.model_dump_json(), 202 if received.new else 200, media_type="application/json")

    return receive


def _received(door: Door, accepted: Sequence[Accepted]) -> Received:
    counts: Counter[str] = Counter(one.status for one in accepted)
    count_events(door.name, counts)
    return Received(new=counts["new"], duplicate=counts["duplicate"], conflict=counts["conflict"])


def public_address(request: Request, settings: Settings) -> str:
    """Tell the URL that the sender called: behind a proxy, the settings know it and the request does not."""
    if settings.public_url is None:
        return str(request.url)
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{settings.public_url}{request.url.path}{query}"


def _refused(door: Door, why: str) -> Response:
    """Tell the log why, and the sender nothing."""
    log.warning("webhook refused", door=door.name, why=why)
    return Response(status_code=401)


def _texts(secrets: tuple[SecretStr, ...]) -> tuple[str, ...]:
    return tuple(text for secret in secrets if (text := secret.get_secret_value()))
