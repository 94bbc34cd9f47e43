"""One call of the Web API: what was asked, by whom, and how it is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.slack.shapes import Wrong

JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view")
"""Arguments that come as JSON in a form, and as they are in a JSON body."""


class Refused(Exception):
    """Slack's answer is no: the error's name, and what else the answer says."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    def as_slack(self) -> dict[str, Any]:
        """The answer's body."""
        return {"ok": False, "error": self.error, **self.more}


def refused_for(error: str, faults: list[Wrong]) -> Refused:
    """Name every place that is wrong."""
    return Refused(error, errors=[str(fault).removeprefix("[ERROR] ") for fault in faults], response_metadata={"messages": [str(f) for f in faults]})


@dataclass(frozen=True, slots=True)
class Call:
    """The method, its arguments, and the token's scopes."""

    method: str
    arguments: Mapping[str, Any]
    scopes: frozenset[str] = frozenset()

    def need(self, name: str) -> str:
        """A text that must be given. Raises Refused."""
        value = self.get(name)
        if not value:
            raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
        return value

    def get(self, name: str) -> str:
        """A text, empty when it was not given."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A yes or no, in any of the forms that clients send."""
        return self.get(name).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        """A count. Raises Refused."""
        given = self.get(name)
        if not given:
            return default
        if not given.isdecimal() or not 1 <= int(given) <= most:
            raise Refused(f"invalid_{name}")
        return int(given)

    def parsed(self, name: str) -> Any:
        """A value that may come as JSON text; None when it was not given. Raises Refused."""
        value = self.arguments.get(name)
        if not isinstance(value, str) or name not in JSON_ARGUMENTS:
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise Refused({"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}.get(name, "invalid_arguments")) from None
