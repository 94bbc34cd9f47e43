"""Kill -9 while the server has the letter and has not answered: nobody knows, and nobody sends it again."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from integrations.bootstrap import open_workspace
from integrations.cli.demo_delivery import deliver
from integrations.cli.demo_story import START
from integrations.cli.demo_vendors import fill_copy, open_vendors
from integrations.settings import Settings, env_name
from tests.acceptance.workspaces import alone
from tests.integration.mail.test_whole_path import CALM

LATER = START + timedelta(minutes=5)
DRIVES = f"""
import asyncio
from datetime import datetime
from integrations.bootstrap import open_workspace
from integrations.settings import load

async def main():
    async with open_workspace(load(), at=datetime.fromisoformat("{LATER.isoformat()}")) as workspace:
        while True:
            await workspace.engine.settle()
            await asyncio.sleep(0.1)

asyncio.run(main())
"""


async def test_whoever_is_killed_while_mailing_leaves_a_letter_that_waits_for_a_person(tmp_path: Path) -> None:
    with alone(tmp_path):
        async with open_vendors(("hubspot", "zendesk", "mail")) as vendors:
            settings = vendors.settings(Settings(_env_file=None))
            async with open_workspace(settings, at=START) as workspace:
                await fill_copy(workspace, vendors)
                await deliver(workspace, [scene for scene in vendors.morning() if scene.shows == CALM], START)
                await workspace.engine.settle()
                [row] = await workspace.service.decisions(limit=5)
                [ask] = await workspace.store.approvals(row.id)
                await workspace.service.answer(row.id, "approve", who=ask.asked[0])
                await workspace.engine.settle()
            vendors.post.misbehaviour.next, vendors.post.late_s = ["late"], 600.0
            await _killed_with_the_letter_gone(settings, vendors.post.journal.entries)
            async with open_workspace(settings, at=LATER) as workspace:
                for _ in range(2):
                    await workspace.engine.settle()
                [unknown] = await workspace.service.unknown_effects()
                assert (unknown.kind, len(vendors.post.journal.entries)) == ("send_content", 1)
                [entry] = vendors.post.journal.with_marker(unknown.key)
                await workspace.service.resolve(unknown.key, done=True, who="dana.whitfield@tessera.example", why="it is in the server's log")
                await workspace.engine.settle()
                assert {action.state for action in (await workspace.service.explain(row.id)).actions} == {"done"}
                assert vendors.post.journal.entries == [entry]


async def _killed_with_the_letter_gone(settings: Settings, letters: Sequence[object]) -> None:
    """Another process drives the deployment, and is killed as soon as the server has the letter."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DRIVES, env={**os.environ, **_as_environment(settings)})
    try:
        async with asyncio.timeout(60):
            while not letters:  # noqa: ASYNC110  another process fills them
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await process.wait()


def _as_environment(settings: Settings) -> dict[str, str]:
    """What was set, as a process of its own reads it."""
    said: dict[str, str] = {}
    for name in settings.model_fields_set | {"crm", "helpdesk"}:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if value is not None and value != ():
            said[env_name(name)] = ",".join(value) if isinstance(value, tuple) else str(value)
    return said
