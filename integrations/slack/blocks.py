"""Block Kit, written so that no text can become markup: rich text states its formatting beside the words instead of inside them.

Slack's limits are kept here, by cutting with an ellipsis, so that a long name or a long letter can never make a message be refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

Block = dict[str, Any]
Element = dict[str, Any]

LONGEST_HEADER = 150
LONGEST_BUTTON = 75
LONGEST_OPTION = 75
LONGEST_CONTEXT = 2000
LONGEST_TITLE = 24
LONGEST_TEXT = 3000
LONGEST_PARAGRAPH = 700
LONGEST_ROW = 300
MOST_ROWS = 12
"""Slack does not say how long all blocks of a message may be together, and refuses those that are too long: nothing of a card may run away."""

A_NAME = 20
"""About as long is what stands for a moment, a member or a channel."""

MOST_MESSAGE_BLOCKS = 50
MOST_VIEW_BLOCKS = 100

Style = Literal["primary", "danger"]


def cut(text: str, most: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str, most: int) -> Element:
    """A text object in which nothing is parsed."""
    return {"type": "plain_text", "text": cut(text.strip(), most) or "—", "emoji": False}


def fallback(text: str) -> str:
    """The text of notifications and screen readers. Slack parses it, so its three control characters are escaped."""
    return (cut(text.strip(), LONGEST_TEXT) or "—").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def header(text: str) -> Block:
    """The title of a message."""
    return {"type": "header", "text": plain(text, LONGEST_HEADER)}


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


def context(*texts: str) -> Block:
    """Small grey text."""
    return {"type": "context", "elements": [plain(text, LONGEST_CONTEXT) for text in texts if text][:10]}


# --- rich text --------------------------------------------------------------------------------------------------------


def words(text: str, *, bold: bool = False, italic: bool = False, code: bool = False, strike: bool = False) -> Element:
    """A run of text."""
    style = {name: True for name, on in (("bold", bold), ("italic", italic), ("code", code), ("strike", strike)) if on}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def moment(at: datetime, pattern: str = "{date_short_pretty} at {time}") -> Element:
    """A moment, in the reader's own time zone."""
    return {
        "type": "date", "timestamp": int(at.timestamp()), "format": pattern,
        "fallback": f"{at:%Y-%m-%d %H:%M} UTC",
    }  # fmt: skip


_MOMENT = r"\b(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b"
_CHANNEL = r"(?<=\bthe channel )(?P<channel>[CG][A-Z0-9]+)\b"
_SHOWN = re.compile(f"{_MOMENT}|{_CHANNEL}")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
"""Bounded, because people write words of any length."""


def told(text: str, names: Mapping[str, str], *, bold: bool = False, italic: bool = False) -> Iterator[Element]:
    """A sentence that every door says alike: in Slack its moments are in the reader's time zone, colleagues and channels go by their names."""
    named, end = _ADDRESS.sub(lambda found: names.get(found[0], found[0]), text), 0
    for found in _SHOWN.finditer(named):
        before, end = named[end : found.start()], found.end()
        if before:
            yield words(before, bold=bold, italic=italic)
        shown = _moment(found["moment"], before) if found["moment"] else {"type": "channel", "channel_id": found["channel"]}
        yield shown or words(found[0], bold=bold, italic=italic)
    if named[end:]:
        yield words(named[end:], bold=bold, italic=italic)


def _moment(written: str, before: str) -> Element | None:
    """What the text wrote as a moment, in an order that reads well after what stands before it; None for words that only look like one."""
    try:
        at = datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        return moment(at, "{time} on {date_short}") if before.endswith(" at ") else moment(at)
    except ValueError:
        return None


def person(user_id: str) -> Element:
    """A member of the workspace, by name. They are not notified by it in a direct message to somebody else."""
    return {"type": "user", "user_id": user_id}


def link(url: str, text: str) -> Element:
    """A link of ours."""
    return {"type": "link", "url": url, "text": cut(text.strip(), LONGEST_HEADER) or url}


def section(*elements: Element, most: int = LONGEST_PARAGRAPH) -> Element:
    """One paragraph of a rich text, of so many characters at the most."""
    return {"type": "rich_text_section", "elements": _bounded(elements, most)}


def bullets(rows: Sequence[Sequence[Element]], *, most: int = MOST_ROWS) -> Element:
    """A list of a rich text; of more rows than that only the first, and how many there are."""
    more = len(rows) - most
    shown = [*rows[:most], [words(f"and {more} more", italic=True)]] if more > 0 else rows
    return {"type": "rich_text_list", "style": "bullet", "elements": [section(*row, most=LONGEST_ROW) for row in shown]}


def quote(*elements: Element) -> Element:
    """Words of somebody, or to somebody: set off by a bar."""
    return {"type": "rich_text_quote", "elements": _bounded(elements, LONGEST_TEXT)}


def rich(*parts: Element) -> Block:
    """A block of rich text."""
    return {"type": "rich_text", "elements": list(parts)}


def _bounded(elements: Iterable[Element], most: int) -> list[Element]:
    """Rich text may not hold empty runs, and what is too long is cut; what follows it is left out."""
    left, kept = most, []
    for element in elements:
        if left <= 0:
            break
        text = element.get("text") if element["type"] == "text" else None
        if text is None:
            kept.append(element)
            left -= A_NAME
        elif text:
            kept.append({**element, "text": cut(text, left)})
            left -= len(text)
    return kept or [words("—")]


# --- what can be pressed ----------------------------------------------------------------------------------------------


def button(text: str, action: str, value: str, *, style: Style | None = None, confirm: Element | None = None) -> Element:
    """A button. `value` carries ids only."""
    made: Element = {"type": "button", "text": plain(text, LONGEST_BUTTON), "action_id": action, "value": value}
    return made | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def link_button(text: str, action: str, url: str) -> Element:
    """A button that opens a page."""
    return {"type": "button", "text": plain(text, LONGEST_BUTTON), "action_id": action, "url": url}


def confirm(title: str, text: str, yes: str, no: str = "Cancel") -> Element:
    """A question before a button takes effect."""
    return {"title": plain(title, 100), "text": plain(text, 300), "confirm": plain(yes, 30), "deny": plain(no, 30)}


def actions(*elements: Element, block_id: str = "") -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)} | ({"block_id": block_id} if block_id else {})


def option(text: str, value: str, about: str = "") -> Element:
    """One choice of a select or of radio buttons."""
    made: Element = {"text": plain(text, LONGEST_OPTION), "value": value}
    return made | ({"description": plain(about, LONGEST_OPTION)} if about else {})


def field(label: str, block_id: str, element: Element, *, optional: bool = False, hint: str = "") -> Block:
    """A labelled input of a modal."""
    made: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element, "optional": optional}
    return made | ({"hint": plain(hint, 2000)} if hint else {})


def text_input(action: str, initial: str = "", *, lines: bool = False, most: int = LONGEST_TEXT) -> Element:
    """A text field, with what it holds at first."""
    made: Element = {"type": "plain_text_input", "action_id": action, "multiline": lines, "max_length": most}
    return made | ({"initial_value": cut(initial, most)} if initial else {})


def number_input(action: str, initial: float, low: float | None, high: float | None) -> Element:
    """A number field with its bounds."""
    made: Element = {"type": "number_input", "action_id": action, "is_decimal_allowed": True, "initial_value": _decimal(initial)}
    bounds = {"min_value": low, "max_value": high}
    return made | {name: _decimal(bound) for name, bound in bounds.items() if bound is not None}


def _decimal(number: float) -> str:
    """A number as a person would write it, with every digit: what is not touched must come back as it was."""
    return f"{Decimal(repr(number)).normalize():f}"


def radio(action: str, options: Sequence[Element], initial: Element | None = None) -> Element:
    """One choice of a few, all in sight."""
    made: Element = {"type": "radio_buttons", "action_id": action, "options": list(options)[:10]}
    return made | ({"initial_option": initial} if initial else {})


def select(action: str, options: Sequence[Element], initial: Element | None = None, placeholder: str = "Choose") -> Element:
    """One choice of many."""
    made: Element = {"type": "static_select", "action_id": action, "options": list(options)[:100], "placeholder": plain(placeholder, 150)}
    return made | ({"initial_option": initial} if initial else {})


def modal(callback: str, title: str, blocks: Sequence[Block], *, submit: str | None = None, meta: str = "", close: str = "Close") -> dict[str, Any]:
    """A modal view. Without `submit` it only shows."""
    made: dict[str, Any] = {
        "type": "modal", "callback_id": callback, "title": plain(title, LONGEST_TITLE), "close": plain(close, LONGEST_TITLE),
        "blocks": list(blocks)[:MOST_VIEW_BLOCKS], "private_metadata": meta,
    }  # fmt: skip
    return made | ({"submit": plain(submit, LONGEST_TITLE)} if submit else {})
