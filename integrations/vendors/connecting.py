"""Makes the connectors that the settings name."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import TypedDict, TypeVar

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from agent.errors import InvalidInput
from agent.playbook.sources import SourceError, read_document
from integrations.db.database import Database
from integrations.http import Sleep, http_client
from integrations.settings import Settings, env_name
from integrations.vendors.connector import Connector
from integrations.vendors.credentials import Credentials, Fixed, Granted
from integrations.vendors.known import CopyKnown
from integrations.wire import NETWORK, Wire

F = TypeVar("F", bound=BaseModel)
VENDORS = ("hubspot", "salesforce", "zendesk")
MOST_BYTES = 8_000_000
"""A ticket with all its comments, or a page of companies, is large."""


async def connectors_of(
    settings: Settings, database: Database, now: Callable[[], datetime], closing: AsyncExitStack, *, wire: Wire = NETWORK
) -> list[Connector]:
    """One for each system of record, the CRM first; their connections are closed with the stack. Raises InvalidInput for what is missing or wrong."""
    making = _Making(settings, database, now, closing, wire)
    makers: Mapping[str, Callable[[], Connector]] = {"hubspot": making.hubspot, "salesforce": making.salesforce, "zendesk": making.zendesk}
    return [makers[name]() for name in (settings.crm, settings.helpdesk) if name != "sandbox"]


class _Pace(TypedDict):
    clock: Callable[[], float]
    sleep: Sleep


class _Making:
    def __init__(self, settings: Settings, database: Database, now: Callable[[], datetime], closing: AsyncExitStack, wire: Wire) -> None:
        self._settings, self._database, self._now, self._closing, self._wire = settings, database, now, closing, wire
        self._pace: _Pace = {"clock": wire.clock, "sleep": wire.sleep}
        self._fields = _sections(settings.vendor_fields)

    def hubspot(self) -> Connector:
        from integrations.vendors.hubspot.fields import Fields
        from integrations.vendors.hubspot.wiring import hubspot

        said = self._settings
        http = self._client(said.hubspot_url)
        resolve = self._external("hubspot", "account", "contact", "contract", "deal", "ticket", "person")
        return hubspot(
            http, self._of_hubspot(), self._read("hubspot", Fields), now=self._now, address=said.hubspot_url, resolve=resolve,
            **self._pace,
        )  # fmt: skip

    def _of_hubspot(self) -> Credentials:
        said = self._settings
        if said.hubspot_token is not None:
            return Fixed(lambda: said.now().hubspot_token or SecretStr(""))
        named = {"client_id": "hubspot_client_id", "client_secret": "hubspot_client_secret", "refresh_token": "hubspot_refresh_token"}
        for name in named.values():
            self._need(name, "hubspot")
        http = self._client(said.hubspot_url)

        def form() -> dict[str, str]:
            return {"grant_type": "refresh_token", **{part: self._need(name, "hubspot") for part, name in named.items()}}

        return Granted("hubspot", http, f"{said.hubspot_url.rstrip('/')}/oauth/v1/token", form, **self._pace)

    def salesforce(self) -> Connector:
        from integrations.vendors.salesforce.connect import connect
        from integrations.vendors.salesforce.fields import Fields
        from integrations.vendors.salesforce.signing_in import address_of, assertion, audience_of, client_credentials

        said, client_id = self._settings, self._need("salesforce_client_id", "salesforce")
        try:
            address = address_of(self._need("salesforce_url", "salesforce"))
            if said.salesforce_key_file is not None:
                username = self._need("salesforce_username", "salesforce")
                form = assertion(client_id, username, _key_in(said.salesforce_key_file), audience=audience_of(address), now=self._now)
            else:
                self._need("salesforce_client_secret", "salesforce")
                form = client_credentials(client_id, lambda: SecretStr(self._need("salesforce_client_secret", "salesforce")))
        except ValueError as error:
            raise InvalidInput(f"Salesforce cannot be connected: the address or key {error}.", "Correct it; see docs/salesforce.md.") from None
        http = self._client(address)
        known = CopyKnown(self._database, "salesforce")
        return connect(
            http,
            address,
            form,
            self._read("salesforce", Fields),
            clock=self._now,
            monotonic=self._wire.clock,
            external=known.external,
            sleep=self._wire.sleep,
        )

    def zendesk(self) -> Connector:
        from integrations.vendors.zendesk.address import address_of
        from integrations.vendors.zendesk.connecting import connected, granted
        from integrations.vendors.zendesk.fields import Fields

        said = self._settings
        try:
            address = (said.zendesk_url or address_of(self._need("zendesk_subdomain", "zendesk"))).rstrip("/")
        except ValueError as error:
            raise InvalidInput(f"NEXTPLAY_ZENDESK_SUBDOMAIN is not valid: {error}.", "Correct it.") from None
        http = self._client(address)
        client_id, _ = self._need("zendesk_client_id", "zendesk"), self._need("zendesk_client_secret", "zendesk")
        credentials = granted(http, address, client_id, lambda: SecretStr(self._need("zendesk_client_secret", "zendesk")), **self._pace)
        known = CopyKnown(self._database, "zendesk")
        return connected(http, address, credentials, known, self._read("zendesk", Fields), now=self._now, **self._pace)

    def _client(self, address: str) -> httpx2.AsyncClient:
        """A client that may talk to this address only."""
        transport = self._wire.transport() if self._wire.transport else None
        http = http_client(hosts=[httpx2.URL(address).host], timeout_s=self._wire.timeout_s, max_bytes=MOST_BYTES, transport=transport)
        self._closing.push_async_callback(http.aclose)
        return http

    def _external(self, vendor: str, *kinds: str) -> "Callable[[str], Awaitable[tuple[str, str] | None]]":
        """Finds a vendor's kind and id of one of ours: what says itself whose it is, else a colleague."""
        known = CopyKnown(self._database, vendor)

        async def external(own: str) -> tuple[str, str] | None:
            for kind in [kind for kind in kinds if own.startswith(f"{vendor}-{kind}-")] or ["person"]:
                found = await known.external(kind, own)
                if found is not None:
                    return kind, found
            return None

        return external

    def _need(self, name: str, vendor: str) -> str:
        given = getattr(self._settings.now(), name)
        if given is None:
            raise InvalidInput(f"{vendor} is to be connected, and {env_name(name)} is not set.", f"Set it; docs/{vendor}.md says where it is found.")
        return str(given.get_secret_value() if isinstance(given, SecretStr) else given)

    def _read(self, vendor: str, fields: type[F]) -> F:
        """The vendor's part of the file with the fields; its defaults where there is none. Raises InvalidInput."""
        try:
            return fields.model_validate(self._fields.get(vendor) or {})
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join([vendor, *map(str, first["loc"])])
            why = first["msg"].removeprefix("Value error, ")
            raise InvalidInput(f"{self._settings.vendor_fields}: {where}: {why}.", f"Correct it; docs/{vendor}.md lists them.") from None


def _sections(file: Path | None) -> Mapping[str, object]:
    """The file's parts by vendor. Raises InvalidInput."""
    if file is None:
        return {}
    try:
        said = read_document(file).data or {}
    except SourceError as error:
        raise InvalidInput(
            f"{file}{f', line {error.line}' if error.line else ''}: {error.why}.", "Correct NEXTPLAY_VENDOR_FIELDS, or the file."
        ) from None
    unknown = {*said} - {*VENDORS} if isinstance(said, dict) else {"it is not a mapping"}
    if unknown:
        raise InvalidInput(f"{file}: there is no vendor {', '.join(map(str, sorted(unknown)))}.", f"It has a part for each of {', '.join(VENDORS)}.")
    return dict(said)


def _key_in(file: Path) -> SecretStr:
    try:
        return SecretStr(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"file {file} cannot be read ({type(error).__name__})") from None
