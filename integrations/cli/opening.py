"""Opens the workspace for one command, and closes it again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace

T = TypeVar("T")


def warn(workspace: "Workspace") -> None:
    """Say on standard error when the playbook's folder is not what decides, or the model in force not what scores."""
    for said in filter(None, (workspace.playbooks.warning(), workspace.learned.warning())):
        from rich.text import Text

        from integrations.cli.look import console
        from integrations.telling.words import clean

        console(stderr=True).print(Text.assemble(("Warning: ", "bold yellow"), clean(said)))


def within(work: "Callable[[Workspace], Awaitable[T]]", *, at: datetime | None = None) -> T:
    """Run `work` on the open workspace; `at` stops its clock at a moment. Raises Refused where the time cannot be stopped."""
    from agent.errors import Refused
    from integrations import logging
    from integrations.bootstrap import open_workspace
    from integrations.settings import load

    logging.configure(level="ERROR", style="console")
    settings = load()
    if at is not None and settings.in_real_time:
        named = " and ".join(settings.in_real_time)
        said = f"--at cannot stop the time of {named}: facts would be of now, whatever hour they were judged at, and what is done would be done now."
        raise Refused(said, "Leave it out, or try it on the sandbox: NEXTPLAY_CRM=sandbox NEXTPLAY_HELPDESK=sandbox.")

    async def opened() -> T:
        async with open_workspace(settings, at=at) as workspace:
            warn(workspace)
            return await work(workspace)

    return asyncio.run(opened())
