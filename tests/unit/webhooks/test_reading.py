import json
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import HTTPException, Request
from hypothesis import given
from hypothesis import strategies as st

from integrations.webhooks.reading import MAX_BYTES, MAX_NOTES, canonical, check_type, read_body, read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


def request(chunks: list[bytes], headers: dict[str, str] | None = None) -> Request:
    sent: AsyncIterator[dict[str, Any]] = _messages(chunks)
    raw = [(name.encode(), text.encode()) for name, text in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": b""}
    return Request(scope, sent.__anext__)


async def _messages(chunks: list[bytes]) -> AsyncIterator[dict[str, Any]]:
    for chunk in chunks:
        yield {"type": "http.request", "body": chunk, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


async def _hangs_up() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def refused(raw: bytes) -> str:
    with pytest.raises(HTTPException) as error:
        read_json(raw)
    assert error.value.status_code == 400
    return str(error.value.detail)


class TestBody:
    async def test_reads_chunks(self) -> None:
        assert await read_body(request([b"ab", b"c"])) == b"abc"

    async def test_reads_up_to_the_limit(self) -> None:
        assert len(await read_body(request([b"x" * MAX_BYTES]))) == MAX_BYTES

    async def test_stops_at_the_limit_though_the_length_was_not_announced(self) -> None:
        def endless() -> list[bytes]:
            return [b"x" * 65_536] * 17

        with pytest.raises(HTTPException) as error:
            await read_body(request(endless()))
        assert error.value.status_code == 413

    @pytest.mark.parametrize("announced", [str(MAX_BYTES + 1), "9" * 5_000, "-1", "ten"])
    async def test_refuses_an_announced_length_before_reading(self, announced: str) -> None:
        with pytest.raises(HTTPException) as error:
            await read_body(request([], {"content-length": announced}))
        assert error.value.status_code == 413

    async def test_tells_a_hang_up_from_a_crash(self) -> None:
        cut = request([])
        cut._receive = _hangs_up
        with pytest.raises(HTTPException) as error:
            await read_body(cut)
        assert error.value.status_code == 400


class TestType:
    @pytest.mark.parametrize(
        "accepted",
        [
            "application/json",
            "Application/JSON; charset=UTF-8",
            'application/json;charset="utf8"',
            "application/cloudevents+json",
        ],
    )
    def test_accepts_json(self, accepted: str) -> None:
        check_type({"content-type": accepted})

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"content-type": "text/plain"},
            {"content-type": "application/json; charset=utf-16"},
            {"content-type": "application/jsonx"},
            {"content-type": "application/json", "content-encoding": "gzip"},
        ],
    )
    def test_refuses_everything_else(self, headers: dict[str, str]) -> None:
        with pytest.raises(HTTPException) as error:
            check_type(headers)
        assert error.value.status_code == 415


class TestStrictJson:
    @given(JSON)
    def test_what_comes_out_can_be_stored_anywhere(self, value: Any) -> None:
        document = read_json(json.dumps(value).encode())
        text = json.dumps(document.value, ensure_ascii=False, allow_nan=False)
        assert "\x00" not in text
        assert "\\u0000" not in text
        text.encode()
        assert read_json(canonical(document.value)).value == document.value

    @given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0d8NaI1e-. ', max_size=200).map(str.encode))
    def test_any_bytes_are_read_or_refused(self, raw: bytes) -> None:
        try:
            read_json(raw)
        except HTTPException as error:
            status = error.status_code
        else:
            status = 200
        assert status in (200, 400)

    @given(JSON)
    def test_what_needs_no_change_is_not_changed(self, value: Any) -> None:
        document = read_json(json.dumps(value).encode())
        if not document.notes:
            assert document.value == value

    @pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
    def test_depth_is_limited(self, opening: bytes, closing: bytes) -> None:
        read_json(opening * 64 + b"1" + closing * 64)
        assert "64 levels" in refused(opening * 65 + b"1" + closing * 65)
        assert "64 levels" in refused(opening * 100_000 + b"1" + closing * 100_000)
        assert "64 levels" in refused(opening * 100_000)

    def test_brackets_in_text_do_not_nest(self) -> None:
        value = {"text": "[" * 1_000 + '\\"' + "{" * 1_000}
        assert read_json(json.dumps(value).encode()).value == value

    @pytest.mark.parametrize("raw", [b'"' * 200_001, b'"' + b'\\"' * 200_000, b'["' + b"\\" * 200_001])
    def test_unbalanced_quotes_are_refused_at_once(self, raw: bytes) -> None:
        assert "not JSON" in refused(raw)

    @pytest.mark.parametrize("raw", [b'{"a":1,"a":1}', b'[{"a":{"b":1,"c":2,"b":3}}]', b'{"a\\u0000":1,"a\\ufffd":2}'])
    def test_a_key_twice_is_refused(self, raw: bytes) -> None:
        assert "twice" in refused(raw)

    @pytest.mark.parametrize("raw", [b"", b"{", b"nul", b"{} {}", b"{'a':1}", b'{"a":1,}', b'"\x00"', b"\xff\xfe{\x00}\x00"])
    def test_what_is_not_json_is_refused(self, raw: bytes) -> None:
        assert refused(raw)

    def test_a_byte_order_mark_is_skipped(self) -> None:
        assert read_json(b'\xef\xbb\xbf{"a":1}').value == {"a": 1}

    def test_numbers_that_cannot_be_stored_are_replaced_and_noted(self) -> None:
        digits = "7" * 5_000
        document = read_json(f'{{"a":[{digits},1e999,-1e999],"b":NaN,"c":-Infinity,"d":{digits}.5}}'.encode())
        assert document.value == {"a": [digits, None, None], "b": None, "c": None, "d": None}
        assert [str(note).partition(":")[0] for note in document.notes] == ["a.0", "a.1", "a.2", "b", "c", "d"]

    @pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0, -1])
    def test_integers_of_64_bits_stay_integers(self, number: int) -> None:
        assert read_json(str(number).encode()).value == number

    @pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**70])
    def test_greater_integers_become_text(self, number: int) -> None:
        assert read_json(str(number).encode()).value == str(number)

    def test_floats_stay_floats(self) -> None:
        values = read_json(b"[1.5, 1e308, 5e-324]").value
        assert values == [1.5, 1e308, 5e-324]
        assert all(math.isfinite(value) for value in values)

    def test_characters_that_cannot_be_stored_are_replaced_in_keys_and_values(self) -> None:
        document = read_json(b'{"a\\u0000b":["\\ud800x","\\udfff","\\ud83d\\ude00"]}')
        assert document.value == {"a\ufffdb": ["\ufffdx", "\ufffd", "\U0001f600"]}
        assert [str(note).partition(":")[0] for note in document.notes] == ["body", "a\ufffdb.0", "a\ufffdb.1"]

    def test_notes_are_few(self) -> None:
        assert len(read_json(b"[" + b"NaN," * 1_000 + b"1]").notes) == MAX_NOTES


def test_equal_values_have_one_canonical_form() -> None:
    assert canonical({"b": 1, "a": [True, None, "é"]}) == canonical(json.loads('{"a":[true,null,"\\u00e9"],"b":1}'))
    assert canonical({"a": 1}) != canonical({"a": "1"})
