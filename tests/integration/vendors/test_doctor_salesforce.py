"""`nextplay doctor` against a Salesforce with one thing wrong each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from integrations.cli.checks_of_systems import Said, check_systems
from integrations.cli.demo_story import START
from integrations.sandbox.doubles.salesforce.org import Org
from tests.integration.vendors.test_whole_path_salesforce import Connected, connected

WELL = {"salesforce_webhook_secrets": (SecretStr("flow"),), "public_url": "https://np.example"}
Spoil = Callable[[Org, dict[str, Any]], object]


async def said(there: Connected, **changes: Any) -> list[Said]:
    settings = there.workspace.settings.model_copy(update={**WELL, **changes})
    return [one async for one in check_systems(settings, there.workspace.database, START)]


async def test_of_one_that_is_well_nothing_is_wrong(tmp_path: Path) -> None:
    async with connected(tmp_path) as there:
        assert [one for one in await said(there) if one.level != "ok"] == []


def _set(**changes: Any) -> Spoil:
    return lambda _org, settings: settings.update(changes)


@pytest.mark.parametrize(
    ("spoil", "fault", "mend"),
    [
        pytest.param(_set(salesforce_client_secret=SecretStr("old")), "invalid_client", "Check the client id and secret", id="a changed secret"),
        pytest.param(_set(salesforce_url="https://evil.example"), "My Domain address", "docs/salesforce.md", id="no address of Salesforce's"),
        pytest.param(_set(salesforce_url="http://127.0.0.1:9"), "token", "docs/salesforce.md", id="nobody answers"),
        pytest.param(lambda org, _: org.hidden.add(("Opportunity", "StageName")), "StageName", "Make the fields visible", id="a hidden field"),
        pytest.param(lambda org, _: org.fields.pop("Contract"), "Contract", "Read on Contract", id="an object that is not seen"),
        pytest.param(
            lambda org, _: org.add("OpportunityStage", ApiName="Legal Review", IsActive=True, IsClosed=False, IsWon=False, SortOrder=99),
            "Legal Review", "stages", id="a stage without a meaning",
        ),
        pytest.param(lambda org, _: setattr(org, "multi_currency", False), "one currency", "Set currency", id="amounts of no currency"),
        pytest.param(_set(salesforce_webhook_secrets=()), "no secret is set", "NEXTPLAY_SALESFORCE_WEBHOOK_SECRETS", id="a door that is closed"),
        pytest.param(_set(salesforce_client_id=None), "NEXTPLAY_SALESFORCE_CLIENT_ID is not set", "docs/salesforce.md", id="a setting is missing"),
    ],
)  # fmt: skip
async def test_each_thing_that_is_wrong_is_named_with_what_mends_it(tmp_path: Path, spoil: Spoil, fault: str, mend: str) -> None:
    async with connected(tmp_path) as there:
        changes: dict[str, Any] = {}
        spoil(there.org, changes)
        wrong = [one.text for one in await said(there, **changes) if one.level != "ok"]
        assert any(fault in text and mend in text for text in wrong), wrong
