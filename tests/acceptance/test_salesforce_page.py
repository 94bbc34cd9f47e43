"""docs/salesforce.md says what is there: every request, every field with its default, and the body that a flow sends."""

import re
import textwrap
from pathlib import Path

import yaml

from integrations.vendors.salesforce.endpoints import ENDPOINTS
from integrations.vendors.salesforce.fields import Fields
from integrations.webhooks.salesforce import FLOW_BODY
from integrations.webhooks.signatures import SALESFORCE_SECRET

PAGE = (Path(__file__).parents[2] / "docs" / "salesforce.md").read_text(encoding="utf-8")


def between(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", PAGE, re.DOTALL)
    assert found, f"docs/salesforce.md needs <!-- {name} --> and <!-- /{name} -->"
    return textwrap.dedent(found[1]).strip()


def table() -> str:
    rows = [
        f"| {one.name} | `{one.method} {one.path}` | {', '.join(f'`{scope}`' for scope in one.scopes) or 'none'} | "
        f"{'reads' if one.repeats == 'read' else one.repeats} | {one.why} |"
        for one in ENDPOINTS
    ]
    return "\n".join(["| name | request | scope | repeats | why |", "|---|---|---|---|---|", *rows])


def test_every_request_is_listed() -> None:
    assert between("requests") == table()


def test_the_body_of_a_flow_is_the_one_that_is_read() -> None:
    assert between("flow").removeprefix("```json\n").removesuffix("\n```") == FLOW_BODY
    assert SALESFORCE_SECRET in PAGE.lower()


def test_every_field_is_listed_with_its_default() -> None:
    found = re.search(r"```yaml\n(salesforce:.*?)```", PAGE, re.DOTALL)
    assert found
    assert yaml.safe_load(found[1])["salesforce"] == Fields().model_dump(mode="json")


def test_a_list_of_words_that_is_named_is_the_whole_list() -> None:
    assert Fields.model_validate({"stages": {"Ours": "won"}}).stages == {"Ours": "won"}
