"""The design system, written down as a page of the console itself."""

from datetime import timedelta

from fastapi import Request, Response

from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page, reader_of
from integrations.reports import Bar, Bars, Curve, Curves, Dot, Dots, Line, Lines, Point, Seen, Series, Stack, Stacked

pages = Pages()

_CHARTS = (
    Bars([Bar("deal-follow-up", 752, note="revenue"), Bar("ticket-reply", 532, note="support"), Bar("renewal", 81)], title="How often"),
    Stacked([Series("approved", "good"), Series("rejected", "bad"), Series("expired", "muted")], [Stack("renewal", [61, 8, 3])], title="Parts"),
    Dots([Dot("offer", 0.12, 0.04, 0.20), Dot("adoption", -0.02, -0.09, 0.05)], title="A figure with its interval"),
    Lines(["Mon", "Tue", "Wed", "Thu"], [Line("decisions", [Point(12), Point(31), Point(28), Point(40)])], title="Over time"),
    Curves(
        [Curve("renewal", [Seen(0.34, 0.3, 0.21, 0.41, 74), Seen(0.52, 0.6, 0.42, 0.75, 25), Seen(0.78, 0.7, 0.4, 0.89, 10)], "109 cases")],
        title="What was foretold beside what came",
    ),
)


@pages.get("/looks", roles=EVERYBODY)
async def looks(request: Request) -> Response:
    """Type, spacing, colours with their meaning, states, and every part that pages are made of."""
    now = reader_of(request).now
    return page(request, "looks.html", moments=[now - timedelta(minutes=3), now - timedelta(days=2), now + timedelta(hours=5)], drawn=_CHARTS)
