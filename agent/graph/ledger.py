"""One step on an outside system: intent, effect, result, each committed. A crash in between is looked up, never repeated blindly."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from agent.domain.plays import StepKind
from agent.domain.records import DATA_TASK, IN_HAND, Action
from agent.ports import Store
from tools.ports import Command, EffectOvertaken, EffectPostponed, EffectRefused, Effects, EffectUnknown, Premise, Receipt

Result = Literal["done", "failed", "refused", "unknown"]


class NotYetDone(Exception):
    """The effect surely did not happen and may be tried again later. `why`: for whoever waits for it."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key} is not done yet: {why}")
        self.why = why


async def perform(
    store: Store, effects: Effects, action: Action, clock: Callable[[], datetime], *, premise: Premise | None = None
) -> Result:  # fmt: skip
    """Bring one ledger entry to its end. `premise`: what it was judged on. Raises NotYetDone or SourceError when it should be tried
    again on a later drive.
    """
    match action.state:
        case "done":
            return "done"
        case "failed":
            return "failed"
        case "started" | "unknown":
            return await _look_up(store, effects, action, clock)
        case "planned":
            if not await store.start_action(action.key, clock()):
                return "refused"
            if await store.looks_first(clock()):
                return await _unless_done(store, effects, action, clock, premise)
            return await _execute(store, effects, action, clock, premise)


async def _unless_done(store: Store, effects: Effects, action: Action, clock: Callable[[], datetime], premise: Premise | None) -> Result:
    """In a restored copy: what was done after the backup is not known here, and its target is asked before anything is done again."""
    try:
        found = await effects.look_up(command_of(action))
    except EffectRefused:
        found = "unknowable"
    if found == "absent":
        return await _execute(store, effects, action, clock, premise)
    if found == "unknowable":
        why = "this is a restored copy, and the target cannot say whether it was done before"
        await store.finish_action(action.key, state="unknown", at=clock(), error=why)
        return "unknown"
    return await _done(store, action, found)


def command_of(action: Action, premise: Premise | None = None) -> Command:
    """The effect of a ledger entry; its key is the marker by which the target can find it again."""
    return Command(action.key, effect_of(action.kind), action.target, action.payload, premise)


def effect_of(kind: str) -> str:
    """What a ledger entry of this kind does on the outside system."""
    return StepKind.TASK.value if kind == DATA_TASK else kind


async def _execute(store: Store, effects: Effects, action: Action, clock: Callable[[], datetime], premise: Premise | None) -> Result:
    try:
        receipt = await effects.execute(command_of(action, premise))
    except EffectOvertaken as error:
        await store.finish_action(action.key, state="planned", at=clock(), error=f"judged again: {error}")
        raise NotYetDone(action.key, f"{error}, so it is judged again") from error
    except EffectRefused as error:
        await store.finish_action(action.key, state="failed", at=clock(), error=str(error))
        return "failed"
    except EffectUnknown as error:
        await store.finish_action(action.key, state="unknown", at=clock(), error=str(error))
        return await _look_up(store, effects, action, clock)
    except EffectPostponed as error:
        await store.finish_action(action.key, state="planned", at=clock(), error=str(error))
        raise
    return await _done(store, action, receipt)


async def _done(store: Store, action: Action, receipt: Receipt) -> Result:
    handed = {IN_HAND: True} if receipt.in_hand else {}
    await store.finish_action(action.key, state="done", at=receipt.at, result={"reference": receipt.reference, **handed})
    return "done"


async def _look_up(store: Store, effects: Effects, action: Action, clock: Callable[[], datetime]) -> Result:
    why = "the target cannot say whether it happened"
    try:
        found = await effects.look_up(command_of(action))
    except EffectRefused as error:  # not even the question is taken, such as by a system that is connected no longer
        found, why = "unknowable", f"{why}: {error}"
    if found == "unknowable":
        await store.finish_action(action.key, state="unknown", at=clock(), error=why)
        return "unknown"
    if found == "absent":
        await store.finish_action(action.key, state="planned", at=clock(), error="looked up: it had not happened")
        raise NotYetDone(action.key, f"it had not happened at {action.target}, so it is planned again")
    return await _done(store, action, found)
