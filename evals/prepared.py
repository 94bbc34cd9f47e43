"""Databases made once and copied for every case: an empty one, and the seeded world."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, delete

from evals.cases import START, Case
from evals.moments import moved
from evals.stage import DATABASE, Alone, prepared_for
from integrations.bootstrap import open_workspace
from integrations.db.tables import PLAYBOOKS

Made = dict[str, Path]


async def prepare(cases: Iterable[Case], folder: Path) -> Made:
    """The databases that the cases begin with, by name. What is there already is left as it is."""
    made: Made = {}
    for case in cases:
        name = prepared_for(case)
        place = folder / name
        if name in made:
            continue
        made[name] = place / DATABASE
        if (place / "ready").exists():
            continue
        place.mkdir(parents=True, exist_ok=True)
        async with open_workspace(Alone(database_url=f"sqlite:///{place / DATABASE}"), at=moved(START, case.at)) as workspace:
            if case.world == "seed":
                await workspace.sandbox.seed()
            await workspace.index.settle()
            await workspace.database.write_core(_no_playbook)
        (place / "ready").touch()
    return made


def _no_playbook(connection: Connection) -> None:
    """As if none had ever been in force: the one to be judged is then the first, and an unsound one is judged rather than refused."""
    connection.execute(delete(PLAYBOOKS))
