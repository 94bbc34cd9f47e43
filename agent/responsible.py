"""Whoever changes how Nextplay behaves says who they are, and why."""

import re

from agent.errors import InvalidInput


def need_reason(why: str, what: str) -> None:
    """Raises InvalidInput where no reason is given for `what`."""
    if not why.strip():
        raise InvalidInput(f"{what} needs a reason.", "Say why with --why.")


def check_address(who: str) -> None:
    """Raises InvalidInput where `who` is no e-mail address."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", who):
        raise InvalidInput(f"{who!r} is not an e-mail address.", "Say who you are by your own, such as ann@example.com.")
