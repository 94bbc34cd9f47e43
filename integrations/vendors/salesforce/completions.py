"""Which of our tasks were done. Only then has what they ask for reached anybody: that the task is there is nothing yet."""

from collections.abc import Sequence
from datetime import datetime

from integrations.vendors.connector import Completion, own_id
from integrations.vendors.salesforce import soql
from integrations.vendors.salesforce.asking import Asking
from integrations.vendors.salesforce.endpoints import VENDOR
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.mapping import moment


async def completions(asking: Asking, fields: Fields, since: datetime) -> Sequence[Completion]:
    """All since a moment; each may be told again. What was done when it was made is a note."""
    key = (await asking.looks("Task")).get(fields.key)
    if key is None or not key.filterable:
        return []
    closed = (soql.equals("IsClosed", True), soql.differs(key.name, None), soql.not_before("SystemModstamp", since))
    rows = await asking.rows(soql.select(("Id", key.name, "CreatedDate", "CompletedDateTime", "OwnerId"), "Task", *closed, order=("SystemModstamp",)))
    done = [row for row in rows if row.get("CompletedDateTime") and moment(row["CompletedDateTime"]) > moment(row["CreatedDate"])]
    return [Completion(str(row[key.name]), moment(row["CompletedDateTime"]), _owner(row.get("OwnerId"))) for row in done]


def _owner(record: object) -> str | None:
    return own_id(VENDOR, "people", record) if isinstance(record, str) and record.startswith("005") else None
