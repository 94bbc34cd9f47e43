"""views.*: the modals and the home tab that the app shows to a member."""

from integrations.sandbox.slack.blocks import view_faults
from integrations.sandbox.slack.calls import Call, Refused, refused_for
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.methods.register import Answer, method
from integrations.sandbox.slack.modals import STACK, made, replaced
from integrations.sandbox.slack.store import Change, Doc


@method("views.open")
def open_view(core: Core, call: Call) -> Answer:
    """A first modal for the member whose trigger it is; a modal that was open there is put away."""
    given = _given(call, "modal")
    trigger = core.tickets.spend(call.need("trigger_id"))
    view = made(core, given, [])
    return Answer({"view": view}, (Change("modals", trigger.user, [view]),))


@method("views.push")
def push(core: Core, call: Call) -> Answer:
    """One more on top of those that are open."""
    given = _given(call, "modal")
    trigger = core.tickets.spend(call.need("trigger_id"))
    stack = core.store.modals(trigger.user)
    if trigger.view is None or not stack:
        raise Refused("invalid_trigger_id")
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    view = made(core, given, stack)
    return Answer({"view": view}, (Change("modals", trigger.user, [*stack, view]),))


@method("views.update")
def update(core: Core, call: Call) -> Answer:
    """Another content for an open view; with a hash only if nobody changed it in between."""
    user, old = _found(core, call)
    given = _given(call, old["type"])
    _same(call, old)
    view = replaced(core, old, given)
    core.complaints.pop(old["id"], None)
    if old["type"] == "home":
        return Answer({"view": view}, (Change("homes", user, view),))
    stack = [view if one["id"] == old["id"] else one for one in core.store.modals(user)]
    return Answer({"view": view}, (Change("modals", user, stack),))


@method("views.publish")
def publish(core: Core, call: Call) -> Answer:
    """The home tab of one member."""
    user = call.need("user_id")
    core.member(user)
    given = _given(call, "home")
    old = core.store.get("homes", user)
    if old is not None:
        _same(call, old)
    view = replaced(core, old, given) if old else made(core, given, [])
    return Answer({"view": view}, (Change("homes", user, view),))


def _given(call: Call, kind: str) -> Doc:
    view = call.parsed("view")
    faults = view_faults(view, kind)
    if faults:
        raise refused_for("invalid_arguments", faults)
    checked: Doc = view
    return checked


def _found(core: Core, call: Call) -> tuple[str, Doc]:
    if call.get("external_id"):
        stacks = [(user, view) for user in core.members for view in core.store.modals(user)]
        found = next((one for one in stacks if one[1]["external_id"] == call.get("external_id")), None)
    else:
        found = core.store.view(call.need("view_id"))
    if found is None:
        raise Refused("not_found")
    return found


def _same(call: Call, old: Doc) -> None:
    if call.get("hash") and call.get("hash") != old["hash"]:
        raise Refused("hash_conflict")
