"""The tables that go with the copy of other companies' records."""

from datetime import datetime

from sqlalchemy import Index, Text, true
from sqlmodel import Field

from integrations.db.columns import UtcTime
from integrations.db.tables import Row


class VendorReadRow(Row, table=True):
    """When something was last read: an object (`deals/42`), or a list of a company's (`contacts of 17`)."""

    __tablename__ = "vendor_reads"
    vendor: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    read_at: datetime = Field(sa_type=UtcTime)


class VendorSyncRow(Row, table=True):
    """How far the reading of everything, or of what changed since a moment, has come: one row for each kind of record, that of the latest."""

    __tablename__ = "vendor_syncs"
    vendor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    cursor: str | None = Field(sa_type=Text)
    since: datetime | None = Field(sa_type=UtcTime)
    began_at: datetime = Field(sa_type=UtcTime)
    done_at: datetime | None = Field(sa_type=UtcTime)
    read: int


class VendorFaultRow(Row, table=True):
    """An object that could not be put into our words, until it can. `whole`: nothing of it could, and it is not known; else a part was left out.

    `about`: the account or contact whose it is; `as_of`: when the vendor last changed it.
    """

    __tablename__ = "vendor_faults"
    __table_args__ = (Index(None, "about"),)
    vendor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    why: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcTime)
    whole: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    about: str | None = None
    as_of: datetime | None = Field(default=None, sa_type=UtcTime)


READS, SYNCS, FAULTS = (Row.metadata.tables[name] for name in ("vendor_reads", "vendor_syncs", "vendor_faults"))
