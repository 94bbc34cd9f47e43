"""What `doctor` looks at in a portal. It reads only, and every failure is a finding."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from integrations.vendors.connector import Check
from integrations.vendors.errors import Busy, Denied, NotSignedIn, VendorError
from integrations.vendors.hubspot.client import HubSpot
from integrations.vendors.hubspot.endpoints import ANCHORS, PAGE, READ, WRITTEN
from integrations.vendors.hubspot.fields import Fields

NOBODY = "nobody@nextplay.invalid"
"""An address that nobody has: asking about it shows whether asking is allowed."""
_TRIALS = frozenset({"SANDBOX", "DEVELOPER_TEST", "APP_DEVELOPER"})


class Checks:
    """Of one portal."""

    def __init__(self, hub: HubSpot, fields: Fields) -> None:
        self._hub, self._fields = hub, fields

    async def all(self) -> Sequence[Check]:
        """Everything, one after the other. Where the portal cannot be reached at all, that alone is said."""
        first = await self._looked("account", self._account)
        if not first.ok:
            return [first]
        looks: Mapping[str, Callable[[], Awaitable[Check]]] = {
            "access": self._access, "owners": self._owners, "properties": self._properties, "deal stages": self._stages,
            "ticket stages": self._statuses, "consents": self._consents, "associations": self._associations,
        }  # fmt: skip
        return [first, *[await self._looked(name, look) for name, look in looks.items()]]

    async def _looked(self, name: str, look: Callable[[], Awaitable[Check]]) -> Check:
        try:
            return await look()
        except NotSignedIn as error:
            return Check(name, False, error.what, "copy the app's access token from its page Auth into NEXTPLAY_HUBSPOT_TOKEN, or set up OAuth anew")
        except Denied as error:
            return Check(name, False, error.what, "grant the app that scope under Auth in its settings, install it again, and use its new token")
        except Busy as error:
            return Check(name, False, error.what, "other apps of the account use its limit up: try again later, or raise the limit")
        except VendorError as error:
            return Check(name, False, error.what, "try again; if it stays so, look at status.hubspot.com")

    async def _account(self) -> Check:
        account = await self._hub.account()
        kind = "a trial portal" if account.type in _TRIALS else "the real portal"
        return Check("account", True, f"portal {account.id} ({account.type}: {kind}), currency {account.currency}, {account.zone}")

    async def _access(self) -> Check:
        denied: list[str] = []
        for type_ in READ:
            try:
                await self._hub.search(type_, [], (), limit=1)
            except Denied:
                denied += [scope for scope in PAGE[type_].scopes if scope not in denied]
        if denied:
            return Check("access", False, f"not allowed: {', '.join(denied)}", "grant the app these scopes, install it again, and use its new token")
        return Check("access", True, f"{', '.join(READ)} can be read; writing {' and '.join(WRITTEN)} is only tried when there is one to write")

    async def _owners(self) -> Check:
        owners = await self._hub.owners(archived=False)
        nameless = [owner.id for owner in owners if not owner.email]
        if nameless or not owners:
            return Check("owners", False, f"{len(owners)} owners, {len(nameless)} of them without an address", "invite them again, or remove them")
        return Check("owners", True, f"{len(owners)} owners")

    async def _properties(self) -> Check:
        lacking = []
        for type_ in ANCHORS:
            known = await self._hub.properties(type_)
            lacking += [f"{type_}.{name}" for name in sorted(self._fields.properties(type_) - known)]
        if lacking:
            mend = "add them in HubSpot under Properties, name others in the configuration, or set them to null there"
            return Check("properties", False, f"the portal lacks {', '.join(lacking)}", mend)
        return Check("properties", True, "all properties that are asked for exist")

    async def _stages(self) -> Check:
        return await self._meanings("deal stages", "deals", self._fields.stages, "stages")

    async def _statuses(self) -> Check:
        return await self._meanings("ticket stages", "tickets", self._fields.statuses, "statuses")

    async def _meanings(self, name: str, type_: str, known: Mapping[str, Mapping[str, str]], where: str) -> Check:
        pipelines = await self._hub.pipelines(type_)
        there = {(pipeline.id, stage.id): stage.label for pipeline in pipelines for stage in pipeline.stages if not stage.archived}
        lacking = [f"{pipeline}/{stage} ({label})" for (pipeline, stage), label in there.items() if stage not in known.get(pipeline, {})]
        stale = [f"{pipeline}/{stage}" for pipeline, stages in known.items() for stage in stages if (pipeline, stage) not in there]
        if lacking:
            mend = f"list them under `{where}`; until then {type_} in these stages are not seen"
            return Check(name, False, f"{len(lacking)} of {len(there)} stages have no meaning: {', '.join(lacking)}", mend)
        told = f"; not in the portal: {', '.join(stale)}" if stale else ""
        return Check(name, True, f"all {len(there)} stages have a meaning{told}")

    async def _consents(self) -> Check:
        if not self._fields.subscriptions:
            return Check(
                "consents", False, "no subscription type has a purpose", "list their ids under `subscriptions`; until then no marketing is sent"
            )
        await self._hub.statuses([NOBODY])
        return Check("consents", True, f"{len(self._fields.subscriptions)} subscription types are read")

    async def _associations(self) -> Check:
        lacking = []
        for type_ in WRITTEN:
            for to in ANCHORS:
                kinds = []
                with suppress(Denied):
                    kinds = await self._hub.kinds(type_, to)
                lacking += [] if any(kind.label is None and kind.category == "HUBSPOT_DEFINED" for kind in kinds) else [f"{type_} to {to}"]
        if lacking:
            mend = "grant the scopes of these objects; without it nothing can be written to them"
            return Check("associations", False, f"nothing says how to hang {', '.join(lacking)}", mend)
        return Check("associations", True, "tasks and notes can be hung on companies, contacts, deals and tickets")
