"""What the doubles' own logs say was done to them, in a line each."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.sandbox.doubles.journal import Entry

_TAGS, _MARKED = re.compile(r"<[^>]*>"), re.compile(r"\bNextplay np-\w+")


def rows(effects: Sequence[tuple[str, Entry]]) -> list[list[str]]:
    """Vendor, object, and what was done to it."""
    return [[vendor, entry.target, _SAYS[vendor](entry)] for vendor, entry in effects]


def _hubspots(entry: Entry) -> str:
    properties = entry.content.get("properties", {})
    if entry.name == "tasks.create":
        return f"a task: {properties.get('hs_task_subject')}"
    return f"a note: {_line(properties.get('hs_note_body'))}"


def _salesforces(entry: Entry) -> str:
    done = entry.content.get("Status") == "Completed"
    return f"a {'note' if done else 'task'}: {_line(entry.content.get('Subject')).removeprefix('Nextplay: ')}"


def _zendesks(entry: Entry) -> str:
    content: Mapping[str, Any] = entry.content
    comment = content.get("comment")
    if comment:
        return f"{'an answer to the customer' if comment.get('public') else 'a comment for colleagues'}: {_line(comment.get('body'))}"
    changed = {"group_id": "another group", "priority": "another priority", "tags": "tags", "assignee_id": "another assignee"}
    return ", ".join(says for name, says in changed.items() if name in content and content[name] is not None) or entry.name


def _mails(entry: Entry) -> str:
    headers = dict(entry.content["headers"])
    return f"a mail: {headers['Subject']}, from {headers['From']}"


_SAYS: Mapping[str, Callable[[Entry], str]] = {"hubspot": _hubspots, "salesforce": _salesforces, "zendesk": _zendesks, "mail": _mails}


def _line(text: Any) -> str:
    """A text in one line, without its markup and our marker."""
    return " ".join(_MARKED.sub("", _TAGS.sub(" ", str(text or ""))).split())
