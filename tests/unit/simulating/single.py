"""One decision, made under a playbook of a few plays."""

from collections.abc import Iterable
from typing import Any

from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.domain.records import Run
from agent.domain.rules import Rule
from agent.graph.recording import decision_of
from agent.ports import Kept
from agent.rejudging import judged_again
from agent.simulating import Opened
from tests.unit.domain.building import AT, play, playbook, surface, task
from tests.unit.simulating.world import CONDITIONS

TEXT = {"subject": {"en": "Hello {{ contact.first_name }}"}, "body": {"en": "A word on {{ account.name }}."}}
MAIL, OFFER, CALL = play("mail", content=TEXT), play("offer", content=TEXT, value="200.0"), task("call", value="50.0")


def small_book(*rules: Rule, plays: Iterable[Play] = (MAIL, CALL), **of_surface: Any) -> Playbook:
    """A playbook whose one surface has these plays, and takes every risk."""
    catalogue = list(plays)
    return playbook(*rules, plays=catalogue, on=surface(plays=[one.id for one in catalogue], max_risk="high", **of_surface))


def decided(book: Playbook, given: Evidence, model: Model = PRIORS, **became: Any) -> Opened:
    """A decision with its words. `became`: what its record says of what became of it."""
    judgement, text = judged_again(given, book, None, model, vendor=CONDITIONS.vendor)
    run = Run("run_00001", "acc", given.event, given.surface, "new", AT)
    first = decision_of(run, book, given, judgement, text)
    return Opened(Kept(first.model_copy(update=became), given), first)
