"""`nextplay doctor` against doubles with one thing wrong each: it names what is wrong, and what mends it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from integrations.bootstrap import open_workspace
from integrations.cli.checks_of_systems import Said, check_systems
from integrations.cli.demo_story import START
from integrations.cli.demo_vendors import Vendors, fill_copy, open_vendors
from integrations.db.database import Database
from integrations.settings import Settings
from tests.acceptance.workspaces import alone

SECRETS = {"hubspot_webhook_secrets": (SecretStr("a"),), "zendesk_webhook_secrets": (SecretStr("b"),), "public_url": "https://np.example"}
Spoil = Callable[[Vendors, dict[str, Any]], None]


@asynccontextmanager
async def connected(tmp_path: Path) -> AsyncIterator[tuple[Vendors, dict[str, Any], Callable[[], Any]]]:
    """Both vendors, well and read once; the settings as they may be spoilt; and what the doctor says then."""
    with alone(tmp_path):
        async with open_vendors() as vendors:
            base = vendors.settings(Settings(_env_file=None)).model_copy(update=SECRETS)
            async with open_workspace(base, at=START) as workspace:
                await fill_copy(workspace, vendors)
            changes: dict[str, Any] = {}

            async def said() -> list[Said]:
                database = Database(base.database_url.get_secret_value())
                try:
                    return [one async for one in check_systems(base.model_copy(update=changes), database, START)]
                finally:
                    database.close()

            yield vendors, changes, said


async def test_of_two_that_are_well_nothing_is_wrong(tmp_path: Path) -> None:
    async with connected(tmp_path) as (_, _, said):
        assert [one for one in await said() if one.level != "ok"] == []


def _hub(**changes: Any) -> Spoil:
    def spoil(vendors: Vendors, _settings: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(vendors.portal, name, value)

    return spoil


def _set(**changes: Any) -> Spoil:
    return lambda _vendors, settings: settings.update(changes)


def _fields(text: str) -> Spoil:
    def spoil(vendors: Vendors, settings: dict[str, Any]) -> None:
        file = vendors.fields.with_name("other.yaml")
        file.write_text(text)
        settings["vendor_fields"] = file

    return spoil


@pytest.mark.parametrize(
    ("spoil", "fault", "mend"),
    [
        pytest.param(_set(hubspot_token=SecretStr("pat-old")), "401", "NEXTPLAY_HUBSPOT", id="a token that is not good"),
        pytest.param(_hub(missing_scopes={"crm.objects.deals.read"}), "crm.objects.deals.read", "scope", id="a scope that was not granted"),
        pytest.param(_fields("hubspot: {}"), "1103", "`stages`", id="a stage without a meaning"),
        pytest.param(lambda v, _: v.portal.properties["companies"].discard("nextplay_tier"), "nextplay_tier", "", id="a property that is gone"),
        pytest.param(_fields("hubspot: {company: {tier: taer}}"), "taer", "", id="a property that never was"),
        pytest.param(_set(hubspot_url="http://127.0.0.1:9"), "hubspot", "", id="nobody answers"),
        pytest.param(_set(public_url=None), "signs the address", "NEXTPLAY_PUBLIC_URL", id="an address that nobody named"),
        pytest.param(_set(zendesk_webhook_secrets=()), "no secret is set", "NEXTPLAY_ZENDESK_WEBHOOK_SECRETS", id="a door that is closed"),
        pytest.param(_set(zendesk_client_secret=SecretStr("old")), "invalid_client", "OAuth clients", id="a secret that was changed"),
        pytest.param(lambda v, _: setattr(v.desk.tokens, "scopes", ("tickets:read",)), "invalid_scope", "", id="an OAuth client that may too little"),
        pytest.param(_fields("zendesk: {product: 424242}"), "424242", "", id="a ticket field that is gone"),
        pytest.param(lambda v, _: v.desk.denied.append("/api/v2/tickets"), "403", "", id="tickets that are denied"),
        pytest.param(_set(zendesk_subdomain="evil.example/", zendesk_url=None), "NEXTPLAY_ZENDESK_SUBDOMAIN", "Correct", id="no subdomain"),
        pytest.param(_set(hubspot_token=None), "NEXTPLAY_HUBSPOT_CLIENT_ID is not set", "docs/hubspot.md", id="a setting that is missing"),
    ],
)
async def test_each_thing_that_is_wrong_is_named_with_what_mends_it(tmp_path: Path, spoil: Spoil, fault: str, mend: str) -> None:
    async with connected(tmp_path) as (vendors, settings, said):
        spoil(vendors, settings)
        wrong = [one.text for one in await said() if one.level != "ok"]
        assert any(fault in text and mend in text for text in wrong), wrong
