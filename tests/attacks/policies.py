"""Playbooks whose settings are drawn: modes, limits, caps, priors, spans and switches, whatever the console lets people set."""

from functools import cache
from random import Random

from agent.domain.playbook import Playbook
from agent.playbook.changing import Setting, Unusable, changed
from agent.playbook.loader import DEFAULT, load
from agent.playbook.parameters import Parameter, Unfit, Value, parameters, read, same

OTHERS: dict[str, list[str]] = {
    "switch": ["no", "yes"], "span": ["0h", "1h", "5h", "90d"], "date": ["", "2026-01-01", "2027-01-31"], "hours": ["21:00-06:30", "00:00-23:59"],
    "number": ["0", "0.01", "0.1", "0.5", "0.99", "1", "-0.25", "7", "500", "1000000"], "whole": ["0", "1", "3", "500"],
}  # fmt: skip


@cache
def shipped() -> Playbook:
    """The one that is shipped."""
    return load(DEFAULT)


def drawn(dice: Random, *, share: float) -> Playbook:
    """The shipped one with about this share of its settings set to anything that they may be."""
    while True:
        settings = []
        for at, parameter in parameters(shipped()).items():
            if dice.random() < share and not same(value := _another(parameter, dice), parameter.value):
                settings.append(Setting(at, parameter.value, value))
        try:
            return changed(shipped(), settings).playbook
        except Unusable:  # together they make something that no playbook may be: the console refuses that too
            continue


def _another(parameter: Parameter, dice: Random) -> Value:
    text = dice.choice(list(parameter.choices) or OTHERS[parameter.shape])
    try:
        return read(parameter, text)
    except Unfit:
        return parameter.value
