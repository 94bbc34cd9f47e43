from typing import Any

import pytest
from starlette.requests import Request

from agent.errors import Unauthorised
from integrations.console.proxy import address_of, claimed
from integrations.settings import Settings

PROXY = "10.0.0.4"


def settings(**more: Any) -> Settings:
    return Settings(**{"console_proxy_from": f"{PROXY},10.1.0.0/16,2001:db8:1::/48", "_env_file": None, **more})


def request(peer: str | None, *headers: tuple[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return Request({"type": "http", "method": "GET", "path": "/console", "headers": raw, "client": (peer, 1) if peer else None})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # anybody can say so
        (PROXY, None, PROXY),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, "127.0.0.1, 198.51.100.1", "198.51.100.1"),  # what came before the last is the client's own word
        (PROXY, "198.51.100.1, 10.1.2.3", "198.51.100.1"),  # two of our proxies
        (PROXY, "10.1.2.3", "10.1.2.3"),
        (PROXY, "unknown", PROXY),
        (f"::ffff:{PROXY}", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1::5", "2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64"),
        (None, "198.51.100.1", ""),
    ],
)
def test_whence_somebody_comes(peer: str | None, forwarded: str | None, address: str) -> None:
    headers = [("X-Forwarded-For", forwarded)] if forwarded else []
    assert address_of(request(peer, *headers), settings()) == address


def test_headers_of_several_lines_are_read_as_one() -> None:
    asked = request(PROXY, ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "198.51.100.1"))
    assert address_of(asked, settings()) == "198.51.100.1"


def test_whom_the_proxy_names_counts_only_where_it_is_set_up() -> None:
    asked = request(PROXY, ("X-Forwarded-Email", " Mia@Tessera.example "))
    assert claimed(asked, settings()) is None
    assert claimed(asked, settings(console_proxy_header="x-forwarded-email")) == "mia@tessera.example"
    assert claimed(request(PROXY), settings(console_proxy_header="X-Forwarded-Email")) is None
    assert claimed(request(PROXY, ("X-Forwarded-Email", "")), settings(console_proxy_header="X-Forwarded-Email")) is None


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1", "10.0.0.5", "::1", "", None])
def test_who_is_not_the_proxy_and_says_so_is_refused(peer: str | None) -> None:
    with pytest.raises(Unauthorised, match="did not come from the proxy"):
        claimed(request(peer, ("X-Forwarded-Email", "mia@tessera.example")), settings(console_proxy_header="X-Forwarded-Email"))


@pytest.mark.parametrize(
    "values", [["mia@tessera.example", "boss@tessera.example"], ["mia@tessera.example, boss@tessera.example"], ["mia"], ["<script>"]]
)
def test_more_or_less_than_one_address_is_refused(values: list[str]) -> None:
    with pytest.raises(Unauthorised):
        claimed(request(PROXY, *[("X-Forwarded-Email", value) for value in values]), settings(console_proxy_header="X-Forwarded-Email"))
