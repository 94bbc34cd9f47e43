"""docs/zendesk.md says every request, every field and the body of triggers as they are."""

import re

import pytest
import yaml
from pydantic import BaseModel

from integrations.settings import Settings
from integrations.vendors.zendesk import endpoints
from integrations.vendors.zendesk.fields import Desk, Fields
from integrations.webhooks.zendesk import TRIGGER_BODY
from tests.acceptance.test_docs import text_of


def fields(model: type[BaseModel]) -> str:
    """A table of what may be set up."""
    rows = [f"| `{name}` | {' '.join((info.description or '').split())} |" for name, info in model.model_fields.items()]
    return "\n".join(["| name | meaning |", "|---|---|", *rows])


def indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


PARTS = {
    "requests": endpoints.table(),
    "fields": f"{fields(Fields)}\n\nOf each group:\n\n{fields(Desk)}",
    "trigger": indented(f"```\n{TRIGGER_BODY}\n```"),
}
"""What stands between the marks of each part. A part that is not current is replaced by what the test says it should be."""


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_current(part: str) -> None:
    found = re.search(rf"<!-- {part} -->\n(.*?)\n *<!-- /{part} -->", text_of("docs/zendesk.md"), re.DOTALL)
    assert found, f"docs/zendesk.md needs a part between <!-- {part} --> and <!-- /{part} -->"
    assert found[1] == PARTS[part]


def test_the_example_can_be_read() -> None:
    example = re.search(r"```yaml\n(.*?)```", text_of("docs/zendesk.md"), re.DOTALL)
    assert example
    assert Fields.model_validate(yaml.safe_load(example[1])["zendesk"]).groups.keys() == {360009876543, 360009876544}


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"NEXTPLAY_([A-Z_]+)", text_of("docs/zendesk.md")))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_field_has_a_meaning() -> None:
    assert [name for model in (Fields, Desk) for name, info in model.model_fields.items() if not info.description] == []
