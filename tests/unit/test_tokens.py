import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import InvalidInput, Unauthorised
from integrations.tokens import ROLES, Role, TokenRow, mint, verify
from tests.integration.fakes import FakeTokens

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def zeros(count: int) -> bytes:
    return bytes(count)


def minted(role: Role = "viewer", ttl: timedelta = DAY) -> tuple[str, TokenRow]:
    return mint("Ann@Example.com", role, now=NOW, ttl=ttl, random=zeros)


async def kept(row: TokenRow) -> FakeTokens:
    store = FakeTokens()
    await store.add_token(row)
    return store


@pytest.mark.parametrize("role", ROLES)
async def test_a_token_names_its_holder_and_role(role: Role) -> None:
    text, row = minted(role)
    found = await verify(text, store=await kept(row), now=NOW)
    assert (found.email, found.role) == ("ann@example.com", role)


def test_only_the_hash_of_a_token_is_kept() -> None:
    text, row = minted()
    assert text == "np_" + "A" * 43
    assert row.secret_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert text not in repr(row)
    assert text.removeprefix("np_") not in repr(row)


def test_all_randomness_comes_from_outside() -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    text, row = mint("ann@example.com", "admin", now=NOW, ttl=DAY, random=random)
    assert asked == [32, 8]
    assert text == "np_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert row.id == "tok_0001020304050607"


@pytest.mark.parametrize(("after", "live"), [(timedelta(0), True), (DAY - timedelta.resolution, True), (DAY, False)])
async def test_a_token_expires(after: timedelta, live: bool) -> None:
    text, row = minted()
    store = await kept(row)
    if live:
        assert await verify(text, store=store, now=NOW + after)
    else:
        with pytest.raises(Unauthorised):
            await verify(text, store=store, now=NOW + after)


async def test_a_token_is_not_valid_before_it_was_made() -> None:
    text, row = minted()
    with pytest.raises(Unauthorised):
        await verify(text, store=await kept(row), now=NOW - timedelta.resolution)


async def test_a_revoked_token_is_refused_like_one_that_never_was() -> None:
    text, row = minted()
    with pytest.raises(Unauthorised) as revoked:
        await verify(text, store=await kept(replace(row, revoked_at=NOW)), now=NOW)
    with pytest.raises(Unauthorised) as unknown:
        await verify(text, store=FakeTokens(), now=NOW)
    assert str(revoked.value) == str(unknown.value)
    assert "nextplay people token" in revoked.value.next_step


@given(st.data())
async def test_any_change_of_one_character_is_refused(data: st.DataObject) -> None:
    text, row = minted()
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[at]))
    with pytest.raises(Unauthorised):
        await verify(text[:at] + other + text[at + 1 :], store=await kept(row), now=NOW)


@pytest.mark.parametrize("text", ["", "np_", "np_\x00", "x" * 100_000, "np_" + "A" * 44, "np_" + "A" * 43 + "\n", "\ud800"])
async def test_other_text_is_refused(text: str) -> None:
    _, row = minted()
    with pytest.raises(Unauthorised):
        await verify(text, store=await kept(row), now=NOW)


@pytest.mark.parametrize(
    ("email", "role", "ttl", "named"),
    [
        ("ann", "viewer", DAY, "e-mail"),
        ("ann@example.com, bob@example.com", "viewer", DAY, "e-mail"),
        ("ann@example.com", "owner", DAY, "viewer, operator, approver, admin, ingest"),
        ("ann@example.com", "viewer", timedelta(0), "days"),
        ("ann@example.com", "viewer", timedelta(days=400), "days"),
    ],
)
def test_refuses_to_mint_what_makes_no_sense(email: str, role: Any, ttl: timedelta, named: str) -> None:
    with pytest.raises(InvalidInput) as error:
        mint(email, role, now=NOW, ttl=ttl, random=zeros)
    assert named in str(error.value)
