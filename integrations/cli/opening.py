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
    """Run `work` on the open workspace; `at` stops its clock at a moment."""
    from integrations import logging
    from integrations.bootstrap import open_workspace
    from integrations.settings import load

    logging.configure(level="ERROR", style="console")

    async def opened() -> T:
        async with open_workspace(load(), at=at) as workspace:
            warn(workspace)
            return await work(workspace)

    return asyncio.run(opened())
