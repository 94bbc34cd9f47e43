"""An org of our double's, served, with all that a client needs to ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import httpx2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from integrations.http import RetryLimits, http_client
from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.salesforce.filling import stages
from integrations.sandbox.doubles.salesforce.org import Org
from integrations.sandbox.doubles.salesforce.protocol import double
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.vendors.credentials import Form
from integrations.vendors.salesforce.connect import connect
from integrations.vendors.salesforce.connector import Salesforce
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.signing_in import client_credentials

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY_S = 86_400.0


@dataclass
class Clock:
    """Time that passes when somebody sleeps, the same for both sides of the wire."""

    passed_s: float = 0.0

    def monotonic(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.passed_s)

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds
        await asyncio.sleep(0)


@dataclass
class Made:
    """The double and what stands behind it."""

    clock: Clock = field(default_factory=Clock)
    calls_a_day: int = 100_000
    batch: int = 2000
    late_s: float = 0.4

    def __post_init__(self) -> None:
        self.org = Org(self.clock.now)
        self.door = Door(self.clock.now, public_key=keys()[1])
        self.double: Double = double(
            self.org, self.door, RateLimit(self.calls_a_day, DAY_S, self.clock.monotonic), late_s=self.late_s, batch=self.batch
        )  # fmt: skip


def small(org: Org) -> dict[str, str]:
    """A colleague, a company, somebody there, a deal and a contract: their ids."""
    stages(org)
    ids = {
        "mia": org.add("User", Name="Mia Ortega", Email="mia@tessera.example", IsActive=True, UserType="Standard", TimeZoneSidKey="America/New_York")
    }
    ids["acme"] = org.add("Account", Name="Acme", Website="https://www.acme.example", OwnerId=ids["mia"], Tier__c="Enterprise", CurrencyIsoCode="USD")
    ids["ann"] = org.add("Contact", Name="Ann Lee", FirstName="Ann", LastName="Lee", Email="ann@acme.example", AccountId=ids["acme"])
    ids["deal"] = org.add(
        "Opportunity", Name="Acme: Flow", AccountId=ids["acme"], OwnerId=ids["mia"], StageName="Negotiation/Review", Amount=96_000.0,
        CurrencyIsoCode="USD", CloseDate="2026-12-31", Type="New Business",
    )  # fmt: skip
    org.add("OpportunityContactRole", OpportunityId=ids["deal"], ContactId=ids["ann"], IsPrimary=True)
    ids["contract"] = org.add(
        "Contract", AccountId=ids["acme"], Status="Activated", StartDate="2026-01-01", EndDate="2026-12-31", Notice_Days__c=60,
        Auto_Renew__c=True, Annual_Value__c=48_000.0, CurrencyIsoCode="EUR",
    )  # fmt: skip
    return ids


@cache
def keys() -> tuple[str, str]:
    """A private key and its public one, in PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


FIELDS = Fields(dispute="Dispute__c", marketing_consent="Marketing_Consent__c")
SIGNING_IN = client_credentials("3MVG9double", SecretStr("client-secret-7c1"))


@dataclass
class Served:
    """A double at an address, and our client of it."""

    made: Made
    address: str
    client: httpx2.AsyncClient

    @property
    def org(self) -> Org:
        return self.made.org

    def connected(self, fields: Fields = FIELDS, form: Form = SIGNING_IN, *, attempts: int = 3) -> Salesforce:
        clock = self.made.clock
        limits = RetryLimits(attempts=attempts, total_s=20)
        return connect(self.client, self.address, form, fields, clock=clock.now, monotonic=clock.monotonic, sleep=clock.sleep, limits=limits)


@asynccontextmanager
async def served(made: Made, *, timeout_s: float = 5.0) -> AsyncIterator[Served]:
    """The double, and a client that gives up after so long."""
    async with made.double.serving() as address, http_client(hosts=["127.0.0.1"], timeout_s=timeout_s, max_bytes=8_000_000) as client:
        yield Served(made, address, client)
