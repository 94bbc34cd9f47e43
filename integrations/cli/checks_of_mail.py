"""What `nextplay doctor` says of mail: nothing where there is none and none is wanted."""

from collections.abc import AsyncIterator

from agent.playbook.loader import DEFAULT, PlaybookError, load
from integrations.cli.checks_of_systems import Said, sentence
from integrations.db.database import Database
from integrations.mail.checks import check_names, check_plays, check_server
from integrations.mail.wiring import server_of
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.sandbox import Sandbox
from integrations.settings import Settings
from integrations.vendors.connector import Check


async def check_mail(settings: Settings, database: Database) -> AsyncIterator[Said]:
    """Everything that there is to say."""
    server = server_of(settings)
    found: list[Check | None] = []
    if server is not None:
        clock = await SandboxClock.of(database)
        people = await Sandbox(database, clock).directory.people(clock())
        found = [await check_server(server), check_names(people, settings.mail_domains)]
    if settings.crm != "sandbox":  # the sandbox takes every message itself
        found.append(_of_plays(settings))
    for check in found:
        if check is not None:
            yield Said(f"mail: {check.name}", "ok" if check.ok else "fail", sentence(check))


def _of_plays(settings: Settings) -> Check | None:
    try:
        return check_plays(load(settings.playbook or DEFAULT), server_of(settings))
    except PlaybookError:  # that it cannot be read is told of elsewhere
        return None
