"""Every request that is ever made of Salesforce."""

from integrations.vendors.endpoint import Endpoint

VENDOR = "salesforce"
VERSION = "v67.0"
BASE = f"/services/data/{VERSION}"
_SCOPES = ("api",)

TOKEN = Endpoint("token", "POST", "/services/oauth2/token", (), "read", "a session, by client credentials or a signed assertion")
DESCRIBE = Endpoint("describe", "GET", f"{BASE}/sobjects/{{object}}/describe", _SCOPES, "read", "which fields there are, and may be seen")
QUERY = Endpoint("query", "GET", f"{BASE}/queryAll", _SCOPES, "read", "records with those in the bin: all, what changed, one, or those of an account")
MORE = Endpoint(
    "query more", "GET", f"{BASE}/query/{{locator}}", _SCOPES, "read", "the rest of an answer that is longer than Salesforce gives at once"
)
TOGETHER = Endpoint("composite", "POST", f"{BASE}/composite", _SCOPES, "read", "several questions in one round trip; never anything that writes")
LIMITS = Endpoint("limits", "GET", f"{BASE}/limits", _SCOPES, "read", "what is left of the day's calls, for `nextplay doctor`")
UPSERT_TASK = Endpoint(
    "upsert task", "PATCH", f"{BASE}/sobjects/Task/{{field}}/{{key}}", _SCOPES, "marked", "a task, a note or a draft, once for each key"
)  # fmt: skip
CREATE_TASK = Endpoint(
    "create task", "POST", f"{BASE}/sobjects/Task", _SCOPES, "marked", "the same where tasks have no key that is an external id"
)  # fmt: skip

ENDPOINTS = (TOKEN, DESCRIBE, QUERY, MORE, TOGETHER, LIMITS, UPSERT_TASK, CREATE_TASK)
