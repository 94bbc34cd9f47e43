"""What docs/hubspot.md says is asked of HubSpot is what is asked. `python -m tests.acceptance.test_hubspot_docs` writes it anew."""

import json
import re
from pathlib import Path

import yaml

from integrations.sandbox.doubles.hubspot import schema
from integrations.vendors.hubspot.endpoints import ALL, scopes
from integrations.vendors.hubspot.fields import Fields
from integrations.webhooks.hubspot import read
from integrations.webhooks.reading import Document
from tests.integration.fakes import NOW

PAGE = Path(__file__).parents[2] / "docs" / "hubspot.md"


def table() -> str:
    rows = [f"| {e.method} | `{e.path}` | {' '.join(f'`{scope}`' for scope in e.scopes)} | {e.repeats} | {e.why} |" for e in ALL]
    return "\n".join(["| method | path | scopes | repeated | why |", "|---|---|---|---|---|", *rows])


def listed() -> str:
    return "\n".join(["```", *scopes(), "```"])


def made(text: str) -> str:
    """The page with both parts as they have to be."""
    text = re.sub(r"<!-- requests -->.*?<!-- /requests -->", lambda _: f"<!-- requests -->\n{table()}\n<!-- /requests -->", text, flags=re.DOTALL)
    inside = listed().replace("\n", "\n   ")
    return re.sub(r"<!-- scopes -->.*?<!-- /scopes -->", lambda _: f"<!-- scopes -->\n   {inside}\n   <!-- /scopes -->", text, flags=re.DOTALL)


def test_the_page_lists_every_request_and_scope() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == made(text), "docs/hubspot.md is out of date: run python -m tests.acceptance.test_hubspot_docs"


def test_every_request_says_why_and_has_a_name_of_its_own() -> None:
    assert len({one.name for one in ALL}) == len({(one.method, one.path) for one in ALL}) == len(ALL)
    assert [one.name for one in ALL if not one.why or not one.scopes] == []
    assert {one.name for one in ALL if one.repeats == "marked"} == {"tasks.create", "notes.create"}


def test_the_properties_that_are_to_be_added_are_those_that_are_asked_for() -> None:
    said = {*re.findall(r"`(nextplay_\w+)`", PAGE.read_text(encoding="utf-8"))}
    asked = {name for type_ in ("companies", "contacts", "deals", "tickets") for name in Fields().properties(type_) if name.startswith("nextplay_")}
    assert said == asked
    assert all(Fields().properties(type_) <= known for type_, known in schema.properties().items() if type_ in ("companies", "contacts", "deals"))


def test_the_configuration_that_is_shown_is_one() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    fields = Fields.model_validate(yaml.safe_load(shown)["hubspot"])
    assert (fields.stage("default", "1103"), fields.company.health, fields.subscriptions[101]) == ("proposal", None, "marketing")


def test_our_door_knows_the_webhooks_that_are_shown() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    types = {"deal": "0-3", "ticket": "0-5"}
    subscribed = json.loads(shown)["config"]["subscriptions"]["crmObjects"]
    for one in subscribed:
        told = {
            "eventId": 1, "subscriptionId": 2, "objectId": 3, "occurredAt": int(NOW.timestamp() * 1000), "subscriptionType": one["subscriptionType"],
            "objectTypeId": types[one["objectType"]], "propertyName": one.get("propertyName"), "propertyValue": "x",
        }  # fmt: skip
        body = json.dumps([told]).encode()
        (arrival,) = read(Document(json.loads(body)), body, NOW)
        assert not arrival.event.type.startswith("hubspot."), one


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
