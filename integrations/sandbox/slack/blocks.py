"""What Slack takes as the blocks of a message and as a view, and how it completes them."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

from integrations.sandbox.slack.elements import ACCESSORIES, ACTIONS, CONTEXT_ACTIONS, IMAGE, IMAGE_SOURCE, INPUTS, plain, text
from integrations.sandbox.slack.shapes import Check, Wrong, also, anything, boolean, by_type, fields, items, one_of, string, whole

VIEW_BYTES = 250_000
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100


def _block(required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None, *, exactly_one: tuple[str, ...] = ()) -> Check:
    return fields({"type": anything, **(required or {})}, {"block_id": string(255), **(optional or {})}, exactly_one=exactly_one)


def _says_something(value: dict[str, Any], where: str) -> Iterator[Wrong]:
    if "text" not in value and "fields" not in value:
        yield Wrong("must have one of: text, fields", where)


def _rich_text() -> Check:
    style = fields({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
    leaf = {
        "text": fields({"type": anything, "text": string()}, {"style": style}),
        "link": fields({"type": anything, "url": string()}, {"text": string(), "unsafe": boolean, "style": style}),
        "user": fields({"type": anything, "user_id": string()}, {"style": style}),
        "channel": fields({"type": anything, "channel_id": string()}, {"style": style}),
        "broadcast": fields({"type": anything, "range": one_of("here", "channel", "everyone")}, {"style": style}),
        "emoji": fields({"type": anything, "name": string()}, {"unicode": string(), "skin_tone": whole(1, 6), "style": style}),
        "date": fields({"type": anything, "timestamp": whole(0, 99_999_999_999), "format": string()}, {"url": string(), "fallback": string()}),
    }
    run = items(by_type(leaf), least=0)
    inside = {"border": whole(0, 1)}
    section = fields({"type": anything, "elements": run})
    kinds = {
        "rich_text_section": section,
        "rich_text_preformatted": fields({"type": anything, "elements": run}, {**inside, "language": string()}),
        "rich_text_quote": fields({"type": anything, "elements": run}, inside),
        "rich_text_list": fields(
            {"type": anything, "style": one_of("bullet", "ordered"), "elements": items(by_type({"rich_text_section": section}))},
            {**inside, "indent": whole(0, 8), "offset": whole(0, 9999)},
        ),
    }
    return _block({"elements": items(by_type(kinds))})


BLOCKS: dict[str, Check] = {
    "section": also(
        _block({}, {"text": text(3000), "fields": items(text(2000), 10), "accessory": by_type(ACCESSORIES), "expand": boolean}), _says_something
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block(),
    "context": _block(
        {"elements": items(by_type({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}), 10)},
    ),
    "actions": _block({"elements": items(by_type(ACTIONS), 25)}),
    "context_actions": _block({"elements": items(by_type(CONTEXT_ACTIONS), 5)}),
    "input": _block({"label": plain(2000), "element": by_type(INPUTS)}, {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean}),
    "image": _block({"alt_text": string(2000)}, {"title": plain(2000), **IMAGE_SOURCE}, exactly_one=("image_url", "slack_file")),
    "rich_text": _rich_text(),
}
IN_MESSAGES = by_type({**BLOCKS, "markdown": _block({"text": string(12_000)})})
IN_VIEWS = by_type(BLOCKS)


def _view(kind: str) -> Check:
    common: dict[str, Check] = {
        "private_metadata": string(3000, 0),
        "callback_id": string(255, 0),
        "external_id": string(255, 0),
    }
    needed = {"type": one_of(kind), "blocks": items(IN_VIEWS, VIEW_BLOCKS, 0)}
    if kind == "home":
        return fields(needed, common)
    ends = {"submit": plain(24), "close": plain(24), "clear_on_close": boolean, "notify_on_close": boolean, "submit_disabled": boolean}
    return fields({**needed, "title": plain(24)}, {**common, **ends})


VIEWS = {"modal": _view("modal"), "home": _view("home")}


def message_faults(blocks: Any) -> list[Wrong]:
    """What is wrong with the blocks of a message."""
    found = list(items(IN_MESSAGES, MESSAGE_BLOCKS, 0)(blocks, "/blocks"))
    return found or list(_repeated(blocks, "/blocks"))


def view_faults(view: Any, kind: str) -> list[Wrong]:
    """What is wrong with a view that is to be a modal or a home tab."""
    found = list(VIEWS[kind](view, "/view"))
    if found:
        return found
    return [*_repeated(view["blocks"], "/view/blocks"), *_unsubmittable(view), *_too_large(view)]


def _unsubmittable(view: dict[str, Any]) -> Iterator[Wrong]:
    if view["type"] == "modal" and "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        yield Wrong("a modal with input blocks needs submit", "/view/submit")


def _too_large(view: dict[str, Any]) -> Iterator[Wrong]:
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        yield Wrong(f"must be less than {VIEW_BYTES} bytes", "/view")


def _repeated(blocks: list[dict[str, Any]], where: str) -> Iterator[Wrong]:
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (Wrong(f"block_id already exists: {name}", where) for name, times in names.items() if times > 1)
    for index, block in enumerate(blocks):
        actions = Counter(element["action_id"] for element in elements_of(block) if "action_id" in element)
        yield from (Wrong(f"action_id already exists: {name}", f"{where}/{index}") for name, times in actions.items() if times > 1)


def elements_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements of a block that people can use."""
    found = [block[name] for name in ("accessory", "element") if name in block]
    if block["type"] in ("actions", "context_actions"):
        found += block["elements"]
    return [element for element in found if element["type"] != "image"]


def completed(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks with the ids that Slack makes up where the app gave none."""
    copy: list[dict[str, Any]] = json.loads(json.dumps(blocks))
    for block in copy:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return copy
