"""Lanes on a server hold between processes, and are free when the process that held one is gone."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from integrations.checkpoints.on_a_server import paused_on_a_server
from integrations.db.database import Database
from integrations.db.errors import AwayError
from integrations.engines.server_lanes import ServerLanes
from tests.databases import ON_POSTGRES

PATIENCE_S = 20


@ON_POSTGRES
async def test_a_lane_holds_until_it_is_freed_and_others_do_not_wait(url: str) -> None:
    here, there = ServerLanes(make_url(url)), ServerLanes(make_url(url))
    async with here.hold("acc_0"):
        async with there.hold("acc_1"):
            pass
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), there.hold("acc_0"):
                pass
    async with asyncio.timeout(PATIENCE_S), there.hold("acc_0"):
        pass
    await here.close()
    await there.close()


@ON_POSTGRES
async def test_a_lane_is_taken_in_turn_within_a_process(url: str) -> None:
    lanes, order = ServerLanes(make_url(url)), list[int]()

    async def pass_through(number: int) -> None:
        async with lanes.hold("acc_0"):
            order.append(number)
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(pass_through(number) for number in range(5)))
    assert order == [number for number in range(5) for _ in range(2)]
    await lanes.close()


@ON_POSTGRES
async def test_lanes_that_nobody_holds_are_forgotten(url: str) -> None:
    """There is one for each subject that nobody knows."""
    lanes = ServerLanes(make_url(url))
    for number in range(50):
        async with lanes.hold(f"acc_{number}"):
            assert len(lanes._here) == 1
    assert len(lanes._here) == 0
    await lanes.close()


@ON_POSTGRES
async def test_a_connection_that_is_cut_frees_its_lanes_and_is_made_anew(url: str, database: Database) -> None:
    here, there = ServerLanes(make_url(url)), ServerLanes(make_url(url))
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nextplay-lanes' AND datname = current_database()")
    async with here.hold("acc_0"):
        await database.write_core(lambda connection: connection.execute(cut).all())
        async with asyncio.timeout(PATIENCE_S), there.hold("acc_0"):
            pass
    await database.write_core(lambda connection: connection.execute(cut).all())
    for lanes in (here, there):
        async with asyncio.timeout(PATIENCE_S), lanes.hold("acc_0"):
            pass
    await here.close()
    await there.close()


async def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    lanes = ServerLanes(make_url(f"postgresql+psycopg://nobody@/nextplay?host={tmp_path}"))
    with pytest.raises(AwayError, match="does not answer"):
        async with lanes.hold("acc_0"):
            pass
    await lanes.close()


@ON_POSTGRES
async def test_several_that_start_together_make_their_checkpoints_without_waiting_for_each_other_for_ever(url: str) -> None:
    """LangGraph makes its indexes concurrently, which waits for every statement under way."""

    async def start() -> None:
        async with paused_on_a_server(make_url(url)):
            pass

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(start() for _ in range(5)))
