"""A modal is sent or put away: what Slack itself checks, and what it does with the app's answer."""

from typing import TYPE_CHECKING

from integrations.sandbox.slack import payloads
from integrations.sandbox.slack.blocks import view_faults
from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.carrying import Reply
from integrations.sandbox.slack.modals import STACK, incomplete, made, replaced, state_of
from integrations.sandbox.slack.store import Change, Doc

if TYPE_CHECKING:
    from integrations.sandbox.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


async def submit(workspace: "Workspace", view_id: str, values: Doc) -> Reply:
    """Send it to the app, unless Slack itself sees that it is not complete."""
    user, view = _open(workspace, view_id)
    state = state_of(view["blocks"], values)
    errors = incomplete(view, state)
    if errors:
        return _complain(workspace, view, errors)
    workspace.commit(user, "submit", {"view": view_id, "callback_id": view["callback_id"], "values": state}, {"ok": True}, [])
    reply = await workspace.sender.once("interactive", payloads.submission(workspace, workspace.members[user], view, state))
    if not reply.ok:
        workspace.complaints[view_id] = {"": TROUBLE}
        return reply
    return _done(workspace, user, view, reply)


async def dismiss(workspace: "Workspace", user: str, *, cleared: bool) -> Reply | None:
    """Close the topmost, or all of them."""
    stack = workspace.store.modals(user)
    if not stack:
        return None
    top = stack[-1]
    _close(workspace, user, "dismiss", [] if cleared or top["clear_on_close"] else stack[:-1])
    if not top["notify_on_close"]:
        return None
    return await workspace.sender.once("interactive", payloads.closed(workspace, workspace.members[user], top, cleared=cleared))


def _done(workspace: "Workspace", user: str, view: Doc, reply: Reply) -> Reply:
    action = reply.body.get("response_action")
    if action == "errors":
        return _complain(workspace, view, _known(view, reply.body.get("errors")))
    stack = workspace.store.modals(user)
    here = next((index for index, one in enumerate(stack) if one["id"] == view["id"]), len(stack))
    try:
        after = _stack_after(workspace, action, stack, here, view, reply.body)
    except Refused as refusal:
        workspace.complaints[view["id"]] = {"": TROUBLE}
        return Reply(refusal.error, reply.body, reply.status)
    _close(workspace, user, f"submitted:{action or 'close'}", after)
    return reply


def _stack_after(workspace: "Workspace", action: object, stack: list[Doc], here: int, view: Doc, body: Doc) -> list[Doc]:
    """The modals that are open after the app's answer. Raises Refused when it cannot be shown."""
    if action is None:
        return stack[:here]
    if action == "clear":
        return []
    given = body.get("view")
    if action not in ("update", "push") or view_faults(given, "modal") or not isinstance(given, dict):
        raise Refused("invalid_response")
    if action == "update":
        return [*stack[:here], replaced(workspace, view, given)]
    if here + 1 >= STACK:
        raise Refused("push_limit_reached")
    return [*stack[: here + 1], made(workspace, given, stack[: here + 1])]


def _open(workspace: "Workspace", view_id: str) -> tuple[str, Doc]:
    found = workspace.store.view(view_id)
    if found is None or found[1]["type"] != "modal":
        raise Refused("not_found")
    return found


def _known(view: Doc, errors: object) -> dict[str, str]:
    """The app's complaints about input blocks that are there; without one of those Slack shows trouble."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    given = errors if isinstance(errors, dict) else {}
    return {str(name): str(text) for name, text in given.items() if name in inputs} or {"": TROUBLE}


def _complain(workspace: "Workspace", view: Doc, errors: dict[str, str]) -> Reply:
    workspace.complaints[view["id"]] = errors
    workspace.announce()
    return Reply("" if errors.keys() - {""} else "invalid_response", {"response_action": "errors", "errors": errors}, 200)


def _close(workspace: "Workspace", user: str, why: str, stack: list[Doc]) -> None:
    kept = {view["id"] for view in stack}
    for view in workspace.store.modals(user):
        workspace.complaints.pop(view["id"], None)
    workspace.commit(user, why, {"open": sorted(kept)}, {"ok": True}, [Change("modals", user, stack)])
