"""users.*: who the members are."""

from integrations.sandbox.slack.calls import Call, Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.methods.register import Answer, method, page

EMAIL = "users:read.email"


@method("users.info", "users:read")
def info(core: Core, call: Call) -> Answer:
    """One member."""
    member = core.member(call.need("user"))
    return Answer({"user": member.as_slack(core.clock, with_email=EMAIL in call.scopes)})


@method("users.list", "users:read")
def list_all(core: Core, call: Call) -> Answer:
    """Everybody, also those who left."""
    rows, more = page(call, list(core.members.values()))
    return Answer({"members": [member.as_slack(core.clock, with_email=EMAIL in call.scopes) for member in rows], "cache_ts": 0, **more})


@method("users.lookupByEmail", EMAIL)
def lookup_by_email(core: Core, call: Call) -> Answer:
    """One member, by address; those who left are not found."""
    email = call.need("email").casefold()
    found = next((one for one in core.members.values() if one.email.casefold() == email and not one.deleted), None)
    if found is None:
        raise Refused("users_not_found")
    return Answer({"user": found.as_slack(core.clock, with_email=True)})


@method("users.profile.get", "users.profile:read")
def profile_get(core: Core, call: Call) -> Answer:
    """A profile with its status."""
    return Answer({"profile": core.member(call.get("user") or core.app.user).profile(with_email=EMAIL in call.scopes)})


@method("users.getPresence", "users:read")
def get_presence(core: Core, call: Call) -> Answer:
    """Whether a member is there."""
    return Answer({"presence": core.member(call.get("user") or core.app.user).presence})
