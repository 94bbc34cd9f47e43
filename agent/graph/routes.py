"""Where a run goes next. Pure; the Literals are what the diagram is drawn from."""

from typing import Literal

from agent.graph.state import State


def enter(state: State) -> Literal["gather", "ask", "revalidate", "act", "finish"]:
    """A fresh run starts at `gather`; one that waited goes on where the runs table says."""
    return state.get("entry", "gather")


def after_gather(state: State) -> Literal["propose", "record"]:
    """Suppressed events are only recorded."""
    return "record" if state.get("route") == "suppressed" else "propose"


def after_record(state: State) -> Literal["revalidate", "ask", "finish", "__end__"]:
    """Act, ask, wait for the clock (a deferral, or the time for undoing), or finish."""
    if state.get("next") == "wait":
        return "__end__"
    match state.get("route"):
        case "act":
            return "revalidate"
        case "ask":
            return "ask"
        case _:
            return "finish"


def after_ask(state: State) -> Literal["revalidate", "finish", "ask"]:
    """Only an approval goes on. What did not come by the service is nobody's answer, such as a resume from a tool: it is asked again."""
    answer = state.get("answer", {})
    if "approved" not in answer:
        return "ask"
    return "revalidate" if answer["approved"] else "finish"


def after_revalidate(state: State) -> Literal["act", "ask", "finish", "__end__"]:
    """Nothing changed that mattered: act. Something did: ask again. Forbidden: finish. Too early: wait."""
    match state.get("next"):
        case "act":
            return "act"
        case "ask":
            return "ask"
        case "wait":
            return "__end__"
        case _:
            return "finish"


def after_act(state: State) -> Literal["finish", "__end__"]:
    """A run with an unknown effect is parked for a person instead of finished."""
    return "__end__" if state.get("next") == "parked" else "finish"
