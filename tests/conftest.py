"""What holds for every test, and a fresh database for those that want one."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from integrations.db import migrations
from integrations.db.database import Database
from integrations.embedding import OnThisMachine
from integrations.embedding.kept import Kept
from tests.postgres import Server, postgres

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHOLE = {
    "--all-crash-points": "kill at every point of every story (make crash)",
    "--whole-storm": "as many proposals, threads and minutes as are promised (make storm)",
    "--every-attack": "10,000 of each attack (make attack)",
    "--whole-chaos": "as many deliveries, kills and faults as are promised (make chaos)",
    "--every-page": "every page and action of the console, among 200 hostile tickets and over 100,000 decisions (make pages)",
}
"""What takes long: a slice of it is in every run of the tests."""


# A busy machine is no reason to fail: examples are judged by what they show, not by how long they take.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

EACH_OTHER = ("tests/acceptance/", "tests/integration/mail/", "tests/integration/search/", "tests/integration/vendors/")
"""With --slice every other test of these is taken: browsers, servers and vendors' doubles for each test take most of a run's time."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take a slice where that is wanted: the first test of a file, its third, and so on, so that a change fails for what it changed."""
    if not config.getoption("slice"):
        return
    seen, kept, left = Counter[str](), list[pytest.Item](), list[pytest.Item]()
    for item in items:
        file = item.nodeid.partition("::")[0]
        seen[file] += 1
        (left if file.startswith(EACH_OTHER) and seen[file] % 2 == 0 else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slice", action="store_true", help="of what takes long every other test (make test); all of them: make test-whole")
    parser.addoption("--attack-seed", type=int, help="make the same attacks again")
    for option, what in WHOLE.items():
        parser.addoption(option, action="store_true", help=what)
    parser.addoption("--chaos-seed", type=int, help="what fleets draw their chances from; by default a new one each time, which is printed")
    parser.addoption("--chaos-share", type=float, default=1.0, help="of the kills and faults that are promised take so many, such as 0.2")
    parser.addoption(
        "--chaos-patience", type=float, default=1.0, help="how many times as long everything may take, on a machine that is busy otherwise"
    )
    parser.addoption("--lives", type=int, default=12, help="so many lives are led in the simulation (make lives: 2,000)")
    parser.addoption("--first-life", type=int, default=0, help="the seed of the first of them")
    parser.addoption("--lives-at-once", type=int, default=1, help="in so many processes")
    parser.addoption("--figures", metavar="DIR", help="where scenarios of fleets write their figures")
    parser.addoption("--history", metavar="DIR", help="with --every-page: where the world of 100,000 decisions lies, or is made if it does not")


@pytest.fixture(autouse=True, scope="session")
def _terminal_of_one_size() -> Iterator[None]:
    """What is printed does not depend on the terminal in which the tests happen to run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        patch.delenv("LINES", raising=False)
        yield


class Really(OnThisMachine):
    """The model itself, whatever is put in its place."""

    embed = OnThisMachine.embed


@pytest.fixture(autouse=True, scope="session")
def _embedded_once() -> Iterator[None]:
    """To embed the seed's articles anew takes longer than most tests: one memory for all workspaces of the process."""
    kept = Kept(Really())

    async def embed(_self: OnThisMachine, texts: Sequence[str], *, within_s: float | None = None) -> "NDArray[np.float32]":
        return await kept.embed(texts, within_s=within_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnThisMachine, "embed", embed)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schema, made once; nobody writes into it."""
    path = tmp_path_factory.mktemp("template") / "nextplay.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL with a template of the schema, started when the first test asks for it."""
    with postgres() as started:
        yield started


@pytest.fixture
def file_url(template: Path, tmp_path: Path) -> str:
    """A fresh database of SQLite."""
    shutil.copy(template, tmp_path / "nextplay.db")
    return f"sqlite:///{tmp_path / 'nextplay.db'}"


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A fresh database: a file, or of the kind that the test names. Tests of the store itself are made on both kinds by their conftest."""
    kind = getattr(request, "param", "sqlite")
    return str(request.getfixturevalue("file_url")) if kind == "sqlite" else str(request.getfixturevalue("server").fresh())


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(url)
    yield opened
    opened.close()
