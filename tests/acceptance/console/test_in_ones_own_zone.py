"""Every page tells moments in the reader's zone: also those that texts of records, rules and errors say in UTC."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
import pytest_asyncio

from integrations.console.rendering import ZONE_COOKIE
from tests.acceptance.console.asking import ask
from tests.acceptance.console.conftest import ADMIN
from tests.acceptance.console.deciding import decide
from tests.acceptance.console.every_page import addresses
from tests.acceptance.console.visiting import Visit, visit
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import alone

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID = re.compile(r"\d\d:\d\d(?::\d\d)? UTC")
AS_IT_IS = r'(?s)<(pre|code|textarea|title|option)\b.*?</\1>|<fieldset class="slack-card".*?</fieldset>|<div class="letter".*?</div>|<[^>]*>'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(quiet_world, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("zones")
    with alone(folder):
        async with serving(folder, quiet_world) as opened:
            await ask(opened)
            await decide(opened)
            yield opened


class FromTokyo(Visit):
    """Somebody whose browser has said where they are."""

    @property
    def _cookies(self) -> dict[str, str]:
        return {"Cookie": f"{super()._cookies['Cookie']}; {ZONE_COOKIE}=Asia/Tokyo"}


async def test_no_page_says_a_moment_in_utc(served: Served, whole: bool) -> None:
    who = await visit(served, ADMIN, "admin")
    reader = FromTokyo(served, who._secret)
    found = await addresses(reader, 20 if whole else 4)
    told = 0
    for address in [one for every in found.values() for one in every]:
        html = (await reader.get(address)).text
        said = unescape(re.sub(AS_IT_IS, " ", html))
        assert SAID.findall(said) == [], (address, [said[m.start() - 60 : m.end()] for m in SAID.finditer(said)])
        told += len(re.findall(r'title="[^"]* UTC">[^<]* JST</time>', html))
    assert told > 5, "texts say moments, and they are told"


async def test_whoever_has_no_zone_yet_reads_utc(served: Served) -> None:
    page = await (await visit(served, ADMIN, "admin")).get("/console/queue")
    assert "JST" not in page.text
