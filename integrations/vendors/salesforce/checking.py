"""What `doctor` says of an org: whether it lets us in, shows what is needed, and speaks words that mean something here."""

from collections.abc import Awaitable, Callable, Mapping

from integrations.vendors.connector import Check, Key
from integrations.vendors.errors import VendorError
from integrations.vendors.salesforce import soql
from integrations.vendors.salesforce.asking import Asking
from integrations.vendors.salesforce.columns import Columns
from integrations.vendors.salesforce.fields import Fields

_PAGE = "docs/salesforce.md"


async def checks(asking: Asking, fields: Fields, columns: Mapping[Key, Columns]) -> list[Check]:
    """All of them. Nothing is asked once the org does not let us in."""
    first = await _said("sign-in", lambda: _calls(asking))
    if not first.ok:
        return [first]
    objects = [await _said(one.object, lambda one=one: _object(asking, one)) for one in columns.values()]  # type: ignore[misc]  # bound now
    others = (("stages", lambda: _stages(asking, fields)), ("currency", lambda: _currency(asking, fields)), ("key", lambda: _key(asking, fields)))
    return [first, *objects, *[await _said(name, look) for name, look in others]]


async def _said(name: str, look: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await look()
    except VendorError as error:
        return Check(name, False, error.what, f"See {_PAGE}, or the status of your org")


async def _calls(asking: Asking) -> Check:
    daily = (await asking.limits()).get("DailyApiRequests")
    most, left = (daily.get("Max"), daily.get("Remaining")) if isinstance(daily, dict) else (None, None)
    if not isinstance(most, int) or not isinstance(left, int):
        return Check("sign-in", True, "signed in")
    mend = "Other apps share the day's calls: raise the limit, or let them ask less" if left < most / 10 else ""
    return Check("sign-in", not mend, f"signed in; {left} of {most} API calls are left in the last 24 hours", mend)


async def _object(asking: Asking, columns: Columns) -> Check:
    there = await asking.looks(columns.object)
    if not there:
        return Check(columns.object, False, "the integration user does not see it", f"Give the user Read on {columns.object} ({_PAGE})")
    needed = [name for name in columns.needed if name not in there]
    missing = [name for name in columns.missing(there) if name not in needed and name not in ("CurrencyIsoCode", "MasterRecordId")]
    if needed:
        return Check(columns.object, False, f"nothing can be read without {', '.join(needed)}", f"Make the fields visible to the user ({_PAGE})")
    if missing:
        return Check(columns.object, True, f"read without {', '.join(missing)}, which are hidden or not there")
    return Check(columns.object, True, "all fields are there")


async def _stages(asking: Asking, fields: Fields) -> Check:
    names = ("ApiName", "IsClosed", "IsWon")
    rows = await asking.rows(soql.select(names, "OpportunityStage", soql.equals("IsActive", True)))
    unknown = [str(row.get("ApiName")) for row in rows if row.get("ApiName") not in fields.stages and not row.get("IsClosed")]
    if unknown:
        return Check("stages", False, f"deals in {', '.join(unknown)} cannot be read", "Add these names to stages of the fields")
    return Check("stages", True, f"all {len(rows)} mean something here")


async def _currency(asking: Asking, fields: Fields) -> Check:
    if "CurrencyIsoCode" in await asking.looks("Opportunity"):
        return Check("currency", True, "each record names its own")
    if fields.currency:
        return Check("currency", True, f"all amounts are in {fields.currency}")
    return Check("currency", False, "amounts are left out: the org has one currency, and nothing says which", "Set currency of the fields")


async def _key(asking: Asking, fields: Fields) -> Check:
    column = (await asking.looks("Task")).get(fields.key)
    if column is None:
        return Check("key", True, f"tasks have no {fields.key}: effects are found again by a line in their text", f"Better add it ({_PAGE})")
    if column.unique:
        return Check("key", True, f"{fields.key} is unique: no effect can be there twice")
    return Check("key", True, f"effects are found by {fields.key}, which is not unique", "Make it unique, so that nothing can be there twice")
