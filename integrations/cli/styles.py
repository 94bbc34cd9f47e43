"""What each code says on a terminal, and its colour."""

ROUTES: dict[str, tuple[str, str]] = {
    "act": ("ACTS", "bold black on green"),
    "ask": ("ASKS A PERSON", "bold black on yellow"),
    "deferred": ("WAITS", "bold white on blue"),
    "none": ("DOES NOTHING", "bold black on white"),
    "shadow": ("SHADOW", "bold black on white"),
    "holdout": ("HELD OUT", "bold black on white"),
    "suppressed": ("STARTS NO WORK", "bold black on white"),
}
"""What each route says, and its style."""

VERDICTS: dict[str, tuple[str, str]] = {
    "allow": ("allowed", "green"),
    "ask": ("ask", "yellow"),
    "defer": ("later", "cyan"),
    "forbid": ("forbidden", "red"),
}
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
