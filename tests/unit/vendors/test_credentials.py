"""Tokens: renewed before they end, by one for all, and refused with a sentence."""

import asyncio
from urllib.parse import parse_qs

import httpx
import httpx2
import pytest
import respx
from pydantic import SecretStr

from integrations.http import http_client
from integrations.vendors.credentials import Fixed, Granted
from integrations.vendors.errors import Denied, Unsure
from tests.unit.vendors.time import Time

URL = "https://login.vendor.example/oauth/token"


def granted(time: Time) -> Granted:
    form = lambda: {"grant_type": "client_credentials", "client_secret": "s3cret"}  # noqa: E731  as short as it gets
    return Granted("vendor", http_client(hosts=["login.vendor.example"]), URL, form, clock=time.monotonic, sleep=time.sleep)


def token(number: int, lasts: float = 600) -> httpx.Response:
    return httpx.Response(200, json={"access_token": f"t{number}", "expires_in": lasts, "token_type": "bearer"})


async def test_a_token_is_asked_for_once_and_renewed_before_it_ends(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.post(URL).mock(side_effect=[token(1), token(2)])
    time = Time()
    own = granted(time)
    assert [await own.token() for _ in range(3)] == ["t1"] * 3
    time.now = 539
    assert await own.token() == "t1"
    time.now = 540
    assert await own.token() == "t2"
    assert parse_qs(route.calls.last.request.content.decode())["grant_type"] == ["client_credentials"]


async def test_a_token_that_lasts_a_minute_is_used_for_half_of_it(httpx2_mock: respx.Router) -> None:
    httpx2_mock.post(URL).mock(side_effect=[token(1, 60), token(2, 60)])
    time = Time()
    own = granted(time)
    await own.token()
    time.now = 29
    assert await own.token() == "t1"
    time.now = 30
    assert await own.token() == "t2"


async def test_many_who_need_it_at_once_ask_once(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.post(URL).mock(side_effect=[token(1), token(2)])
    own = granted(Time())
    assert set(await asyncio.gather(*(own.token() for _ in range(50)))) == {"t1"}
    assert route.call_count == 1


async def test_a_revoked_token_is_renewed_once_by_all_who_were_refused(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.post(URL).mock(side_effect=[token(1), token(2)])
    own = granted(Time())
    assert await own.token() == "t1"
    assert await own.refused("t1")
    assert await own.token() == "t2"
    assert await own.refused("t1"), "somebody who still had the old one"
    assert await own.token() == "t2"
    assert route.call_count == 2


async def test_who_is_refused_is_told_what_to_look_at_and_no_secret(httpx2_mock: respx.Router) -> None:
    httpx2_mock.post(URL).mock(httpx.Response(401, json={"error": "invalid_client", "error_description": "s3cret is wrong"}))
    with pytest.raises(Denied, match=r"it gives no token: invalid_client\. Check the client id and secret") as told:
        await granted(Time()).token()
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("answer", [httpx.Response(200, json={"token": "x"}), httpx.Response(200, text="<html>"), httpx.Response(200, json=[])])
async def test_an_answer_that_is_no_token(httpx2_mock: respx.Router, answer: httpx.Response) -> None:
    httpx2_mock.post(URL).mock(answer)
    with pytest.raises(Unsure, match="something else than a token"):
        await granted(Time()).token()


async def test_a_token_endpoint_that_is_down_is_asked_a_few_times(httpx2_mock: respx.Router) -> None:
    route = httpx2_mock.post(URL).mock(side_effect=httpx2.ReadTimeout("late"))
    with pytest.raises(Unsure, match="no token could be asked for"):
        await granted(Time()).token()
    assert route.call_count == 3


async def test_a_fixed_token_is_what_it_is() -> None:
    own = Fixed(SecretStr("pat-1"))
    assert await own.token() == "pat-1"
    assert not await own.refused("pat-1")
    assert "pat-1" not in repr(own)
