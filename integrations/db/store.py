"""The system of record: everything that the service keeps, in one database."""

from pathlib import Path

from integrations.db.access import Access
from integrations.db.alarms import Alarms
from integrations.db.approvals import Approvals
from integrations.db.asking import Asking
from integrations.db.audit import Audit
from integrations.db.audit_chain import Chain
from integrations.db.caps import Caps
from integrations.db.clearing import Clearing
from integrations.db.console import ConsoleAccess
from integrations.db.database import Database
from integrations.db.decisions import Decisions
from integrations.db.errors import UnsuitableError
from integrations.db.faring import Faring
from integrations.db.finding import Finding
from integrations.db.heading import Heading
from integrations.db.history import Histories
from integrations.db.inbox import Inbox
from integrations.db.keeping import Keeping
from integrations.db.keys import audit_key
from integrations.db.ledger import Ledger
from integrations.db.marking import Marking
from integrations.db.measuring import Measuring
from integrations.db.messages import Messages
from integrations.db.models import Models
from integrations.db.operators import Operators
from integrations.db.publishing import Publishing
from integrations.db.pulse import Pulses
from integrations.db.queueing import Queueing
from integrations.db.repairs import Repairs
from integrations.db.restoring import Restoring
from integrations.db.reviews import Reviews
from integrations.db.runs import Runs
from integrations.db.sqlite import beside
from integrations.db.standing import Standing
from integrations.db.stops import Stops
from integrations.db.tallying import Tallying
from integrations.db.watching import Watching


class SqlStore(
    Inbox,
    Runs,
    Decisions,
    Heading,
    Tallying,
    Finding,
    Queueing,
    Pulses,
    Standing,
    Keeping,
    Models,
    Approvals,
    Asking,
    Ledger,
    Stops,
    Histories,
    Watching,
    Caps,
    Reviews,
    Measuring,
    Marking,
    Faring,
    Operators,
    Repairs,
    Restoring,
    Messages,
    Alarms,
    Access,
    ConsoleAccess,
    Publishing,
    Audit,
    Clearing,
):
    """Implements `agent.ports.Store`.

    Each method is one transaction: it commits all of what it says or nothing, and is on disk when it returns. It
    never reads a clock and makes no ids. Changes of state are compare-and-set; the database itself refuses what must
    never happen.
    """

    def __init__(self, database: Database, *, key: bytes | None = None) -> None:
        """`key` seals the audit log; by default the one in the file `<database>.audit-key`, made on first use."""
        super().__init__(database, Chain(key or audit_key(key_file(database))))


def store_of(database: Database, key_file: Path | None) -> SqlStore:
    """The store whose log the key in a file seals; by default the file beside the database. Raises UnsuitableError."""
    return SqlStore(database, key=audit_key(key_file) if key_file else None)


def key_file(database: Database) -> Path:
    """Where the default audit key lies. Raises UnsuitableError for a database on a server: nothing lies beside that."""
    if database.path is None:
        raise UnsuitableError("A database on a server has no place for the audit key.", "Name a file for it: NEXTPLAY_AUDIT_KEY_FILE.")
    return beside(database.path, ".audit-key")
