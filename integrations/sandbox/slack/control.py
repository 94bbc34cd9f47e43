"""What stands beside Slack: acting as a member, setting faults, reading the log; for the page, and for tests in other processes."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.carrying import Reply
from integrations.sandbox.slack.faults import FaultPlan
from integrations.sandbox.slack.store import Doc
from integrations.sandbox.slack.typing_in import chosen, typed
from integrations.sandbox.slack.workspace import Workspace

UNKNOWN = ("unknown_act", "user_not_found", "channel_not_found", "message_not_found", "not_found")
Act = Callable[[Workspace, str, Doc], Awaitable[Any]]


async def _click(workspace: Workspace, user: str, given: Doc) -> Reply:
    if given.get("view"):
        on = _view(workspace, given)
        values = chosen(workspace.members[user], on["blocks"], given.get("values") or {})
    else:
        place = f"{given.get('channel')}/{given.get('ts')}"
        found = workspace.store.get("messages", place) or workspace.store.get("whispers", place)
        if found is None:
            raise Refused("message_not_found")
        on, values = found, {}
    value = chosen(workspace.members[user], on.get("blocks", []), {str(given["action_id"]): given.get("value")})[str(given["action_id"])]
    return await workspace.click(user, on, str(given["action_id"]), value, block_id=given.get("block_id"), values=values)


async def _submit(workspace: Workspace, user: str, given: Doc) -> Reply:
    view = _view(workspace, given)
    return await workspace.submit(view, chosen(workspace.members[user], view["blocks"], given.get("values") or {}))


async def _dismiss(workspace: Workspace, user: str, given: Doc) -> Reply | None:
    return await workspace.dismiss(user, cleared=bool(given.get("cleared")))


async def _say(workspace: Workspace, user: str, given: Doc) -> Any:
    """What was typed: a command when it begins with one, else a message."""
    text, channel = str(given.get("text") or ""), _conversation(workspace, user, given)
    if given.get("typed") and text.startswith("/") and not given.get("thread_ts"):
        return await workspace.command(user, channel, text)
    return await workspace.say(user, channel, typed(workspace, text) if given.get("typed") else text, given.get("thread_ts"))


async def _command(workspace: Workspace, user: str, given: Doc) -> Reply:
    return await workspace.command(user, _conversation(workspace, user, given), str(given.get("text") or ""))


async def _open_home(workspace: Workspace, user: str, given: Doc) -> Reply:
    return await workspace.open_home(user, str(given.get("tab") or "home"))


async def _read(workspace: Workspace, user: str, given: Doc) -> None:
    workspace.read(user, workspace.channel(str(given.get("channel") or "")).id)


async def _shortcut(workspace: Workspace, user: str, given: Doc) -> Reply:
    found = workspace.store.message(str(given.get("channel")), str(given.get("ts")))
    if found is None:
        raise Refused("message_not_found")
    return await workspace.shortcut(user, found, str(given.get("callback_id") or ""))


async def _nothing(workspace: Workspace, user: str, given: Doc) -> None:
    del workspace, user, given
    raise Refused("unknown_act", known=sorted(ACTS))


ACTS: dict[str, Act] = {
    "click": _click, "submit": _submit, "dismiss": _dismiss, "say": _say, "command": _command, "open_home": _open_home, "read": _read,
    "shortcut": _shortcut,
}  # fmt: skip


def _conversation(workspace: Workspace, user: str, given: Doc) -> str:
    """A channel by its id, direct messages also by whom they are with."""
    name = str(given.get("channel") or "")
    return workspace.open_direct(user, name) if name.startswith("U") else name


def _view(workspace: Workspace, given: Doc) -> Doc:
    found = workspace.store.view(str(given.get("view")))
    if found is None:
        raise Refused("not_found")
    return found[1]


async def act(workspace: Workspace, request: Request) -> Response:
    """`{"as": member, "do": what, …}`: the page's own way in, and a test's."""
    given = await _json(request)
    try:
        done = await ACTS.get(str(given.get("do")), _nothing)(workspace, workspace.member(str(given.get("as"))).id, given)
    except Refused as refusal:
        return JSONResponse(refusal.as_slack(), 404 if refusal.error in UNKNOWN else 409)
    except (KeyError, ValueError) as error:
        return JSONResponse({"ok": False, "error": "invalid_arguments", "why": str(error)}, 422)
    return JSONResponse({"ok": True, "reply": asdict(done) if isinstance(done, Reply) else done})


async def faults(workspace: Workspace, request: Request) -> Response:
    """GET what is set, POST another plan, DELETE all of it."""
    if request.method == "DELETE":
        workspace.faults.clear()
    if request.method == "POST":
        try:
            workspace.faults.set(FaultPlan.model_validate(await _json(request)))
        except ValidationError as error:
            return JSONResponse({"ok": False, "error": "invalid_arguments", "why": str(error)}, 422)
    return JSONResponse({"ok": True, "plan": workspace.faults.plan.model_dump()})


async def effects(workspace: Workspace, request: Request) -> Response:
    """The log, from `?after=` on."""
    after = request.query_params.get("after", "0")
    return JSONResponse({"ok": True, "effects": workspace.log.entries[int(after) if after.isdecimal() else 0 :]})


async def _json(request: Request) -> Doc:
    """The body. A browser sends JSON to another site only with that site's consent, which this one never gives."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        read = await request.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
