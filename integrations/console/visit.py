"""Who asks for a page, and what the pages work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request

from integrations.admission import Admission
from integrations.bootstrap import Workspace
from integrations.console.provider import Provider
from integrations.console.recent import Recent
from integrations.console.throttle import Throttle
from integrations.console.working import Works
from integrations.sessions import ConsoleRole, Session, form_token
from integrations.settings import Settings


@dataclass(frozen=True, slots=True)
class Console:
    """What the pages work with. `wall` tells the time by which sessions end; what was decided has the workspace's own clock."""

    workspace: Workspace
    settings: Settings
    wall: Callable[[], datetime]
    random: Callable[[int], bytes]
    recent: Recent
    provider: Provider | None = None
    throttle: Throttle = field(default_factory=Throttle)
    works: Works = field(default_factory=Works)

    @property
    def admission(self) -> Admission:
        """Who may enter."""
        return Admission(self.workspace.store, self.settings.console_admins, self.random)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    email: str
    role: ConsoleRole
    session: Session
    form_token: str = field(repr=False)

    @classmethod
    def of(cls, session: Session, role: ConsoleRole, secret: str) -> "Visitor":
        """The person of a session that lives, in the role that is theirs now."""
        return cls(session.email, role, session, form_token(secret))

    def may(self, *roles: ConsoleRole) -> bool:
        """Whether their role is one of these; an admin's always is."""
        return self.role == "admin" or self.role in roles


def console_of(request: Request) -> Console:
    """What the app was made with."""
    console = request.app.state.console
    if not isinstance(console, Console):
        raise TypeError("the app has no console")
    return console


def works_of(request: Request) -> Works:
    """What is being worked on beside the serving."""
    return console_of(request).works


def visitor_of(request: Request) -> Visitor:
    """Who asks. Only for pages that are not open to everybody."""
    visitor = request.state.visitor
    if not isinstance(visitor, Visitor):
        raise TypeError("the guard has let nobody in")
    return visitor
