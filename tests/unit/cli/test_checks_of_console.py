from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from integrations.cli.checks_of_console import check_console
from integrations.db.store import SqlStore
from integrations.sessions import ConsoleRole, Member
from integrations.settings import Settings

APP = {"oidc_client_id": "c", "oidc_client_secret": "k7-of-the-app-51c8"}


class Members:
    """A store that knows who may use the console, and nothing else."""

    def __init__(self, *roles: ConsoleRole) -> None:
        self._roles = roles

    async def members(self) -> Sequence[Member]:
        return [Member(f"p{number}@example.com", role, "test", datetime(2026, 11, 27, tzinfo=UTC)) for number, role in enumerate(self._roles)]


async def said(*roles: ConsoleRole, **settings: Any) -> dict[str, tuple[str, str]]:
    store = cast("SqlStore", Members(*roles))
    return {one.name: (one.level, one.text) async for one in check_console(Settings(**settings, _env_file=None), store)}


async def test_a_console_on_this_machine_with_an_admin_is_all_right() -> None:
    assert await said("admin", "viewer") == {"console": ("ok", "2 people may use it, 1 admin among them")}
    assert (await said(console_admins="ann@example.com"))["console"][0] == "ok"
    level, text = (await said("viewer"))["console"]
    assert level == "warn"
    assert "nobody is an admin" in text


@pytest.mark.parametrize(
    ("settings", "name", "says"),
    [
        ({"host": "0.0.0.0"}, "console: network", "put TLS in front"),  # noqa: S104  nothing listens there
        ({"host": "192.168.1.5"}, "console: network", "put TLS in front"),
        ({"public_url": "http://nextplay.example.com"}, "console: network", "without TLS"),
        ({"console_proxy_header": "X-Forwarded-Email"}, "console: proxy", "NEXTPLAY_CONSOLE_PROXY_FROM"),
        ({"oidc_issuer": "https://accounts.example.com", **APP}, "console: provider", "NEXTPLAY_PUBLIC_URL"),
        ({"oidc_issuer": "http://127.0.0.1:1", "public_url": "http://127.0.0.1:8000", **APP}, "console: provider", "does not answer"),
    ],
)
async def test_what_is_set_up_by_halves_fails(settings: dict[str, Any], name: str, says: str) -> None:
    level, text = (await said("admin", **settings))[name]
    assert level == "fail"
    assert says in text


async def test_a_proxy_with_tls_in_front_is_all_right() -> None:
    found = await said(
        "admin", host="0.0.0.0", public_url="https://nextplay.example.com", console_proxy_header="X-Forwarded-Email",  # noqa: S104
        console_proxy_from="10.0.0.4",
    )  # fmt: skip
    assert [*found] == ["console"]
