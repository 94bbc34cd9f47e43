"""Everything that Zendesk is ever asked."""

from typing import Literal

from integrations.vendors.endpoint import Endpoint, Repeats

SCOPES = ("read", "tickets:write")
"""What the OAuth client must be allowed. Audits, in which our own effects are found again, are read with the whole `read` only."""

TOKEN_PATH = "/oauth/tokens"  # noqa: S105  a path

_V2 = "/api/v2"
_READ, _WRITE = ("read",), ("tickets:write",)


def _get(name: str, path: str, why: str) -> Endpoint:
    return Endpoint(name, "GET", f"{_V2}{path}", _READ, "read", why)


def _put(name: str, path: str, repeats: Repeats, why: str, method: Literal["PUT", "POST"] = "PUT") -> Endpoint:
    return Endpoint(name, method, f"{_V2}{path}", _WRITE, repeats, why)


TICKET = _get("ticket", "/tickets/{id}.json", "one ticket, when a webhook names it and before anything is written to it")
TICKETS = _get("tickets", "/tickets/show_many.json", "up to 100 tickets with what belongs to them, after an export named them")
COMMENTS = _get("comments", "/tickets/{id}/comments.json", "what was written on a ticket, the newest first")
AUDITS = _get("audits", "/tickets/{id}/audits.json", "finds an effect of ours by its marker, and into which ticket another was merged")
CHANGED_TICKETS = _get("changed tickets", "/incremental/tickets/cursor.json", "which tickets changed or were deleted since a moment")
TICKET_COUNT = _get("number of tickets", "/tickets/count.json", "whether tickets can be seen, for `nextplay doctor`")
TICKETS_OF = _get("tickets of an organisation", "/organizations/{id}/tickets.json", "all tickets of one company")
ORGANIZATION = _get("organisation", "/organizations/{id}.json", "one company, to find the account that it is")
CHANGED_ORGANIZATIONS = _get("changed organisations", "/incremental/organizations.json", "which companies changed since a moment")
USER = _get("user", "/users/{id}.json", "one person, a customer's or an agent")
USERS_OF = _get("users of an organisation", "/organizations/{id}/users.json", "the people of one company")
CHANGED_USERS = _get("changed users", "/incremental/users/cursor.json", "which people changed or were deleted since a moment")
AGENTS = _get("agents", "/users.json", "who works at the desk")
ME = _get("me", "/users/me.json", "in whose name we ask, for `nextplay doctor`")
GROUPS = _get("groups", "/groups.json", "to whom a ticket can be assigned")
SCHEDULES = _get("schedules", "/business_hours/schedules.json", "when groups work")
HOLIDAYS = _get("holidays", "/business_hours/schedules/{id}/holidays.json", "when they do not")
TICKET_FIELDS = _get("ticket fields", "/ticket_fields.json", "whether the custom fields that are set up are still there, for `nextplay doctor`")
RATINGS = _get("satisfaction ratings", "/satisfaction_ratings.json", "how customers rated what was done")
SETTINGS = _get("account settings", "/account/settings.json", "whether the account answers, for `nextplay doctor`")
ARTICLES = _get("articles", "/help_center/articles.json", "every help article in every language")
ARTICLE = _get("article", "/help_center/articles/{id}.json", "one help article")
SEGMENTS = _get("user segments", "/help_center/user_segments.json", "who may read articles that not everybody may")

UPDATE = _put("update", "/tickets/{id}.json", "marked", "a comment, group, assignee or priority, as a safe update; its marker is in the audit")
TAGS = _put("tags", "/tickets/{id}/tags.json", "same", "adds tags, and never sets them: that would take away the others")

READS = (
    TICKET, TICKETS, COMMENTS, AUDITS, CHANGED_TICKETS, TICKET_COUNT, TICKETS_OF, ORGANIZATION, CHANGED_ORGANIZATIONS, USER, USERS_OF,
    CHANGED_USERS, AGENTS, ME, GROUPS, SCHEDULES, HOLIDAYS, TICKET_FIELDS, RATINGS, SETTINGS, ARTICLES, ARTICLE, SEGMENTS,
)  # fmt: skip
WRITES = (UPDATE, TAGS)
ALL = (*READS, *WRITES)

_REPEATS = {"read": "yes", "same": "yes: twice is once", "marked": "never blindly: looked up by its marker first"}


def table() -> str:
    """All of them as a table in Markdown, for the documentation."""
    rows = [f"| `{one.method} {one.path}` | {', '.join(f'`{scope}`' for scope in one.scopes)} | {_REPEATS[one.repeats]} | {one.why} |" for one in ALL]
    return "\n".join(["| request | scope | repeated | why |", "|---|---|---|---|", *rows])
