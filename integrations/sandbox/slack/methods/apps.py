"""auth.test and apps.connections.open: what a token is, and the way to the socket."""

from integrations.sandbox.slack.calls import Call
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.methods.register import Answer, method
from integrations.sandbox.slack.roster import TEAM


@method("auth.test")
def auth_test(core: Core, call: Call) -> Answer:
    """Whose token it is."""
    del call
    app = core.app
    who = {"user": app.name.lower(), "user_id": app.user, "bot_id": app.bot, "app_id": app.id}
    return Answer({"url": f"{core.url}/", "team": "Sandbox", "team_id": TEAM, "is_enterprise_install": False, **who})


@method("apps.connections.open", bearer="app")
def connections_open(core: Core, call: Call) -> Answer:
    """A web socket address that can be used once."""
    del call
    return Answer({"url": f"{core.url.replace('http', 'ws', 1)}/link?ticket={core.tickets.link()}"})
