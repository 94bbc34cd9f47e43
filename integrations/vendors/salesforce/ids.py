"""Salesforce's ids of records: 15 characters in which upper and lower case differ, and mostly three more that say which are upper."""

import re

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whole_id(text: object) -> str | None:
    """The id with its last three characters, so that one record has one id however it was written. None for what is no id."""
    if not isinstance(text, str) or not _ID.fullmatch(text):
        return None
    return text if len(text) == 18 else text + "".join(_letter(text[start : start + 5]) for start in (0, 5, 10))


def _letter(five: str) -> str:
    return _SUFFIX[sum(1 << place for place, character in enumerate(five) if "A" <= character <= "Z")]
