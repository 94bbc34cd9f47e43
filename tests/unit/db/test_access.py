import pytest
from sqlalchemy.exc import IntegrityError

from agent.errors import Unauthorised
from integrations import tokens
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW


def minted(number: int) -> tuple[str, tokens.TokenRow]:
    return tokens.mint("ann@example.com", "operator", now=NOW, ttl=DAY, random=lambda size: bytes([number]) * size)


async def test_a_token_works_until_it_ends_or_is_revoked(store: SqlStore) -> None:
    (text, row), (_, other) = minted(1), minted(2)
    await store.add_token(row)
    await store.add_token(other)
    assert await store.tokens() == [row, other]
    assert await tokens.verify(text, store=store, now=NOW + MINUTE) == row
    with pytest.raises(Unauthorised):
        await tokens.verify(text, store=store, now=NOW + DAY)
    assert await store.revoke_token(row.id, by="root@example.com", at=NOW + MINUTE)
    assert not await store.revoke_token(row.id, by="root@example.com", at=NOW + MINUTE)
    with pytest.raises(Unauthorised):
        await tokens.verify(text, store=store, now=NOW + MINUTE)
    kinds = [entry["kind"] for entry in await store.audit_log(limit=9)]
    assert kinds == ["token.revoked", "token.added", "token.added"]
    assert await store.token("0" * 64) is None


async def test_the_log_does_not_hold_the_secret(store: SqlStore) -> None:
    text, row = minted(1)
    await store.add_token(row)
    said = str(await store.audit_log(limit=9))
    assert text not in said
    assert row.secret_sha256 not in said


async def test_a_secret_is_used_once(store: SqlStore) -> None:
    _, row = minted(1)
    await store.add_token(row)
    with pytest.raises(IntegrityError):
        await store.add_token(row)
    assert len(await store.audit_log(limit=9)) == 1


async def test_playbooks_are_kept_as_first_loaded(store: SqlStore) -> None:
    await store.keep_playbook("v1", {"plays/a.yaml": "id: a"}, NOW)
    await store.keep_playbook("v1", {"plays/a.yaml": "id: b"}, NOW)
    assert await store.playbook("v1") == {"plays/a.yaml": "id: a"}
    assert await store.playbook("v2") is None
