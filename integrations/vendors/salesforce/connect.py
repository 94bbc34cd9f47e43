"""Puts the parts of a connected org together."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import httpx2

from integrations.http import DEFAULT_LIMITS, RetryLimits, Sleep
from integrations.vendors.allowance import Allowance
from integrations.vendors.caller import Caller
from integrations.vendors.credentials import Form
from integrations.vendors.salesforce.asking import Asking
from integrations.vendors.salesforce.connector import Salesforce
from integrations.vendors.salesforce.dialect import DAY, DIALECT
from integrations.vendors.salesforce.effects import External, SalesforceEffects, by_own_id
from integrations.vendors.salesforce.endpoints import VENDOR
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.signing_in import Session


def connect(
    http: httpx2.AsyncClient, address: str, form: Form, fields: Fields, *, clock: Callable[[], datetime], monotonic: Callable[[], float],
    external: External = by_own_id, sleep: Sleep = asyncio.sleep, limits: RetryLimits = DEFAULT_LIMITS,
) -> Salesforce:  # fmt: skip
    """The connector of the org at an address that `signing_in.address_of` has passed. `clock` gives the time of day,
    `monotonic` seconds; `form` is one of `signing_in`'s; `external` finds Salesforce's id for one of ours.
    """
    session = Session(http, address, form, clock=monotonic, sleep=sleep)
    allowance = Allowance(VENDOR, DAY, clock=monotonic, sleep=sleep)
    asking = Asking(Caller(DIALECT, http, address, session, allowance, limits=limits, sleep=sleep), clock)
    return Salesforce(asking, fields, SalesforceEffects(asking, fields, clock, external=external), clock)
