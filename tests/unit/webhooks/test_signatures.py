"""The fixed values were computed with the openssl command line, so they do not depend on our own code."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.webhooks.signatures import (
    SALESFORCE_SECRET,
    Signed,
    Verify,
    sign_hubspot_v1,
    sign_hubspot_v2,
    sign_hubspot_v3,
    sign_standard,
    sign_zendesk,
    verify_hubspot,
    verify_hubspot_legacy,
    verify_salesforce,
    verify_standard,
    verify_zendesk,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BODY = b'{"say":"hello"}'
URL = "https://nextplay.example.com/webhooks/hubspot"
KEY = "hub-key-one"
STANDARD_KEY = "whsec_YSBnZW5lcmljIGtleSBvZiB0aGlydHktdHdvIGJ5dGVz"

HUBSPOT = Signed(
    "POST",
    URL,
    {
        "x-hubspot-request-timestamp": "1795424400000",
        "x-hubspot-signature-v3": "PjNhdkd7ZkcaFvqROEmBlfwczswFBgzr2PFeTZS+USA=",
    },
    BODY,
)
ZENDESK = Signed(
    "POST",
    "https://nextplay.example.com/webhooks/zendesk",
    {
        "x-zendesk-webhook-signature-timestamp": "2026-11-23T09:00:00Z",
        "x-zendesk-webhook-signature": "j3CDsvnv9XAMhKng/gq0qYx72cr4N/6dGhtUDqBk834=",
    },
    BODY,
)
STANDARD = Signed(
    "POST",
    "https://nextplay.example.com/webhooks/generic",
    {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795424400",
        "webhook-signature": "v1,hgARPTmQHVmDe7AEEoudWnXf+cThWil+adpDnaKB/1M=",
    },
    BODY,
)
SCHEMES = [
    pytest.param(verify_hubspot, HUBSPOT, KEY, id="hubspot"),
    pytest.param(verify_hubspot_legacy, HUBSPOT, KEY, id="hubspot, legacy allowed"),
    pytest.param(verify_zendesk, ZENDESK, "zen-key-one", id="zendesk"),
    pytest.param(verify_standard, STANDARD, STANDARD_KEY, id="standard"),
]


def changed(request: Signed, headers: Mapping[str, str]) -> Signed:
    return replace(request, headers={**request.headers, **headers})


@pytest.mark.parametrize(("verify", "request_", "key"), SCHEMES)
class TestEveryScheme:
    def test_accepts_what_was_signed(self, verify: Verify, request_: Signed, key: str) -> None:
        assert verify(request_, [key], NOW)

    def test_accepts_any_secret_of_a_rotation(self, verify: Verify, request_: Signed, key: str) -> None:
        other = "whsec_" + "b" * 32
        assert verify(request_, [other, key], NOW)
        assert verify(request_, [key, other], NOW)
        assert not verify(request_, [other], NOW)

    def test_is_closed_without_a_secret(self, verify: Verify, request_: Signed, key: str) -> None:
        assert verify(request_, ["", key], NOW)
        assert not verify(request_, [], NOW)
        assert not verify(request_, [""], NOW)

    @pytest.mark.parametrize("seconds", [-300, 300])
    def test_allows_the_clocks_to_differ(self, verify: Verify, request_: Signed, key: str, seconds: int) -> None:
        assert verify(request_, [key], NOW + timedelta(seconds=seconds))

    @pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400])
    def test_refuses_old_and_future_requests(self, verify: Verify, request_: Signed, key: str, seconds: int) -> None:
        assert not verify(request_, [key], NOW + timedelta(seconds=seconds))

    @given(data=st.data())
    def test_refuses_any_change_of_one_character(self, verify: Verify, request_: Signed, key: str, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(request_.headers)))
        text = request_.headers[name]
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.characters(max_codepoint=255).filter(lambda c: c != text[at]))
        tampered = changed(request_, {name: text[:at] + other + text[at + 1 :]})
        assert not verify(tampered, [key], NOW)

    @given(data=st.data())
    def test_refuses_any_change_of_one_byte_of_the_body(self, verify: Verify, request_: Signed, key: str, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(BODY) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda b: b != BODY[at]))
        tampered = replace(request_, body=BODY[:at] + bytes([other]) + BODY[at + 1 :])
        assert not verify(tampered, [key], NOW)

    @given(extra=st.binary(min_size=1, max_size=8))
    def test_refuses_a_longer_body(self, verify: Verify, request_: Signed, key: str, extra: bytes) -> None:
        assert not verify(replace(request_, body=BODY + extra), [key], NOW)
        assert not verify(replace(request_, body=extra + BODY), [key], NOW)

    def test_refuses_a_missing_header(self, verify: Verify, request_: Signed, key: str) -> None:
        for name in request_.headers:
            without = {other: text for other, text in request_.headers.items() if other != name}
            assert not verify(replace(request_, headers=without), [key], NOW), name
            assert not verify(changed(request_, {name: ""}), [key], NOW), name


def test_nobody_gets_in_by_signing_with_an_empty_secret() -> None:
    hubspot = {**HUBSPOT.headers, "x-hubspot-signature-v3": sign_hubspot_v3("", "POST", URL, BODY, "1795424400000")}
    zendesk = {**ZENDESK.headers, "x-zendesk-webhook-signature": sign_zendesk("", "2026-11-23T09:00:00Z", BODY)}
    standard = {**STANDARD.headers, "webhook-signature": sign_standard("", "msg_1", "1795424400", BODY)}
    assert not verify_hubspot(replace(HUBSPOT, headers=hubspot), [""], NOW)
    assert not verify_zendesk(replace(ZENDESK, headers=zendesk), [""], NOW)
    assert not verify_standard(replace(STANDARD, headers=standard), [""], NOW)
    for signature in (sign_hubspot_v1("", BODY), sign_hubspot_v2("", "POST", URL, BODY)):
        legacy = replace(HUBSPOT, headers={"x-hubspot-signature": signature})
        assert not verify_hubspot_legacy(legacy, [""], NOW)


def test_hubspot_signs_method_and_address() -> None:
    assert not verify_hubspot(replace(HUBSPOT, method="PUT"), [KEY], NOW)
    assert not verify_hubspot(replace(HUBSPOT, url="http://127.0.0.1:8000/webhooks/hubspot"), [KEY], NOW)


def test_hubspot_signs_the_address_with_some_escapes_undone() -> None:
    plain = sign_hubspot_v3(KEY, "POST", "https://a.example/hook?to=a/b:c", BODY, "1795424400000")
    assert sign_hubspot_v3(KEY, "POST", "https://a.example/hook?to=a%2Fb%3Ac", BODY, "1795424400000") == plain


def test_hubspot_timestamps_are_milliseconds() -> None:
    seconds = "1795424400"
    signature = sign_hubspot_v3(KEY, "POST", URL, BODY, seconds)
    headers = {"x-hubspot-request-timestamp": seconds, "x-hubspot-signature-v3": signature}
    assert not verify_hubspot(changed(HUBSPOT, headers), [KEY], NOW)


def test_older_hubspot_versions_count_only_where_allowed() -> None:
    v1 = "cdb45d1bb999c5ff007addc1733cfd7c94e1a222b6779f1212b7b7cc2b4bc13d"
    v2 = "356c0f195d9d7d4a83e6f9f7405804f966ce0780afbeb1d661de99f310216eb1"
    assert sign_hubspot_v1(KEY, BODY) == v1
    assert sign_hubspot_v2(KEY, "POST", URL, BODY) == v2
    for signature in (v1, v2):
        request = replace(HUBSPOT, headers={"x-hubspot-signature": signature})
        assert verify_hubspot_legacy(request, [KEY], NOW)
        assert not verify_hubspot(request, [KEY], NOW)
        assert not verify_hubspot_legacy(replace(request, body=b"{}"), [KEY], NOW)
        assert not verify_hubspot_legacy(request, [], NOW)


def test_an_older_version_does_not_rescue_a_wrong_newer_one() -> None:
    headers = {**HUBSPOT.headers, "x-hubspot-signature": sign_hubspot_v1(KEY, BODY)}
    stale = NOW + timedelta(hours=1)
    assert not verify_hubspot_legacy(replace(HUBSPOT, headers=headers), [KEY], stale)


def test_zendesk_may_sign_an_empty_body() -> None:
    timestamp = ZENDESK.headers["x-zendesk-webhook-signature-timestamp"]
    signature = sign_zendesk("zen-key-one", timestamp, b"")
    request = replace(changed(ZENDESK, {"x-zendesk-webhook-signature": signature}), body=b"")
    assert verify_zendesk(request, ["zen-key-one"], NOW)


def test_standard_webhooks_may_list_several_signatures() -> None:
    valid = STANDARD.headers["webhook-signature"]
    for listed in (f"v1,AAAA {valid}", f"{valid} v1,AAAA", f"v1a,AAAA {valid}"):
        assert verify_standard(changed(STANDARD, {"webhook-signature": listed}), [STANDARD_KEY], NOW), listed
    for listed in (valid.removeprefix("v1,"), valid.replace("v1,", "v1a,"), valid.replace("v1,", "v1, "), "v1,"):
        assert not verify_standard(changed(STANDARD, {"webhook-signature": listed}), [STANDARD_KEY], NOW), listed


def test_a_standard_webhooks_key_may_come_without_its_prefix() -> None:
    assert verify_standard(STANDARD, [STANDARD_KEY.removeprefix("whsec_")], NOW)


def test_a_standard_webhooks_key_must_be_base64() -> None:
    with pytest.raises(ValueError, match=r"base64|padding"):
        sign_standard("whsec_not base64", "msg_1", "1795424400", BODY)


class TestSalesforce:
    """A flow says a secret, and signs nothing."""

    @pytest.mark.parametrize("given", ["flow-key-one", "flow-key-two"])
    def test_any_of_its_secrets_is_enough_at_any_time(self, given: str) -> None:
        request = Signed("POST", URL, {SALESFORCE_SECRET: given}, BODY)
        for now in (NOW, NOW + timedelta(days=1)):
            assert verify_salesforce(request, ["flow-key-one", "flow-key-two"], now)

    @pytest.mark.parametrize("given", ["", " ", "flow-key-on", "flow-key-onee", "FLOW-KEY-ONE", "flow-key-one, flow-key-one", "\xfcber"])
    def test_nothing_else_is(self, given: str) -> None:
        request = Signed("POST", URL, {SALESFORCE_SECRET: given}, BODY)
        assert not verify_salesforce(request, ["flow-key-one", ""], NOW)
        assert not verify_salesforce(request, [], NOW)
        assert not verify_salesforce(replace(request, headers={}), ["flow-key-one", ""], NOW)
