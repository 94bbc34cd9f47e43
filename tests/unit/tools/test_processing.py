"""Whether a contract allows AI processing: one answer, whoever is asked, and not knowing is a no."""

from typing import Any

import pytest

from agent.domain.facts import Fact, Status
from tests.unit.tools.world import AT, World
from tools.processing import allows_ai, may_process, may_use_model

SAID = [(True, True), (False, False), (None, False), ("yes", False), (1, False)]


@pytest.mark.parametrize(("said", "may"), SAID)
async def test_record_facts_and_crm_say_the_same(said: Any, may: bool) -> None:
    account = {"ai_processing": said}
    fact = Fact("account.ai_processing", said, "crm", AT, AT, Status.FRESH)
    assert (may_process(account), may_use_model([fact]), await allows_ai(World(accounts={"a": account}).sources.crm, "a")) == (may, may, may)


async def test_what_nobody_knows_is_a_no() -> None:
    assert not may_process(None)
    assert not may_process({})
    assert not may_use_model([])
    assert not may_use_model([Fact("account.ai_processing", True, "crm", AT, AT, Status.MISSING)])
    for crm in (World().sources.crm, World(accounts={"a": {"ai_processing": True}}, down={"crm"}).sources.crm):
        assert not await allows_ai(crm, "a")
    assert not await allows_ai(World().sources.crm, None)
