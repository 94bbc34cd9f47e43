"""What nobody needs to read in Slack: keys and passwords, account and card numbers, wherever a customer wrote them."""

from typing import Any

from agent.domain.claims.personal_data import SECRETS, without

_READ = frozenset({"text", "alt_text", "initial_value"})
"""The fields that people read; ids, addresses and values that come back stay as they are."""


def withheld(value: Any) -> Any:
    """The same message or view with the name of its kind in the place of each such value."""
    if isinstance(value, dict):
        return {name: without(part, SECRETS) if name in _READ and isinstance(part, str) else withheld(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [withheld(part) for part in value]
    return value
