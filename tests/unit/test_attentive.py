"""A worker looks again whenever something has happened since it began to look."""

from typing import Any

import pytest
from procrastinate import App
from procrastinate.jobs import Job
from procrastinate.testing import InMemoryConnector

from integrations.engines.attentive import AttentiveWorker


@pytest.mark.parametrize(
    ("happens", "looks"), [(None, 1), ({"type": "job_inserted", "job_id": 7}, 2), ({"type": "abort_job_requested", "job_id": 7}, 1)]
)
async def test_what_is_lined_up_while_it_looks_is_not_forgotten(monkeypatch: pytest.MonkeyPatch, happens: Any, looks: int) -> None:
    app, looked = App(connector=InMemoryConnector()), list[int]()
    worker = AttentiveWorker(app, listen_notify=False)
    worker.worker_id = 1

    async def fetch(**_: Any) -> Job | None:
        looked.append(len(looked))
        if happens and len(looked) == 1:
            await worker._handle_notification(channel="procrastinate_any_queue_v1", notification=happens)
        return None

    monkeypatch.setattr(app.job_manager, "fetch_job", fetch)
    await worker._fetch_and_process_jobs()
    assert len(looked) == looks


async def test_it_looks_once_more_when_what_it_did_has_ended() -> None:
    """The next of the same account may be done then."""
    app, done = App(connector=InMemoryConnector()), list[int]()
    worker = AttentiveWorker(app, listen_notify=False, wait=False)

    @app.task(name="one", lock="acc_0")
    async def one(number: int) -> None:
        done.append(number)

    for number in range(3):
        await one.defer_async(number=number)
    await worker.run()  # type: ignore[no-untyped-call]  # it says nothing of its types
    assert done == [0, 1, 2]
