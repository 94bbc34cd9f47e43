import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from agent.arrivals import arrival_of
from integrations.bootstrap import open_workspace
from integrations.logging import configure
from integrations.redaction import MAX_TEXT, redact, redact_text
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import created, world

TOKEN = "np_" + "Ab3-_x9Z" * 5
WHSEC = "whsec_c2VjcmV0LWNhbmFyeS1vZi10aGlydHktdHdvLWJ5dGU="
CANARIES = world(accounts=1).replace("c0@customer.example", "customer-canary@customer.example").replace("refund our", "mellon-canary refund our")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def written(style: Any = "json", level: str = "INFO") -> io.StringIO:
    stream = io.StringIO()
    configure(level=level, style=style, stream=stream)
    return stream


def one(stream: io.StringIO) -> dict[str, Any]:
    [line] = stream.getvalue().splitlines()
    parsed = json.loads(line)
    assert isinstance(parsed, dict)
    return parsed


class TestLines:
    def test_a_line_is_one_object_with_its_context(self) -> None:
        stream = written()
        structlog.contextvars.bind_contextvars(request_id="r1")
        structlog.get_logger("nextplay.http").info("request", status=202)
        line = one(stream)
        assert line.items() >= {
            "event": "request", "status": 202, "request_id": "r1", "level": "info", "logger": "nextplay.http"
        }.items()  # fmt: skip
        assert line["timestamp"].endswith("Z")

    def test_standard_loggers_take_the_same_way(self) -> None:
        stream = written()
        logging.getLogger("driver").warning("connecting to %s", "postgresql://nextplay:hush@db/x", extra={"password": "hush"})
        line = one(stream)
        assert line["event"] == "connecting to postgresql://[secret]@db/x"
        assert line["password"] == "[redacted]"
        assert line["level"] == "warning"

    def test_lines_below_the_level_are_not_written(self) -> None:
        stream = written(level="WARNING")
        structlog.get_logger("x").info("quiet")
        logging.getLogger("y").info("quiet")
        assert stream.getvalue() == ""

    def test_configuring_again_does_not_write_twice(self) -> None:
        written()
        stream = written()
        structlog.get_logger("x").info("once")
        assert one(stream)["event"] == "once"

    @pytest.mark.parametrize("style", ["json", "console"])
    def test_exceptions_are_written_without_what_they_quote(self, style: str) -> None:
        stream = written(style)
        try:
            int(f"no access for ann@example.com with {TOKEN}")
        except ValueError:
            structlog.get_logger("x").exception("failed")
        text = stream.getvalue()
        assert "Traceback" in text
        assert "no access for [e-mail] with [secret]" in text
        assert "ann@" not in text
        assert TOKEN not in text

    @pytest.mark.parametrize("style", ["json", "console"])
    def test_no_value_can_forge_a_line(self, style: str) -> None:
        stream = written(style)
        forged = "a\n2026-11-23 [info] approved\x1b[2J"
        structlog.get_logger("x").info(forged, path=forged)
        logging.getLogger("y").info(forged)
        assert len(stream.getvalue().splitlines()) == 2
        assert "\x1b" not in stream.getvalue()

    def test_the_servers_own_access_lines_are_not_repeated(self) -> None:
        stream = written()
        logging.getLogger("uvicorn.access").info("GET /?token=hush")
        logging.getLogger("uvicorn.error").info("started")
        assert one(stream)["event"] == "started"


@pytest.mark.parametrize(
    "hidden",
    [
        "Bearer abcdef123456",
        "authorization: bearer abcdef123456",
        TOKEN,
        "xoxb-123456789012-abcdefghij",
        "xapp-1-A0B1C2D3-abcdefgh",
        "whsec_MfKQ9r8GKYqrTwjUPD8I",
        "sk-proj-abcdefghijklmnop",
        "pat-na1-0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "postgresql://user:abcdef123456@host/db",
        "-----BEGIN PRIVATE KEY-----\nabcdef123456\n-----END PRIVATE KEY-----",
        "ann.other+tag@mail.example.co.uk",
        "+49 151 2345 6789",
        "+4915123456789",
        "(030) 1234-56789",
        "030/123456789",
        "00491512345678",
        "+1 (555) 010-9999",
    ],
)
def test_hides_secrets_and_personal_data_by_shape(hidden: str) -> None:
    text = redact_text(f"before {hidden} after")
    assert text.startswith("before ")
    assert text.endswith(" after")
    for part in ("abcdef123456", "np_A", "xoxb-1", "MfKQ", "proj", "na1", "c2ln", "@mail", "2345", "5678", "9999"):
        assert part not in text, part


@pytest.mark.parametrize(
    "plain",
    [
        "2026-11-23T09:00:00.123456Z",
        "2026-11-23 09:00:00",
        "8447388090494",
        "cbe4028c-7239-495d-b020-f22348516046",
        "12345678-1234-1234-1234-123456789012",
        "192.168.100.200",
        "version 2026.10.11549",
        "took 12345.678 ms",
        "77:501:4242:1795424400123",
        "dec_01JD8Z6Q2W3E4R5T6Y7U8I9O0P",
    ],
)
def test_leaves_ids_times_and_numbers_alone(plain: str) -> None:
    assert redact_text(plain) == plain


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "SLACK_BOT_TOKEN",
        "client_secret",
        "Authorization",
        "set-cookie",
        "x-hubspot-signature-v3",
        "api_key",
    ],
)
def test_hides_values_by_the_name_of_their_field(name: str) -> None:
    assert redact({name: "plain", "nested": [{name: ["plain"]}]}) == {
        name: "[redacted]",
        "nested": [{name: "[redacted]"}],
    }


def test_counts_under_such_a_name_stay() -> None:
    assert redact({"input_tokens": 120, "has_token": True, "token": None}) == {
        "input_tokens": 120,
        "has_token": True,
        "token": None,
    }


def test_looks_into_every_kind_of_value() -> None:
    value = {"ann@example.com": ("bob@example.com", {"cid@example.com"}, b"dan@example.com", ValueError("eve@example.com"))}
    assert redact(value) == {"[e-mail]": ["[e-mail]", ["[e-mail]"], "[15 bytes]", "[e-mail]"]}


def test_long_and_deep_values_are_cut() -> None:
    assert redact_text("x" * 100_000) == "x" * MAX_TEXT + "… (100000 characters)"
    deep: Any = "x"
    for _ in range(10_000):
        deep = [deep]
    assert len(str(redact(deep))) < 100


@given(st.recursive(st.text() | st.integers() | st.floats() | st.none() | st.binary(), st.lists, max_leaves=5))
def test_whatever_it_is_it_can_be_written(value: Any) -> None:
    json.dumps(redact({"value": value}))


@given(st.emails())
def test_no_ordinary_address_gets_through(address: str) -> None:
    name, _, domain = address.rpartition("@")
    if all(c.isalnum() or c in "._+%-" for c in name):
        assert domain not in redact_text(f"to {address},")


async def test_every_line_of_a_drive_names_its_run_and_decision_and_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also lines of the libraries beneath; and not a word of what customers wrote, or of a secret that is set."""
    stream = written(level="DEBUG")
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", generic_webhook_secrets=WHSEC, _env_file=None)
    async with open_workspace(settings, at=START) as workspace:
        await workspace.sandbox.apply(CANARIES)
        stream.truncate(0)
        stream.seek(0)
        [accepted] = await workspace.service.accept([arrival_of(created("refund_0_0"))])
        real = workspace.store.record

        async def record(*given: Any, **named: Any) -> None:
            logging.getLogger("a library").warning("beneath %s", "customer-canary@customer.example")
            structlog.get_logger("x").info("in a node", authorization=f"Bearer {TOKEN}", text="call +49 30 901820 or 4111 1111 1111 1111")
            await real(*given, **named)

        monkeypatch.setattr(workspace.store, "record", record)
        await workspace.engine.settle()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    inside = [line for line in lines if line["logger"] in ("a library", "x")]
    assert len(inside) == 2
    decision = "dec_" + accepted.run_id.removeprefix("run_")
    assert all((line["run_id"], line["decision_id"]) == (accepted.run_id, decision) for line in inside)
    told = stream.getvalue()
    for canary in ("customer-canary", "mellon-canary", "901820", "4111 1111", TOKEN, WHSEC):
        assert canary not in told
