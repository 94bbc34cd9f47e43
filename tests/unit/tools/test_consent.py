"""Contacts: what forbids contacting them, and their consent."""

from typing import Any

import pytest

from tests.unit.tools.reading_facts import is_missing, value
from tests.unit.tools.world import AT, World, ago, ahead
from tools.consent import contact_states
from tools.result import ToolResult


async def contacts(country: str | None = "DE", **contact: Any) -> ToolResult:
    account = {"name": "N", "language": "de", "timezone": "Europe/Berlin"} | ({"country": country} if country else {})
    world = World(accounts={"acc_1": account}, contacts={"c": {"account": "acc_1", "name": "Ann", **contact}})
    return await contact_states(world.sources.crm, "acc_1", AT)


def consent(status: str, at: str | None = None, channel: str = "email", purpose: str = "marketing") -> dict[str, Any]:
    return {"purpose": purpose, "channel": channel, "status": status, "basis": f"form {status}"} | ({"at": at} if at else {})


async def test_flags_that_are_not_set_on_an_existing_contact_are_false() -> None:
    result = await contacts(opted_out=True)
    assert value(result, "contact.opted_out", "c") is True
    for flag in ("do_not_contact", "hard_bounced", "left_company"):
        assert value(result, f"contact.{flag}", "c") is False
    assert is_missing(result, "contact.role", "contact.first_name", "contact.title", of="c")


async def test_without_contacts_there_are_no_facts_of_contacts() -> None:
    result = await contact_states(World(accounts={"acc_1": {}}).sources.crm, "acc_1", AT)
    assert result.status == "no_data"
    assert result.facts == ()


async def test_language_and_zone_come_from_the_account_when_the_contact_has_none() -> None:
    result = await contacts()
    assert value(result, "contact.language", "c") == "de"
    (person,) = result.extras["contacts"]
    assert (person.language, person.timezone) == ("de", "Europe/Berlin")
    (other,) = (await contacts(language="fr", timezone="Asia/Tokyo")).extras["contacts"]
    assert (other.language, other.timezone) == ("fr", "Asia/Tokyo")


@pytest.mark.parametrize("country", ["DE", "AT", "ES", "NL", "CA", "ZZ"])
async def test_prior_consent_is_required_unless_the_country_is_known_to_do_without(country: str) -> None:
    assert value(await contacts(country), "contact.consent_required", "c") is True


@pytest.mark.parametrize("country", ["US", "GB"])
async def test_some_countries_ask_for_no_prior_consent_between_businesses(country: str) -> None:
    assert value(await contacts(country), "contact.consent_required", "c") is False


async def test_an_unknown_country_is_missing() -> None:
    assert is_missing(await contacts(None), "contact.consent_required", of="c")


@pytest.mark.parametrize(
    ("consents", "status"),
    [
        ([], "none"),
        ([consent("granted", ago(days=9)), consent("withdrawn", ago(days=2))], "withdrawn"),
        ([consent("withdrawn", ago(days=9)), consent("granted", ago(days=2))], "granted"),
        ([consent("granted", ago(days=2)), consent("withdrawn", ago(days=2))], "withdrawn"),
        ([consent("granted"), consent("pending", ago(days=2))], "pending"),
        ([consent("pending", ago(days=2)), consent("granted", ahead(days=2))], "pending"),
        ([consent("granted", ago(days=2), channel="phone")], "none"),
        ([consent("granted", ago(days=2), purpose="service")], "none"),
    ],
    ids=["none", "withdrawn later", "granted later", "same moment", "undated is oldest", "not yet", "phone", "service"],
)
async def test_the_latest_word_on_marketing_by_mail_counts(consents: list[dict[str, Any]], status: str) -> None:
    result = await contacts(consents=consents)
    assert value(result, "contact.marketing_consent", "c") == status
    if status != "none":
        assert result.extras["contacts"][0].consent_basis == f"form {status}"


async def test_consent_that_cannot_be_read_is_neither_given_nor_none() -> None:
    assert is_missing(await contacts(consents=None), "contact.marketing_consent", of="c")
    assert value(await contacts(), "contact.marketing_consent", "c") == "none"
