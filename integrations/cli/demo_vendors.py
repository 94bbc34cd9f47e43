"""`nextplay demo --vendor salesforce+zendesk`: the same morning with real systems' protocols under it, against doubles of them."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from agent.errors import InvalidInput
from agent.playbook.loader import DEFAULT
from integrations.bootstrap import Workspace
from integrations.cli.demo_doubles import PLAYS, Played
from integrations.cli.demo_story import MORNING, START, Scene
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.journal import Entry
from integrations.sandbox.doubles.mail.server import MailDouble
from integrations.sandbox.doubles.zendesk.double import ZendeskDouble
from integrations.sandbox.fixtures import Item
from integrations.sandbox.seed import seed_items
from integrations.settings import Settings
from integrations.synced import syncings_of
from integrations.telling.words import listed
from integrations.vendors.connector import own_id

CRMS, HELPDESKS = ("hubspot", "salesforce"), ("zendesk",)
COMBINATIONS = tuple(f"{crm}+{helpdesk}{mail}" for mail in ("", "+mail") for crm in CRMS for helpdesk in HELPDESKS)
"""Every rule about open tickets needs a helpdesk, so the demo has one beside each CRM. Mail is sent only where that is asked for."""
_TOLD_BY_NOBODY = ("people", "calendars", "absences", "assets", "rates")
"""Of the company's world, what no vendor knows: it comes from the directory file."""
_SHOWS = {("salesforce", "deal_044"): "a buyer whose time zone Salesforce does not keep: nobody writes to them"}
"""What a scene shows at a vendor that does not know all that it is about."""
_KEYS = {"deal": "deals", "account": "accounts", "contract": "contracts", "ticket": "tickets"}


@dataclass
class Moment:
    """The time at the vendors: that of the demo, once there is one."""

    clock: Callable[[], datetime] = lambda: START

    def __call__(self) -> datetime:
        """It."""
        return self.clock()


@dataclass(frozen=True)
class Vendors:
    """The doubles with the same world in them, and what connects to them."""

    moment: Moment
    played: tuple[Played, ...]
    fields: Path

    def settings(self, settings: Settings) -> Settings:
        """Those of a deployment that is connected to all of them. Where there is a mail server, every message of the playbook is mailed."""
        said: dict[str, Any] = {name: value for one in self.played for name, value in one.settings.items()}
        if "mail_host" in said:
            said["playbook"] = _mailing(settings.playbook or DEFAULT, self.fields.parent)
        return settings.model_copy(update={**said, "vendor_fields": self.fields})

    def morning(self) -> list[Scene]:
        """What happens at the vendors, in our ids for their records. What none of them tells of is left out."""
        return [scene for told in MORNING for one in self.played if (scene := _told_by(one, told)) is not None]

    def effects(self) -> list[tuple[str, Entry]]:
        """What was done to them, by their own logs, in order."""
        return sorted(((one.vendor, entry) for one in self.played for entry in one.journal.entries), key=lambda done: done[1].at)

    @property
    def titles(self) -> str:
        """What they are called, as a sentence says it."""
        return listed([one.title for one in self.played])

    @property
    def sources(self) -> str:
        """Those of them that are read."""
        return listed([one.title for one in self.played if one.ids])

    @property
    def portal(self) -> Portal:
        """HubSpot's."""
        found: Portal = self._one("hubspot").behind
        return found

    @property
    def hubspot_ids(self) -> dict[str, str]:
        """HubSpot's ids, by ours."""
        return dict(self._one("hubspot").ids["deals"])

    @property
    def post(self) -> MailDouble:
        """The mail server."""
        found: MailDouble = self._one("mail").behind
        return found

    @property
    def desk(self) -> ZendeskDouble:
        """Zendesk's."""
        found: ZendeskDouble = self._one("zendesk").behind
        return found

    def _one(self, vendor: str) -> Played:
        return next(one for one in self.played if one.vendor == vendor)


def check_names(vendor: str) -> str:
    """The combination that is meant, in whatever order and case. Raises InvalidInput."""
    meant = {"+".join(sorted(one.split("+"))): one for one in COMBINATIONS}
    found = meant.get("+".join(sorted(vendor.lower().split("+"))))
    if found is None:
        raise InvalidInput(f"There is no demo with {vendor}.", f"There is one with: {listed([f'--vendor {one}' for one in COMBINATIONS], 'or')}")
    return found


@asynccontextmanager
async def open_vendors(names: Sequence[str] = ("hubspot", "zendesk")) -> AsyncIterator[Vendors]:
    """All of them, with the demo's company in them, for as long as the context is open."""
    moment = Moment()
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="nextplay-")))
        played = tuple([await closing.enter_async_context(PLAYS[name](moment)) for name in names])
        fields = folder / "fields.yaml"
        fields.write_text(yaml.safe_dump({one.vendor: dict(one.meanings) for one in played if one.meanings}), encoding="utf-8")
        yield Vendors(moment, played, fields)


async def fill_copy(workspace: Workspace, vendors: Vendors) -> None:
    """What no vendor knows, then everything that they do."""
    vendors.moment.clock = workspace.clock
    await workspace.sandbox.add(_untold(seed_items()))
    for syncing in syncings_of(workspace):
        await syncing.run()


def _mailing(playbook: Path, folder: Path) -> Path:
    """A copy of a playbook, with the messages mailed that are its owners' to send."""
    made = Path(shutil.copytree(playbook, folder / "playbook", dirs_exist_ok=True))
    for file in made.glob("plays/*.yaml"):
        file.write_text(file.read_text(encoding="utf-8").replace("do: send_content}", "do: send_content, by: mail}"), encoding="utf-8")
    return made


def _untold(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.key in _TOLD_BY_NOBODY]


def _told_by(one: Played, scene: Scene) -> Scene | None:
    """The scene as this vendor tells of it; None where it is another's to tell. What the demo's CRM tells, any CRM does."""
    door = one.vendor if scene.door == "hubspot" and one.vendor in CRMS else scene.door
    external = one.id_of(_KEYS[scene.kind], scene.subject) if door == one.vendor else None
    shows = _SHOWS.get((one.vendor, scene.subject), scene.shows)
    return None if external is None else replace(scene, door=door, subject=own_id(door, _KEYS[scene.kind], external), shows=shows)
