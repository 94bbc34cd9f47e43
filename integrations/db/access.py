"""Tokens of people and programs, and the playbooks that decisions name."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from agent.playbook.drafts import PlaybookReign
from agent.ports import AuditEntry
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.publishing import put_reign
from integrations.db.statements import insert_for
from integrations.db.tables import PLAYBOOKS, TOKENS
from integrations.tokens import TokenRow


class Access(StorePart):
    """Tokens (implements `integrations.tokens.TokenStore`) and playbooks."""

    async def add_token(self, row: TokenRow, *, by: str = OURSELVES) -> None:
        """Keep a new token, which somebody made."""
        await self._write(lambda c: self._add(c, row, by))

    async def token(self, secret_sha256: str) -> TokenRow | None:
        """The token with this hash, also when it has expired or was revoked."""
        query = select(TOKENS).where(TOKENS.c.secret_sha256 == secret_sha256)
        row = await self._look(lambda c: c.execute(query).mappings().first())
        return None if row is None else TokenRow(**row)

    async def tokens(self) -> list[TokenRow]:
        """All tokens, oldest first."""
        query = select(TOKENS).order_by(TOKENS.c.created_at, TOKENS.c.id)
        return await self._read(lambda c: [TokenRow(**row) for row in c.execute(query).mappings()])

    async def revoke_token(self, token_id: str, *, by: str, at: datetime) -> bool:
        """Revoke a token; False when there is none, or it was revoked before."""
        return await self._write(lambda c: self._revoke(c, token_id, by, at))

    async def keep_playbook(self, version: str, text: dict[str, Any], at: datetime, reign: PlaybookReign | None = None) -> bool:
        """Keep a playbook's text under its content hash, as the last that was in force. The text of the first time stays.

        Whether the `reign` was news: another process may have noted it.
        """
        return await self._write(lambda c: _keep(c, version, text, at, reign))

    async def last_playbook(self) -> str | None:
        """The version that was in force last."""
        query = select(PLAYBOOKS.c.version).order_by(PLAYBOOKS.c.loaded_at.desc(), PLAYBOOKS.c.version).limit(1)
        return await self._read(lambda c: c.execute(query).scalar())

    async def playbook(self, version: str) -> dict[str, Any] | None:
        """The text that was kept under the hash."""
        query = select(PLAYBOOKS.c.text).where(PLAYBOOKS.c.version == version)
        return await self._read(lambda c: c.execute(query).scalar())

    def _add(self, connection: Connection, row: TokenRow, by: str) -> None:
        connection.execute(insert(TOKENS), values_of(row, TOKENS))
        data = {"email": row.email, "role": row.role, "expires_at": row.expires_at}
        self.chain.append(connection, [AuditEntry("token.added", by, row.id, data)], row.created_at)

    def _revoke(self, connection: Connection, token_id: str, by: str, at: datetime) -> bool:
        change = update(TOKENS).where(TOKENS.c.id == token_id, TOKENS.c.revoked_at.is_(None))
        revoked = connection.execute(change.values(revoked_at=at)).rowcount == 1
        if revoked:
            self.chain.append(connection, [AuditEntry("token.revoked", by, token_id, {})], at)
        return revoked


def _keep(connection: Connection, version: str, text: dict[str, Any], at: datetime, reign: PlaybookReign | None) -> bool:
    kept = insert_for(connection, PLAYBOOKS).on_conflict_do_update(index_elements=[PLAYBOOKS.c.version], set_={"loaded_at": at})
    connection.execute(kept, {"version": version, "text": text, "loaded_at": at})
    return reign is not None and put_reign(connection, reign)
