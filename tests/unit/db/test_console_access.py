"""Sessions and links that nobody asks for any more go away when somebody signs in."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from integrations.db.console import KEPT
from integrations.db.console_rows import LINKS, SESSIONS
from integrations.db.store import SqlStore
from integrations.sessions import Link, Member, Session, new_session
from tests.unit.db.build import DAY, NOW

ANN, BO = "ann@example.com", "bo@example.com"


def session(email: str, at: datetime, number: int) -> Session:
    return new_session(email, "link", at, lambda length: bytes([number]) * length)[1]


async def hashes(store: SqlStore) -> set[str]:
    return await store.database.read_core(lambda c: set(c.execute(select(SESSIONS.c.secret_sha256)).scalars()))


async def test_whoever_signs_in_sweeps_away_what_ended_long_ago(store: SqlStore) -> None:
    for email in (ANN, BO):
        await store.let_in(Member(email, "viewer", "the tests", NOW))
    old, older, last_of_bo = session(ANN, NOW, 1), session(BO, NOW, 2), session(BO, NOW + DAY, 3)
    for one in (old, older, last_of_bo):
        await store.begin_session(one)
    later = NOW + KEPT + timedelta(seconds=1)
    fresh = session(ANN, later, 4)
    await store.begin_session(fresh)
    assert await hashes(store) == {one.secret_sha256 for one in (last_of_bo, fresh)}, "Ann has a newer one; Bo's last says when he was here"
    assert await store.last_seen() == {ANN: later, BO: NOW + DAY}


async def test_a_session_that_is_still_used_stays(store: SqlStore) -> None:
    await store.let_in(Member(ANN, "viewer", "the tests", NOW))
    first = session(ANN, NOW, 1)
    await store.begin_session(first)
    await store.seen(first.secret_sha256, NOW + KEPT)
    await store.begin_session(session(ANN, NOW + KEPT + timedelta(hours=1), 2))
    assert first.secret_sha256 in await hashes(store)


async def test_links_go_a_while_after_they_expired(store: SqlStore) -> None:
    await store.let_in(Member(ANN, "viewer", "the tests", NOW))
    for number, expires in enumerate((NOW, NOW + KEPT)):
        await store.add_link(Link(f"{number}", ANN, NOW - DAY, expires))
    await store.begin_session(session(ANN, NOW + KEPT + timedelta(seconds=1), 1))
    assert await store.link("0") is None
    assert await store.link("1") is not None
    assert await store.database.read_core(lambda c: c.execute(select(func.count()).select_from(LINKS)).scalar()) == 1
