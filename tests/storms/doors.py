"""The doors through which people answer, as whoever stands before them sees them: Slack's signed requests, the console, the API, the command line.

Each method blocks, so that many threads can stand there at once.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlencode

import httpx2

from integrations.console.entry import COOKIE
from integrations.console.forms import TOKEN
from integrations.sandbox.slack.carrying import signature
from integrations.sandbox.slack.roster import TEAM, slack_id
from integrations.sessions import form_token
from integrations.slack import card as cards
from integrations.slack.modals import EDIT_VIEW, REJECT_VIEW, SNOOZE_VIEW
from tests.storms.commands import CommandLines

FORM = "application/x-www-form-urlencoded"
MODALS = {"edit": EDIT_VIEW, "reject": REJECT_VIEW, "snooze": SNOOZE_VIEW}
BUSY = 503
NOT_IN_TIME = 404
"""What Bolt answers where nothing was acknowledged within three seconds."""

TRIES = 50


@dataclass(frozen=True)
class Answer:
    """What one person says to one ask. `content` is what an edit makes of the proposal, `until` when a snooze ends."""

    ask: str
    kind: str
    who: str
    content: Mapping[str, str]
    until: str


@dataclass(frozen=True)
class Told:
    """What the person was told: whether the answer counted, where that is told at once; `odd` is what should not be told at all."""

    won: bool | None
    odd: str = ""


class Slack:
    """Sends what Slack sends, signed as Slack signs it."""

    def __init__(self, http: httpx2.Client, secret: str) -> None:
        self._http, self._secret, self._serial = http, secret, count(1)

    def answer(self, given: Answer) -> Told:
        """Press the button, or send the modal, until Slack says that it arrived; no more than that is told.

        An acknowledgement that is late is none: on a busy machine the person sees an error, and presses again.
        """
        for _ in range(TRIES):
            answer = self._send(given)
            if answer.status_code != NOT_IN_TIME:
                break
        return Told(None, "" if answer.status_code == 200 else f"Slack was answered {answer.status_code} {answer.text[:200]}")

    def _send(self, given: Answer) -> httpx2.Response:
        payload = _pressed(given) if given.kind in ("approve", "undo") else _filled_in(given)
        payload["trigger_id"] = f"{next(self._serial)}.{given.ask}"
        body, moment = urlencode({"payload": json.dumps(payload)}).encode(), str(int(time.time()))
        signed = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature(self._secret, moment, body)}
        return self._http.post("/slack/events", content=body, headers={"Content-Type": FORM, **signed})


class Api:
    """Calls the API with the tokens of those who answer."""

    def __init__(self, http: httpx2.Client, tokens: Mapping[str, str]) -> None:
        self._http, self._tokens = http, tokens

    def answer(self, given: Answer) -> Told:
        """Post the answer; again while the API says that it is busy."""
        body = {"answer": given.kind, **{name: value for name, value in _said(given).items() if name != "until"}}
        headers = {"Authorization": f"Bearer {self._tokens[given.who]}"}
        for _ in range(TRIES):
            answer = self._http.post(f"/api/v1/decisions/{given.ask}/answer", json=body, headers=headers)
            if answer.status_code != BUSY:
                break
        if answer.status_code == 200:
            return Told(bool(answer.json()["won"]))
        return Told(False, "" if answer.status_code in (403, 409) else f"the API answered {answer.status_code} {answer.text[:200]}")


class Console:
    """Sends the console's forms, as the browsers of people do who are signed in. `sessions`: their secrets, by address."""

    def __init__(self, http: httpx2.Client, sessions: Mapping[str, str]) -> None:
        self._http, self._sessions = http, sessions
        self._origin = str(http.base_url).rstrip("/")

    def answer(self, given: Answer) -> Told:
        """Send the form; again while the console says that it is busy. The page that follows tells in words whether it counted."""
        secret = self._sessions[given.who]
        said = {name: value for name, value in _said(given).items() if name != "content"}
        fields = {"answer": given.kind, **said} if given.kind != "edit" else {f"content.{name}": text for name, text in given.content.items()}
        place = "edit" if given.kind == "edit" else "answer"
        for _ in range(TRIES):
            answer = self._http.post(
                f"/console/queue/{given.ask}/{place}", data={TOKEN: form_token(secret), **fields},
                headers={"Cookie": f"{COOKIE}={secret}", "Origin": self._origin},
            )  # fmt: skip
            if answer.status_code != BUSY:
                break
        return Told(None, "" if answer.status_code in (303, 403, 409, 422) else f"the console answered {answer.status_code} {answer.text[:200]}")


class Terminal:
    """Runs `nextplay answer`."""

    def __init__(self, lines: CommandLines) -> None:
        self._lines = lines

    def answer(self, given: Answer) -> Told:
        """Run it; 4 is the exit code of what the state refuses."""
        said = _said(given)
        more = ["--reason", said["reason"]] if "reason" in said else []
        with NamedTemporaryFile("w", suffix=".json") as file:
            if given.kind == "edit":
                json.dump(dict(given.content), file)
                file.flush()
                more = ["--content", file.name]
            ended = self._lines.run("answer", given.ask, given.kind, "--as", given.who, *more, "--json")
        return Told(ended["code"] == 0, "" if ended["code"] in (0, 4) else f"the command ended with {ended}")


def _said(given: Answer) -> dict[str, Any]:
    """What goes with an answer besides its kind."""
    match given.kind:
        case "edit":
            return {"content": dict(given.content)}
        case "reject":
            return {"reason": "poorly_timed"}
        case "snooze":
            return {"until": given.until}
    return {}


def _pressed(given: Answer) -> dict[str, Any]:
    button = {"approve": cards.APPROVE, "undo": cards.UNDO}[given.kind]
    channel = slack_id("D", slack_id("U", given.who))
    return {
        "type": "block_actions", **_person(given), "channel": {"id": channel},
        "container": {"type": "message", "channel_id": channel, "message_ts": "1.1"},
        "actions": [{"type": "button", "action_id": button, "block_id": f"ask:{given.ask}", "value": given.ask}],
    }  # fmt: skip


def _filled_in(given: Answer) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "edit": {f"content:{name}": {"type": "plain_text_input", "value": text} for name, text in given.content.items()},
        "reject": {"reason": {"type": "radio_buttons", "selected_option": {"value": "poorly_timed"}}},
        "snooze": {"until": {"type": "radio_buttons", "selected_option": {"value": given.until}}},
    }
    view = {
        "id": f"V{given.ask}{given.who}", "hash": str(time.monotonic_ns()), "type": "modal", "callback_id": MODALS[given.kind],
        "private_metadata": json.dumps({"ask": given.ask}), "blocks": [{"type": "input", "block_id": block} for block in fields[given.kind]],
        "state": {"values": {block: {"value": field} for block, field in fields[given.kind].items()}},
    }  # fmt: skip
    return {"type": "view_submission", **_person(given), "view": view}


def _person(given: Answer) -> dict[str, Any]:
    return {"user": {"id": slack_id("U", given.who), "team_id": TEAM}, "team": {"id": TEAM}, "api_app_id": "A1"}
