"""Who may use the console, and who is there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from agent.errors import Refused
from agent.ports import AuditEntry
from integrations.db.console_rows import LINKS, MEMBERS, SESSIONS, VIEWS
from integrations.db.part import StorePart, values_of
from integrations.db.statements import insert_for
from integrations.sessions import IDLE, Link, Member, Session, View

KEPT = timedelta(days=7)
"""Sessions are kept for so long after they were last used, and links after they expired: then nobody asks any more why one lets nobody in."""

_LATER = SESSIONS.alias()
_SESSIONS_OVER = delete(SESSIONS).where(
    SESSIONS.c.seen_at < bindparam("before"), exists().where(_LATER.c.email == SESSIONS.c.email, _LATER.c.seen_at > SESSIONS.c.seen_at)
)
"""But for each person's last, which says when they were last here."""
_LINKS_OVER = delete(LINKS).where(LINKS.c.expires_at < bindparam("before"))
_SESSION = select(SESSIONS, MEMBERS.c.role).join(MEMBERS, MEMBERS.c.email == SESSIONS.c.email, isouter=True)


class ConsoleAccess(StorePart):
    """Implements `integrations.sessions.ConsoleStore`. Who is let in and taken off, and every sign-in, is in the audit log."""

    async def members(self) -> list[Member]:
        """Everybody who may use the console, by address."""
        query = select(MEMBERS).order_by(MEMBERS.c.email)
        return await self._read(lambda c: [Member(**row) for row in c.execute(query).mappings()])

    async def member(self, email: str) -> Member | None:
        """One of them."""
        return await self._glance(lambda c: _member(c, email))

    async def let_in(self, member: Member, *, keeping_an_admin: bool = False) -> bool:
        """Add a person, or change their role; False where it was so. Raises Refused where no admin would be left and one must be."""
        return await self._write(lambda c: self._let_in(c, member, keeping_an_admin))

    async def take_off(self, email: str, *, by: str, at: datetime, keeping_an_admin: bool = False) -> bool:
        """Take a person off the console, and end their sessions and links; False where they were not on it. Raises Refused as `let_in` does."""
        return await self._write(lambda c: self._take_off(c, email, by, at, keeping_an_admin))

    async def last_seen(self) -> dict[str, datetime]:
        """When each person last used the console, by address."""
        query = select(SESSIONS.c.email, func.max(SESSIONS.c.seen_at).label("seen_at")).group_by(SESSIONS.c.email)
        return await self._read(lambda c: {row.email: row.seen_at for row in c.execute(query)})

    async def sessions(self, now: datetime) -> list[Session]:
        """Those that live, the last used first, each with its person's role of now."""
        query = _SESSION.where(SESSIONS.c.ended_at.is_(None), SESSIONS.c.seen_at > now - IDLE).order_by(SESSIONS.c.seen_at.desc())
        found = await self._read(lambda c: [Session(**row) for row in c.execute(query).mappings()])
        return [session for session in found if session.live(now)]

    async def add_link(self, link: Link) -> None:
        """Keep a new link."""
        await self._write(lambda c: c.execute(insert(LINKS), values_of(link, LINKS)))

    async def link(self, secret_sha256: str) -> Link | None:
        """The link with this hash, also when it was used or has expired."""
        query = select(LINKS).where(LINKS.c.secret_sha256 == secret_sha256)
        row = await self._glance(lambda c: c.execute(query).mappings().first())
        return None if row is None else Link(**row)

    async def use_link(self, secret_sha256: str, session: Session) -> bool:
        """Use a link up and begin the session, in one step; False where it was used before."""
        return await self._write(lambda c: self._use(c, secret_sha256, session))

    async def begin_session(self, session: Session) -> None:
        """Keep a new session."""
        await self._write(lambda c: self._begin(c, session))

    async def session(self, secret_sha256: str) -> Session | None:
        """The session with this hash, also when it has ended, with its person's role of now."""
        query = _SESSION.where(SESSIONS.c.secret_sha256 == secret_sha256)
        row = await self._glance(lambda c: c.execute(query).mappings().first())
        return None if row is None else Session(**row)

    async def seen(self, secret_sha256: str, at: datetime) -> None:
        """Note that a session was used."""
        await self._write(lambda c: c.execute(_this(secret_sha256).values(seen_at=at)))

    async def end_session(self, secret_sha256: str, at: datetime, *, by: str | None = None) -> bool:
        """End a session; False where it had ended. `by`: the admin who ended it, if it was not its person."""
        return await self._write(lambda c: self._end(c, secret_sha256, at, by))

    async def tell(self, secret_sha256: str, notice: Mapping[str, Any] | None) -> None:
        """Keep what the next page tells; None once it is told."""
        await self._write(lambda c: c.execute(_this(secret_sha256).values(notice=notice)))

    async def views(self, email: str) -> list[View]:
        """The views of decisions that a person saved, by name."""
        query = select(VIEWS.c.id, VIEWS.c.name, VIEWS.c.query).where(VIEWS.c.email == email).order_by(VIEWS.c.name)
        return await self._read(lambda c: [View(**row) for row in c.execute(query).mappings()])

    async def save_view(self, email: str, name: str, query: str, at: datetime) -> None:
        """Save a view in the place of one of the same name."""
        values = {"email": email, "name": name, "query": query, "made_at": at}

        def work(connection: Connection) -> None:
            connection.execute(
                insert_for(connection, VIEWS).values(values).on_conflict_do_update(index_elements=[VIEWS.c.email, VIEWS.c.name], set_=values)
            )

        await self._write(work)

    async def delete_view(self, email: str, view: int) -> bool:
        """Forget a view; False where it is none of theirs."""
        this = VIEWS.delete().where(VIEWS.c.id == view, VIEWS.c.email == email)
        return await self._write(lambda c: c.execute(this).rowcount == 1)

    def _let_in(self, connection: Connection, member: Member, keeping_an_admin: bool) -> bool:
        before = _member(connection, member.email)
        if before is not None and before.role == member.role:
            return False
        values = values_of(member, MEMBERS)
        changed = insert_for(connection, MEMBERS).on_conflict_do_update(index_elements=[MEMBERS.c.email], set_=values)
        connection.execute(changed, values)
        if keeping_an_admin:
            _keep_an_admin(connection)
        data = {"role": member.role, "before": before.role if before else None}
        self.chain.append(connection, [AuditEntry("console.let_in", member.added_by, member.email, data)], member.added_at)
        return True

    def _take_off(self, connection: Connection, email: str, by: str, at: datetime, keeping_an_admin: bool) -> bool:
        if not connection.execute(MEMBERS.delete().where(MEMBERS.c.email == email)).rowcount:
            return False
        if keeping_an_admin:
            _keep_an_admin(connection)
        connection.execute(update(SESSIONS).where(SESSIONS.c.email == email, SESSIONS.c.ended_at.is_(None)).values(ended_at=at))
        connection.execute(update(LINKS).where(LINKS.c.email == email, LINKS.c.used_at.is_(None)).values(used_at=at))
        self.chain.append(connection, [AuditEntry("console.taken_off", by, email, {})], at)
        return True

    def _use(self, connection: Connection, secret_sha256: str, session: Session) -> bool:
        unused = update(LINKS).where(LINKS.c.secret_sha256 == secret_sha256, LINKS.c.used_at.is_(None))
        if not connection.execute(unused.values(used_at=session.made_at)).rowcount:
            return False
        self._begin(connection, session)
        return True

    def _begin(self, connection: Connection, session: Session) -> None:
        connection.execute(insert(SESSIONS), values_of(replace(session, notice=None), SESSIONS))
        for over in (_SESSIONS_OVER, _LINKS_OVER):
            connection.execute(over, {"before": session.made_at - KEPT})
        self.chain.append(connection, [AuditEntry("console.signed_in", session.email, session.email, {"how": session.how})], session.made_at)

    def _end(self, connection: Connection, secret_sha256: str, at: datetime, by: str | None) -> bool:
        change = _this(secret_sha256).where(SESSIONS.c.ended_at.is_(None)).values(ended_at=at).returning(SESSIONS.c.email)
        email = connection.execute(change).scalar()
        if email is not None and by is not None:
            self.chain.append(connection, [AuditEntry("console.session_ended", by, email, {})], at)
        return email is not None


def _member(connection: Connection, email: str) -> Member | None:
    row = connection.execute(select(MEMBERS).where(MEMBERS.c.email == email)).mappings().first()
    return None if row is None else Member(**row)


def _keep_an_admin(connection: Connection) -> None:
    """Raises Refused, so that the change is not made, where it would take the last admin away."""
    if connection.execute(select(MEMBERS.c.email).where(MEMBERS.c.role == "admin").limit(1)).first() is None:
        raise Refused("Then nobody would be an admin, so nothing was changed.", "Make somebody else an admin first.")


def _this(secret_sha256: str) -> Any:
    return update(SESSIONS).where(SESSIONS.c.secret_sha256 == secret_sha256)
