from typing import Any

import pytest

from integrations.slack.placing import outsiders_read


@pytest.mark.parametrize(
    ("channel", "read"),
    [
        ({"is_ext_shared": False}, False),
        ({"is_ext_shared": False, "is_pending_ext_shared": False, "pending_shared": []}, False),
        ({"is_ext_shared": True}, True),
        ({"is_ext_shared": False, "is_pending_ext_shared": True}, True),
        ({"is_ext_shared": False, "pending_shared": ["T0OTHER"]}, True),
        ({}, True),
        ({"is_ext_shared": None}, True),
    ],
    ids=["ours", "ours in full", "shared", "about to be", "invited", "not said", "nothing said"],
)
def test_what_slack_does_not_say_is_taken_for_outsiders(channel: dict[str, Any], read: bool) -> None:
    assert outsiders_read(channel) is read
