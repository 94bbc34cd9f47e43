"""A page as text: one template that escapes everything, with its style inside."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from integrations.reports import drawing
from integrations.reports.pages import Page
from integrations.reports.tones import tone_of

LOADER = PackageLoader("integrations.reports")
TOOLS: dict[str, Any] = {
    "segments": drawing.segments, "bars_on": drawing.bars_on, "scale_of_dots": drawing.scale_of_dots, "figure": drawing.figure,
    "scale_of_lines": drawing.scale_of_lines, "marks": drawing.marks, "shown_ticks": drawing.shown_ticks, "tone_of": tone_of,
    "heights": drawing.heights,
}  # fmt: skip
"""What the templates of blocks and charts draw with; whoever includes them brings these."""


def render(page: Page) -> str:
    """The whole file. It asks for nothing from anywhere, and a policy in it forbids that anything in it does."""
    return _environment().get_template("page.html").render(page=page)


@cache
def _environment() -> Environment:
    made = Environment(loader=LOADER, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    made.globals.update(TOOLS)
    return made
