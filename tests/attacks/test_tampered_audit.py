"""Somebody with the database in their hands, but without the key, changes the audit log in every way there is: it is seen, and where."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlmodel import Session

from agent.ports import AuditEntry
from integrations.db.audit_chain import ERASED, verify_audit
from integrations.db.store import SqlStore
from tests.unit.db.build import NOW
from tests.unit.db.conftest import KEY, store

__all__ = ["store"]

ENTRIES = 120
COLUMNS = ("seq", "at", "kind", "who", "ref", "data", "salt", "commitment", "hash")
Tamper = Callable[["Hands"], int]


class Hands:
    """What an intruder may do to the tables. Each tampering returns the number of the first entry that is no longer in order."""

    def __init__(self, connection: Connection, dice: Random) -> None:
        self._connection, self.dice = connection, dice

    def say(self, statement: str, **values: Any) -> None:
        self._connection.execute(text(statement), values)

    def one(self, last: int = ENTRIES) -> int:
        """Any entry."""
        return self.dice.randint(1, last)

    def value(self, column: str, seq: int) -> Any:
        return self._connection.execute(text(f"SELECT {column} FROM audit WHERE seq = :seq"), {"seq": seq}).scalar_one()

    def copy(self, seq: int, to: int) -> None:
        """Write the same entry under another number."""
        rest = ", ".join(COLUMNS[1:])
        self.say(f"INSERT INTO audit (seq, {rest}) SELECT :to, {rest} FROM audit WHERE seq = :seq", seq=seq, to=to)


def another_value(hands: Hands) -> int:
    """One column says something else: noise, or what another entry says there."""
    seq, column = hands.one(), hands.dice.choice(COLUMNS[1:])
    was, other = hands.value(column, seq), hands.value(column, hands.one())
    noise = secrets.token_bytes(16) if column == "salt" else f"{hands.dice.random()}"
    if column == "at":
        noise = "2026-01-01 00:00:00+00:00"
    hands.say(f"UPDATE audit SET {column} = :said WHERE seq = :seq", said=noise if other == was else other, seq=seq)
    return seq


def one_bit(hands: Hands) -> int:
    """One character of a text is another."""
    seq, column = hands.one(), hands.dice.choice(("kind", "who", "ref", "data", "commitment", "hash"))
    was = str(hands.value(column, seq))
    place = hands.dice.randrange(len(was))
    hands.say(f"UPDATE audit SET {column} = :said WHERE seq = :seq", said=was[:place] + chr(ord(was[place]) ^ 1) + was[place + 1 :], seq=seq)
    return seq


def taken_out(hands: Hands) -> int:
    """One is missing."""
    seq = hands.one()
    hands.say("DELETE FROM audit WHERE seq = :seq", seq=seq)
    return seq


def closed_up(hands: Hands) -> int:
    """One is missing, and those after it have moved up."""
    seq = hands.one(ENTRIES - 1)
    hands.say("DELETE FROM audit WHERE seq = :seq", seq=seq)
    hands.say("UPDATE audit SET seq = -(seq - 1) WHERE seq > :seq", seq=seq)
    hands.say("UPDATE audit SET seq = -seq WHERE seq < 0")
    return seq


def put_in(hands: Hands) -> int:
    """One stands there twice, and those after it have moved down."""
    seq = hands.one(ENTRIES - 1)
    hands.say("UPDATE audit SET seq = -(seq + 1) WHERE seq > :seq", seq=seq)
    hands.say("UPDATE audit SET seq = -seq WHERE seq < 0")
    hands.copy(hands.one(seq), seq + 1)
    return seq + 1


def exchanged(hands: Hands) -> int:
    """Two have changed places."""
    first, second = sorted(hands.dice.sample(range(1, ENTRIES + 1), 2))
    for seq, to in ((first, -1), (second, first), (-1, second)):
        hands.say("UPDATE audit SET seq = :to WHERE seq = :seq", seq=seq, to=to)
    return first


def cut_off(hands: Hands) -> int:
    """The end is missing; the head says so, or was set back."""
    seq = hands.one()
    hands.say("DELETE FROM audit WHERE seq >= :seq", seq=seq)
    if seq > 1 and hands.dice.random() < 0.5:
        hands.say("UPDATE audit_head SET seq = :last, hash = (SELECT hash FROM audit WHERE seq = :last)", last=seq - 1)
    return seq


def carried_on(hands: Hands) -> int:
    """One was added at the end, and the head set on it."""
    hands.copy(hands.one(), ENTRIES + 1)
    if hands.dice.random() < 0.5:
        hands.say("UPDATE audit SET hash = :hash WHERE seq = :seq", hash=secrets.token_hex(32), seq=ENTRIES + 1)
    hands.say("UPDATE audit_head SET seq = :seq, hash = (SELECT hash FROM audit WHERE seq = :seq)", seq=ENTRIES + 1)
    return ENTRIES + 1


def head_changed(hands: Hands) -> int:
    """The head says something else, or nothing."""
    column = hands.dice.choice(("hash", "seal", "seq", ""))
    if not column:
        hands.say("DELETE FROM audit_head")
    else:
        hands.say(f"UPDATE audit_head SET {column} = :said", said=hands.one(ENTRIES - 1) if column == "seq" else secrets.token_hex(32))
    return ENTRIES + 1


def silently_erased(hands: Hands) -> int:
    """A payload was taken out as erasing does it, and no entry says so."""
    seq = hands.one()
    hands.say("UPDATE audit SET data = :erased, salt = NULL WHERE seq = :seq", erased=ERASED, seq=seq)
    return seq


TAMPERINGS: tuple[Tamper, ...] = (
    another_value, one_bit, taken_out, closed_up, put_in, exchanged, cut_off, carried_on, head_changed, silently_erased,
)  # fmt: skip


async def test_every_tampering_is_found_and_located(store: SqlStore, url: str, *, seed: int, whole: bool) -> None:
    times, dice, missed, made = 1_000 if whole else 100, Random(seed), list[str](), Counter[str]()  # noqa: S311  chance, not secrets
    entries = [AuditEntry(f"kind{n % 7}", f"p{n % 5}@example.com", f"ref{n}", {"n": n}) for n in range(ENTRIES)]
    await store.database.write(lambda session: store.chain.append(session.connection(), entries, NOW))
    with _hands(url, dice) as (hands, connection):
        for number in range(times):
            tamper = TAMPERINGS[number % len(TAMPERINGS)]
            with connection.begin(), Session(connection, join_transaction_mode="control_fully") as session:
                first_bad = tamper(hands)
                report = verify_audit(session, KEY)
                session.rollback()
            made[tamper.__name__] += 1
            if report.ok or report.first_bad != first_bad:
                missed.append(f"{number} {tamper.__name__}: {first_bad} was not in order, and the report says {report}")
        with connection.begin(), Session(connection) as session:
            assert verify_audit(session, KEY).ok, "each was taken back"
    print(f"{times} tamperings, {len(missed)} missed: {dict(made)}")
    assert missed == []


@contextmanager
def _hands(url: str, dice: Random) -> Iterator[tuple[Hands, Connection]]:
    """A connection past the triggers."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda opened, _record: setattr(opened, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.connect() as connection:
            with connection.begin():
                if engine.dialect.name == "sqlite":
                    for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                        connection.execute(text(f"DROP TRIGGER {name}"))
                else:
                    connection.execute(text("SET session_replication_role = replica"))
            yield Hands(connection, dice), connection
    finally:
        engine.dispose()
