"""What the settings say of a vendor: complete, or a sentence about what is missing."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from agent.errors import InvalidInput
from integrations.db.database import Database
from integrations.settings import Settings
from integrations.vendors.connecting import connectors_of
from integrations.wall_clock import wall_clock

HUBSPOT = {"crm": "hubspot", "hubspot_token": "pat-1"}
ZENDESK = {"helpdesk": "zendesk", "zendesk_subdomain": "acme", "zendesk_client_id": "c", "zendesk_client_secret": "s"}
SALESFORCE = {
    "crm": "salesforce",
    "salesforce_url": "https://acme.my.salesforce.com",
    "salesforce_client_id": "c",
    "salesforce_client_secret": "s",
}


async def vendors(database: Database, **given: Any) -> list[str]:
    async with AsyncExitStack() as closing:
        return [one.vendor for one in await connectors_of(Settings(_env_file=None, **given), database, wall_clock, closing)]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'x.db'}")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        (HUBSPOT, ["hubspot"]),
        ({**HUBSPOT, **ZENDESK}, ["hubspot", "zendesk"]),
        ({**SALESFORCE, **ZENDESK}, ["salesforce", "zendesk"]),
        ({"crm": "hubspot", "hubspot_client_id": "c", "hubspot_client_secret": "s", "hubspot_refresh_token": "r"}, ["hubspot"]),
    ],
)
async def test_what_is_named_is_connected(database: Database, given: dict[str, Any], found: list[str]) -> None:
    assert await vendors(database, **given) == found


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"crm": "hubspot"}, "hubspot is to be connected, and NEXTPLAY_HUBSPOT_CLIENT_ID is not set"),
        ({**ZENDESK, "zendesk_subdomain": "evil.example/"}, "NEXTPLAY_ZENDESK_SUBDOMAIN is not valid"),
        ({**ZENDESK, "zendesk_client_secret": None}, "NEXTPLAY_ZENDESK_CLIENT_SECRET is not set"),
        ({**SALESFORCE, "salesforce_url": "https://evil.example"}, "must be the My Domain address of your org"),
        ({**SALESFORCE, "salesforce_key_file": "/none.pem", "salesforce_username": "u"}, "file /none.pem cannot be read"),
    ],
)
async def test_what_is_missing_or_wrong_has_a_sentence(database: Database, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as told:
        await vendors(database, **given)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hubspot: {stages: {default: {x: cupboard}}}", "hubspot.stages.default.x"),
        ("hubspot: {tear: x}", "hubspot.tear"),
        ("pipedrive: {}", "there is no vendor pipedrive"),
        ("- x", "it is not a mapping"),
        ("hubspot: {a: 1, a: 2}", "line 1: the key 'a' is given twice"),
    ],
)
async def test_a_file_of_fields_that_is_wrong_is_told_where(database: Database, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "fields.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput) as told:
        await vendors(database, **HUBSPOT, vendor_fields=file)
    assert says in str(told.value)
