"""What each code says on a terminal, and its colour."""

from integrations.telling import candidates, routes

_ROUTE_STYLES = {"act": "bold black on green", "ask": "bold black on yellow", "deferred": "bold white on blue"}
_VERDICT_STYLES = {"allow": "green", "ask": "yellow", "defer": "cyan", "forbid": "red"}

ROUTES: dict[str, tuple[str, str]] = {route: (said.upper(), _ROUTE_STYLES.get(route, "bold black on white")) for route, said in routes.ROUTES.items()}
"""What each route says, and its style."""

VERDICTS: dict[str, tuple[str, str]] = {verdict: (said, _VERDICT_STYLES[verdict]) for verdict, said in candidates.VERDICTS.items()}
"""What each verdict says, and its style."""

STATUSES: dict[str, tuple[str, str]] = {"fresh": ("", ""), "stale": ("STALE", "bold yellow"), "missing": ("MISSING", "bold red")}
"""How a fact that may not be relied on is marked."""

STATES: dict[str, str] = {
    "open": "bold yellow",
    "snoozed": "yellow",
    "approved": "green",
    "edited": "green",
    "rejected": "red",
    "expired": "red",
    "blocked": "red",
    "superseded": "dim",
    "void": "dim",
    "planned": "cyan",
    "started": "yellow",
    "done": "green",
    "failed": "bold red",
    "unknown": "bold red",
    "new": "cyan",
    "held": "yellow",
    "asking": "yellow",
    "waiting": "cyan",
    "acting": "cyan",
    "parked": "bold red",
    "dead": "bold red",
    "closed": "dim",
    "ok": "green",
    "warn": "yellow",
    "fail": "bold red",
    "error": "bold red",
}
"""Styles of the states of asks, actions, runs and checks; the state itself is always written too."""
