"""What browsers pressed: the forms that tests sent from pages, by route and by what they asked for, and that were taken."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import BrowserContext, Response
from starlette.routing import compile_path

from tests.acceptance.console.matrix import Way, ways

ACTIONS = {way.name: way for way in ways() if way.method == "POST"}
"""Everything that the console lets people do, by route."""
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "POST /console/queue/{ask}/answer": ("answer", ("approve", "reject", "snooze", "undo")),
    "POST /console/queue/alike": ("answer", ("approve", "reject")),
    "POST /console/decisions/{decision_id}/block": ("target", ("account", "contact", "play", "surface")),
    "POST /console/playbook/block": ("kind", ("surface", "play")),
    "POST /console/playbook/unblock": ("kind", ("surface", "play")),
    "POST /console/playbook/lift": ("cap", ("guardrail", "unproven")),
    "POST /console/playbook/drafts/{number}": ("do", ("propose", "publish", "rebase", "discard")),
    "POST /console/operations/effects/{key}/resolve": ("done", ("yes", "no")),
}
"""Routes that do several things, with the field that says which."""

PRESSED: set[str] = set()
"""What was pressed so far and taken, as `expected` names it."""


LIST = Path(__file__).with_name("pressed.txt")
"""The actions that `make pages` presses: one that is not in it fails every run of the tests, and one that is in it and not pressed fails there."""


def listed() -> set[str]:
    """What the list says."""
    return {line for line in LIST.read_text().splitlines() if not line.startswith("#")}


def expected() -> set[str]:
    """Every action, and of those that do several things each."""
    return {f"{name} {kind}" for name, (_, kinds) in KINDS.items() for kind in kinds} | (ACTIONS.keys() - KINDS.keys())


def listen(context: BrowserContext) -> None:
    """Note what is pressed in this browser from now on."""
    context.on("response", _note)


def _note(response: Response) -> None:
    if response.request.method != "POST" or response.status >= 400:
        return
    way = _way(urlsplit(response.url).path)
    if way is None:
        return
    sent = dict(parse_qsl(response.request.post_data or ""))
    PRESSED.add(f"{way.name} {sent.get(KINDS[way.name][0], '')}" if way.name in KINDS else way.name)


def _way(path: str) -> Way | None:
    """The action at an address; one that names it in full before one that fits by what stands for something."""
    fitting = [way for way in ACTIONS.values() if compile_path(way.path)[0].fullmatch(path)]
    return min(fitting, key=lambda way: len(way.parameters), default=None)
