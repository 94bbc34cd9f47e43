"""Every request that is ever made of HubSpot. `{version}` is the dated version of its API, such as 2026-03."""

from integrations.vendors.endpoint import Endpoint

READ = ("companies", "contacts", "deals", "tickets", "emails", "meetings")
WRITTEN = ("tasks", "notes")
ANCHORS = ("companies", "contacts", "deals", "tickets")
"""What a task or a note can hang on."""

LINKS = (
    ("contacts", "companies"), ("deals", "companies"), ("deals", "contacts"), ("tickets", "companies"), ("tickets", "contacts"),
    ("emails", "contacts"), ("emails", "companies"), ("meetings", "contacts"), ("meetings", "companies"),
)  # fmt: skip

_ACTIVITIES = ("tasks", "notes", "meetings", "emails")
_WHY = {
    "companies": "accounts and contracts", "contacts": "contacts and consents", "deals": "deals", "tickets": "tickets",
    "emails": "e-mails that were logged", "meetings": "meetings", "tasks": "tasks", "notes": "notes",
}  # fmt: skip


def _scopes(type_: str, verb: str = "read") -> tuple[str, ...]:
    if type_ == "tickets":
        return ("tickets",)
    own = ("sales-email-read",) if type_ == "emails" else ()
    return (f"crm.objects.{'contacts' if type_ in _ACTIVITIES else type_}.{verb}", *own)


def _both(type_: str, to: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_scopes(type_), *_scopes(to))))


_OF = "/crm/objects/{version}"


def _associated(of: str, to: str, why: str) -> Endpoint:
    return Endpoint(f"{of}.{to}", "GET", f"{_OF}/{of}/{{id}}/associations/{to}", _both(of, to), why=why)


ONE = {
    t: Endpoint(f"{t}.one", "GET", f"{_OF}/{t}/{{id}}", _scopes(t), why=f"{_WHY[t]}: one afresh, before a decision and before a write") for t in READ
}
PAGE = {t: Endpoint(f"{t}.page", "GET", f"{_OF}/{t}", _scopes(t), why=f"{_WHY[t]}: all of them, and which were deleted") for t in READ}
BATCH = {
    t: Endpoint(f"{t}.batch", "POST", f"{_OF}/{t}/batch/read", _scopes(t), why=f"{_WHY[t]}: those that hang on one object")
    for t in (*ANCHORS, *WRITTEN)
}
SEARCH = {
    **{
        t: Endpoint(f"{t}.search", "POST", f"{_OF}/{t}/search", _scopes(t), why=f"{_WHY[t]}: what changed since, and how many there are")
        for t in READ
    },
    **{
        t: Endpoint(f"{t}.search", "POST", f"{_OF}/{t}/search", _scopes(t), why=f"{_WHY[t]} of ours: what became of one, and which were done")
        for t in WRITTEN
    },
}
CREATE = {
    t: Endpoint(f"{t}.create", "POST", f"{_OF}/{t}", tuple(dict.fromkeys((*_scopes(t, "write"), *_scopes(t)))), "marked", f"write {_WHY[t]}")
    for t in WRITTEN
}
ASSOCIATED = {
    **{("companies", t): _associated("companies", t, f"which {t} belong to one account") for t in ("contacts", "deals", "tickets")},
    **{(of, t): _associated(of, t, f"{_WHY[t]} of ours: whether one is surely not there") for t in WRITTEN for of in ANCHORS},
}
LINKED = {
    (t, to): Endpoint(f"{t}.{to}", "POST", f"/crm/associations/{{version}}/{t}/{to}/batch/read", _both(t, to), why=f"which {to} {_WHY[t]} are about")
    for t, to in LINKS
}
LABELS = {
    (t, to): Endpoint(f"{t}.{to}.labels", "GET", f"/crm/associations/{{version}}/{t}/{to}/labels", _both(t, to), why=f"how {t} are hung on {to}")
    for t in WRITTEN
    for to in ANCHORS
}
PIPELINES = {
    t: Endpoint(f"{t}.pipelines", "GET", f"/crm/pipelines/{{version}}/{t}", _scopes(t), why=f"`doctor`: whether every stage of {t} has a meaning")
    for t in ("deals", "tickets")
}
PROPERTIES = {
    t: Endpoint(
        f"{t}.properties", "GET", f"/crm/properties/{{version}}/{t}", _scopes(t) if t == "tickets" else (f"crm.schemas.{t}.read",),
        why=f"`doctor`: whether the properties of {t} that are asked for exist",
    )
    for t in ANCHORS
}  # fmt: skip
OWNERS = Endpoint("owners", "GET", "/crm/owners/{version}", ("crm.objects.owners.read",), why="who owns records, also those who have left")
STATUSES = Endpoint(
    "statuses", "POST", "/communication-preferences/{version}/statuses/batch/read", ("communication_preferences.statuses.batch.read",),
    why="what contacts agreed to, by their addresses",
)  # fmt: skip
ACCOUNT = Endpoint("account", "GET", "/account-info/{version}/details", ("oauth",), why="which portal it is, and its currency")

ALL: tuple[Endpoint, ...] = (
    ACCOUNT, OWNERS, *ONE.values(), *PAGE.values(), *BATCH.values(), *SEARCH.values(), *ASSOCIATED.values(), *LINKED.values(), STATUSES,
    *PIPELINES.values(), *PROPERTIES.values(), *LABELS.values(), *CREATE.values(),
)  # fmt: skip
"""All of them, in the order of the documentation."""


def scopes() -> tuple[str, ...]:
    """What the app has to be granted, sorted."""
    return tuple(sorted({scope for endpoint in ALL for scope in endpoint.scopes}))
