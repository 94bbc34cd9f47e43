"""What customers were sent in a case, each text with what a reader needs to say how it reads."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.briefing import may_show
from agent.domain.claims.personal_data import without
from agent.domain.decision import CandidateRecord, Decision
from agent.domain.plays import Play
from agent.prompts import fenced
from evals.effects import reaches_customer, words, written
from evals.stage import Seen
from evals.world import World
from tools.processing import may_use_model

LONGEST_UNTRUSTED = 6000


@dataclass(frozen=True, slots=True)
class Letter:
    """One text that a customer reads. `inputs` are those of the prompt `judge_wording`; where no model may see it, `withheld` says why."""

    effect: str
    inputs: Mapping[str, str]
    withheld: str | None = None


def letters(seen: Seen) -> list[Letter]:
    """Every text that customers were sent, in the order in which it was."""
    return [_letter(one.effect, seen.last.get(one.decision or ""), seen) for one in seen.effects if reaches_customer(one.effect)]


def _letter(effect: Mapping[str, Any], decision: Decision | None, seen: Seen) -> Letter:
    chosen = decision.chosen if decision else None
    play = seen.playbook.plays.get(chosen.play) if seen.playbook and chosen else None
    if decision is None or chosen is None or play is None:
        return Letter(written(effect), {}, "no decision of this playbook stands behind it")
    if not may_use_model(decision.facts):
        return Letter(written(effect), {}, "the account does not allow AI processing, or that is not known")
    world, values = seen.worlds[decision.id], _values(decision, chosen, play)
    return Letter(written(effect), {
        "play": play.title,
        "purpose": play.purpose,
        "language": _language(values),
        "values": fenced(json.dumps(values, ensure_ascii=False, indent=1, default=str)),
        "passage": fenced(_source(chosen, world)),
        "untrusted": fenced(_asked(decision, play, world)),
        "text": fenced(words(effect)),
    })  # fmt: skip


def _values(decision: Decision, chosen: CandidateRecord, play: Play) -> dict[str, Any]:
    """What a model may know when it words this, as far as it is known."""
    about = (None, chosen.recipient, chosen.target, chosen.material)
    facts = {one.name: one.value for one in decision.facts if one.known and one.of in about}
    params = {f"params.{name}": value for name, value in (decision.proposal.params if decision.proposal else chosen.params).items()}
    return {name: value for name, value in (facts | params).items() if value is not None and name in may_show(play)}


def _language(values: Mapping[str, Any]) -> str:
    """Two letters and nothing else, because it stands in no fence; English where it is not known, as templates have it."""
    code = re.match("[a-z]{2}", str(values.get("contact.language") or values.get("ticket.language") or "").lower())
    return code[0] if code else "en"


def _source(chosen: CandidateRecord, world: World) -> str:
    """The whole text of what was sent along, unless it is for colleagues alone."""
    found = world.one("articles", chosen.material) or world.one("assets", chosen.material)
    return "" if found.get("visibility") == "internal" else str(found.get("body") or found.get("summary") or "")


def _asked(decision: Decision, play: Play, world: World) -> str:
    """What the customer wrote, where the message is an answer to it."""
    if play.purpose != "service":
        return ""
    return without("\n\n".join(_written_by_customer(world.one("tickets", decision.subject.id)))[:LONGEST_UNTRUSTED])


def _written_by_customer(ticket: Mapping[str, Any]) -> Iterator[str]:
    if ticket.get("subject"):
        yield f"Subject: {ticket['subject']}"
    if ticket.get("body"):
        yield str(ticket["body"])
    yield from (str(one["body"]) for one in ticket.get("messages") or () if one.get("by") == "customer")
