"""The workspace against Slack's own description of its Web API: it asks for no less, and refuses in words that Slack has."""

import functools
import re
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from integrations.sandbox.slack import methods
from integrations.sandbox.slack.methods.register import METHODS
from integrations.sandbox.slack.server import running
from integrations.sandbox.slack.workspace import Workspace
from tests.integration.slack.described import NEEDS_SPECS, NEWER_METHODS, NEWER_PARAMETERS, SPECS, Description, Sent, description
from tests.integration.slack.test_web_api import REFUSALS
from tests.integration.slack.workspaces import ADA, client_of, general, modal, workspace
from tests.unit.slack.test_manifest import METHODS as CALLED

given = pytest.mark.skipif(not SPECS, reason=NEEDS_SPECS)
described = functools.cache(description)

NEWER_ERRORS = {
    "invalid_blocks": "chat.postMessage: its reference names it, the description does not",
    "invalid_blocks_format": "likewise",
    "invalid_metadata_format": "message metadata is newer",
    "metadata_too_large": "message metadata is newer",
    "exchanged_trigger_id": "views.open: the description leaves the errors of views out; its reference names them",
    "expired_trigger_id": "likewise",
    "invalid_trigger_id": "likewise",
    "push_limit_reached": "likewise, of views.push",
    "hash_conflict": "likewise, of views.update",
    "duplicate_external_id": "likewise",
    "unknown_method": "of no method, but of a method that is not there",
}
"""Errors that the description does not know, by docs.slack.dev/reference/methods."""
ELSEWHERE = {
    ("chat.postMessage", "thread_not_found"): "the description has it for conversations.replies",
    ("chat.postMessage", "is_inactive"): "the description has it for chat.update",
    ("conversations.history", "not_in_channel"): "the description has it for chat.postMessage",
    ("views.open", "invalid_arguments"): "the description leaves the errors of views out",
    ("views.update", "not_found"): "likewise",
}
"""Errors that the description knows, of other methods."""


def whole(space: Workspace, ts: str) -> dict[str, dict[str, Any]]:
    """A call of each method that has required parameters, with all of them."""
    room = general(space)
    return {
        "chat.getPermalink": {"channel": room, "message_ts": ts},
        "chat.postEphemeral": {"channel": room, "user": ADA, "text": "x"},
        "chat.postMessage": {"channel": room, "text": "x"},
        "chat.update": {"channel": room, "ts": ts, "text": "x"},
        "reactions.add": {"channel": room, "timestamp": ts, "name": "eyes"},
        "users.lookupByEmail": {"email": "ada@example.com"},
        "views.open": {"trigger_id": space.tickets.trigger(ADA), "view": modal()},
        "views.publish": {"user_id": ADA, "view": {"type": "home", "blocks": []}},
        "views.push": {"trigger_id": "1.2.3", "view": modal()},
    }


@given
def test_every_method_of_the_workspace_is_described_with_the_scopes_that_it_asks_for() -> None:
    assert set(METHODS) - set(described().methods) == set(NEWER_METHODS)
    for name, method in METHODS.items():
        if method.scope and name not in NEWER_METHODS:
            assert method.scope in described().scopes(name), name


@given
def test_the_scopes_that_our_calls_need_are_those_of_the_description() -> None:
    """The reference adds that an address is told only with `users:read.email`."""
    for name, scopes in CALLED.items():
        if name not in NEWER_METHODS:
            assert scopes - {"users:read.email"} <= described().scopes(name), name
            assert scopes or not described().scopes(name), name


@given
def test_what_is_newer_is_not_in_the_description_after_all() -> None:
    """Else the lists of what is newer would hide a fault."""
    assert not set(NEWER_METHODS) & set(described().methods)
    assert not [one for one in NEWER_PARAMETERS if one[1] in described().parameters(one[0])]
    assert not set(NEWER_ERRORS) & described().all_errors()
    assert not [one for one in ELSEWHERE if one[1] in described().errors(one[0])]


@given
async def test_what_slack_requires_the_workspace_requires() -> None:
    space = workspace()
    async with running(space):
        client = client_of(space)
        ts = str((await client.chat_postMessage(channel=general(space), text="first"))["ts"])
        calls = whole(space, ts)
        assert {name for name in METHODS if name not in NEWER_METHODS and described().required(name)} == set(calls)
        for method, arguments in calls.items():
            for name in sorted(described().required(method)):
                with pytest.raises(SlackApiError) as refusal:
                    await client.api_call(method, json={key: value for key, value in arguments.items() if key != name})
                assert refusal.value.response["error"] == "invalid_arguments", f"{method} without {name}"
            if method != "views.push":
                assert (await client.api_call(method, json=arguments))["ok"], f"{method} with all"


@given
def test_what_the_workspace_reads_of_a_call_is_a_parameter() -> None:
    """Of any of its methods: `call.need("channel")` and the like in the source."""
    source = "".join(path.read_text() for path in Path(methods.__file__).parent.glob("*.py"))
    read = set(re.findall(r'call\.(?:need|get|flag|number|parsed)\("(\w+)"', source))
    known = {name for method in METHODS if method not in NEWER_METHODS for name in described().parameters(method)}
    assert len(read) > 20
    assert read - known == {name for _, name in NEWER_PARAMETERS}


@given
def test_every_error_of_the_workspace_is_one_that_slack_has() -> None:
    source = "".join(path.read_text() for path in Path(methods.__file__).parent.glob("*.py"))
    errors = set(re.findall(r'(?:Refused|refused_for)\("(\w+)"', source)) | {"invalid_ts_oldest", "invalid_ts_latest", "invalid_limit"}
    assert len(errors) > 20
    assert errors - described().all_errors() <= set(NEWER_ERRORS)


@given
@pytest.mark.parametrize(("method", "error"), sorted({(method, error) for method, _, error in REFUSALS}))
def test_every_refusal_is_one_of_its_method(method: str, error: str) -> None:
    if method in described().methods and error not in NEWER_ERRORS:
        assert error in described().errors(method) or (method, error) in ELSEWHERE


SMALL = Description({
    "/chat.shout": {"post": {"consumes": ["application/json"], "parameters": [
        {"name": "token", "required": True, "type": "string"}, {"name": "text", "required": True, "type": "string"},
        {"name": "loud", "type": "boolean"}, {"name": "blocks", "type": "string"}, {"name": "at", "type": "number"},
    ]}},
    "/chat.hear": {"get": {"consumes": ["application/x-www-form-urlencoded"], "parameters": [
        {"name": "limit", "type": "integer"}, {"name": "loud", "type": "boolean"}, {"name": "since", "type": "number"},
    ]}},
})  # fmt: skip
SHOUT, HEAR = "chat.shout", "chat.hear"


def shout(**body: Any) -> Sent:
    return Sent(SHOUT, "POST", "application/json", body=body)


def hear(**query: str) -> Sent:
    return Sent(HEAR, "GET", query=query)


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (shout(text="x", loud=True, blocks=[{}], at=1.5), None),
        (hear(limit="20", loud="true", since="12.5"), None),
        (Sent("chat.whisper"), "there is no such method"),
        (Sent(SHOUT, "GET", query={"text": "x"}), "it takes no GET"),
        (Sent(SHOUT, "POST", "text/plain", body={"text": "x"}), "it takes no text/plain"),
        (Sent(HEAR, "POST", "application/json", body={"limit": 1}), "it takes no application/json"),
        (Sent(HEAR, "GET", "application/x-www-form-urlencoded", body={"limit": "1"}), "it has a body, and comes by GET"),
        (Sent(HEAR, "GET", has_token=False), "it has no token"),
        (shout(text="x", colour="red"), "colour is no parameter"),
        (shout(loud=True), "text is missing"),
        (shout(text="x", loud="true"), "loud is no boolean: 'true'"),
        (shout(text="x", loud=1), "loud is no boolean: 1"),
        (shout(text=["x"]), "text is no string: ['x']"),
        (shout(text="x", at=True), "at is no number: True"),
        (hear(limit="many"), "limit is no integer: 'many'"),
        (hear(loud="True"), "loud is no boolean: 'True'"),
        (hear(since="noon"), "since is no number: 'noon'"),
    ],
)
def test_each_fault_of_a_call_is_found(sent: Sent, fault: str | None) -> None:
    assert SMALL.faults(sent) == ([f"{sent.method}: {fault}"] if fault else [])
