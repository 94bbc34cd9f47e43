"""The card of an ask: everything that is needed to say yes or no in ten seconds, and the buttons to say it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.approvers import AND
from agent.domain.escalation_path import escalation_path
from agent.domain.fact_names import in_words
from agent.domain.plays import Play
from agent.domain.records import APPROVED, Approval
from agent.domain.spoken import happened, sentence, spoken
from agent.domain.weighing import weighed
from integrations.slack import blocks as b
from integrations.slack import letter
from integrations.slack.blocks import Block, Element
from integrations.slack.wording import LONGEST_VALUE, fact_line
from integrations.telling import words
from integrations.telling.asking import OPEN, confidence, expected, ruled_out, runner_up, why_asked, worth
from integrations.telling.case import Case
from integrations.telling.standing import mending, standing
from integrations.telling.wording import lacked, without_code

APPROVE, EDIT, REJECT, SNOOZE, WHY, UNDO = (f"nextplay_{name}" for name in ("approve", "edit", "reject", "snooze", "why", "undo"))
ACTIONS = (APPROVE, EDIT, REJECT, SNOOZE, WHY, UNDO)
FACTS_SHOWN = 3
MOST_NAMED = 5
"""People who are named one by one."""


@dataclass(frozen=True)
class Card:
    """One ask, as one person sees it. `members` are Slack user ids by e-mail, of those who are `mentioned`, `names` what colleagues are called,
    `reader` whose card it is (None in a channel); `undo_until` is set while Undo is possible, `asked_again` when a newer ask of the decision
    has taken its place.
    """

    case: Case
    ask: Approval
    play: Play | None
    members: Mapping[str, str]
    asks: Sequence[Approval] = ()
    undo_until: datetime | None = None
    asked_again: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    reader: str | None = None

    @property
    def title(self) -> str:
        """The play, the account, and what is at stake."""
        chosen = self.case.chosen
        return " · ".join(part for part in (chosen.title if chosen else "Proposal", self.case.account_name(), worth(self.case)) if part)

    @property
    def live(self) -> bool:
        """Whether its reader is still asked for an answer."""
        return self._waits and not self.passed_on

    @property
    def passed_on(self) -> bool:
        """Whether it still waits, but for others than its reader."""
        return self._waits and self.reader is not None and self.reader.lower() not in {email.lower() for email in self.ask.asked}

    @property
    def _waits(self) -> bool:
        return self.ask.state in OPEN and self.ask.expires_at > self.case.now and not self.asked_again


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as Slack takes it: blocks, and the words for notifications."""

    text: str
    blocks: list[Block]


def render(card: Card) -> Shown:
    """The card as it stands now: with buttons while it waits, with the answer afterwards."""
    made = [b.header(card.title), *_story(card), b.divider(), *letter.blocks(card.case), *_foot(card)]
    return Shown(b.fallback(f"{_standing_words(card)}: {card.title}"), made[: b.MOST_MESSAGE_BLOCKS])


# --- the story --------------------------------------------------------------------------------------------------------


def _story(card: Card) -> Iterator[Block]:
    if card.ask.difference:
        yield b.rich(
            b.section(b.words("What changed since it was approved", bold=True)),
            b.bullets([[b.words(sentence(in_words(line)))] for line in card.ask.difference], most=8),
        )
    yield b.rich(b.section(*_why_now(card.case, card.names)))
    facts = weighed(card.case.decision)[:FACTS_SHOWN]
    if facts:
        yield b.rich(b.bullets([fact_line(card.case, fact) for fact in facts]))
    if path := escalation_path(card.case.decision, card.case.chosen):
        yield b.rich(b.section(b.words("Why this group", bold=True)), b.bullets([[b.words(line)] for line in path]))
    yield b.rich(b.section(*_expected(card)))
    if card.live and card.play is not None and card.play.mailed:
        yield b.rich(b.section(b.words("On approval  ", bold=True), b.words("It is mailed as it stands here, in its owner's name.")))
    for against in ([*_runner_up(card.case)], [*_ruled_out(card.case)]):
        if against:
            yield b.rich(b.section(*against))


def _why_now(case: Case, names: Mapping[str, str]) -> Iterator[Element]:
    trigger = case.decision.trigger
    yield b.words("Why now  ", bold=True)
    yield b.words(f"{happened(trigger.type)}, ")
    yield b.moment(trigger.occurred_at)
    yield b.words(". ")
    if reasons := why_asked(case):
        yield from b.told(f"You are asked because {'; '.join(reasons)}.", names)
    for drawn in (reason for reason in case.decision.reasons if reason.code == "explored"):
        yield from b.told(f" {sentence(drawn.said)}.", names)


def _expected(card: Card) -> Iterator[Element]:
    yield b.words("Expected  ", bold=True)
    yield b.words(expected(card.case, card.play))
    yield b.words(confidence(card.case))


def _runner_up(case: Case) -> Iterator[Element]:
    """The next best play, with what it lacked."""
    other = runner_up(case)
    if other is not None:
        yield b.words("Not instead  ", bold=True)
        yield b.words(f"{b.cut(other.title, LONGEST_VALUE)}: {b.cut(lacked(case, other), LONGEST_VALUE * 2)}.")


def _ruled_out(case: Case) -> Iterator[Element]:
    """The rule that struck out the most."""
    if found := ruled_out(case):
        struck, rule, said = found
        yield b.words("Ruled out  ", bold=True)
        yield b.words(f"{b.cut(struck.title, LONGEST_VALUE)}, by ")
        yield b.words(b.cut(rule, LONGEST_VALUE), code=True)
        yield b.words(f": {said}.")


# --- the foot ---------------------------------------------------------------------------------------------------------


def _foot(card: Card) -> Iterator[Block]:
    if card.live:
        yield b.rich(b.section(*_who_may(card)))
        yield b.actions(*_buttons(card), block_id=f"ask:{card.ask.id}")
        yield b.context(card.case.decision.id)
        return
    yield b.rich(b.section(*_answered(card)))
    buttons = [b.button("Undo", UNDO, card.ask.id, style="danger")] if card.undo_until else []
    yield b.actions(*buttons, b.button("Why", WHY, card.ask.id), block_id=f"ask:{card.ask.id}")
    yield b.context(card.case.decision.id)


def _who_may(card: Card) -> Iterator[Element]:
    yield b.words("May answer  ", bold=True)
    yield from _people(card, card.ask.allowed)
    yield b.words(f" as {words.role(card.ask.needed_role)}, until ")
    yield b.moment(card.ask.expires_at)
    others = [ask for ask in card.asks if ask.id != card.ask.id and ask.state in OPEN]
    if others:
        yield b.words(f". Also needed: {words.listed([words.role(ask.needed_role) for ask in others])}")
    yield b.words(f".{_reminded(card)}")
    if card.ask.routing:
        yield from b.told(f" ({without_code(card.ask.routing)})", card.names, italic=True)


def _reminded(card: Card) -> str:
    """Asks of required plays have no reminder; the others have one until it has been sent."""
    required = any(reason.code == "required" for reason in card.case.decision.reasons)
    if card.ask.state == "snoozed":
        return " ⏰ Put off for now."
    return "" if required or card.ask.remind_at is not None else " ⏰ Reminded once already."


def mentioned(ask: Approval) -> set[str]:
    """The addresses of all whom the card of an ask may mention."""
    named = (*ask.allowed[:MOST_NAMED], *ask.asked[:MOST_NAMED], *(ask.passed_on_by or "").split(AND)[-1:], ask.answered_by)
    return {email for email in named if email}


def _people(card: Card, emails: Sequence[str]) -> Iterator[Element]:
    """Members by name; who is not in the workspace by address."""
    if not emails:
        yield b.words("nobody who is available")
    for index, email in enumerate(emails[:MOST_NAMED]):
        yield b.words(", ") if index else b.words("")
        yield b.person(card.members[email]) if email in card.members else b.words(card.names.get(email, email))
    if len(emails) > MOST_NAMED:
        yield b.words(f" and {len(emails) - MOST_NAMED} more")


def _buttons(card: Card) -> list[Element]:
    ref = card.ask.id
    return [
        b.button("Approve", APPROVE, ref, style="primary"), b.button("Edit", EDIT, ref), b.button("Reject", REJECT, ref, style="danger"),
        b.button("Snooze", SNOOZE, ref), b.button("Why", WHY, ref),
    ]  # fmt: skip


_MISSED = "⌛ Not answered in time"
_ANSWERED = {
    "approved": "✅ Approved",
    "edited": "✅ Approved with changes",
    "rejected": "⛔ Rejected",
    "superseded": "↪️ Replaced by a newer proposal",
    "blocked": "🛑 Blocked by an operator",
    "void": "↪️ No longer asked",
}
"""What became of an ask that cannot be answered any more."""


def _standing_words(card: Card) -> str:
    if card.live:
        return "Something changed, please look again" if card.ask.difference else "Your decision is needed"
    return _became(card)


def _became(card: Card) -> str:
    if card.passed_on:
        return "↪️ Passed on"
    if card.asked_again:
        return "↪️ Asked again, because something changed"
    if _taken_back(card):
        return "↪️ Taken back"
    return "↩️ Approved" if _undone(card) else _ANSWERED.get(card.ask.state, _MISSED)


def _taken_back(card: Card) -> bool:
    """As part of a bulk change, rather than because a newer proposal has taken its place."""
    return card.ask.state == "superseded" and any(reason.code == "bulk_hold" for reason in card.case.decision.reasons)


def _undone(card: Card) -> bool:
    actions = card.case.decision.actions
    return card.ask.state in APPROVED and bool(actions) and all((action.error or "").startswith("undone by ") for action in actions)


def _answered(card: Card) -> Iterator[Element]:
    ask = card.ask
    if card.passed_on:
        yield from _passed_on(card)
        return
    yield b.words(_became(card), bold=True)
    if ask.answered_by:
        yield b.words(" by ")
        yield from _people(card, [ask.answered_by])
    ended = ask.expires_at if ask.state == "expired" else ask.at  # it ends by itself, also where that is noticed later
    if ended is not None:
        yield b.words(", ")
        yield b.moment(ended)
    if ask.reason:
        yield b.words(f": {words.role(ask.reason)}")
    yield from _noted(card)
    yield b.words(". ")
    yield from _effect(card)


def _noted(card: Card) -> Iterator[Element]:
    """The words of who answered are quoted; why operators ended an ask is told, and no other decision is named."""
    ask = card.ask
    if ask.ended and (ask.state == "blocked" or _taken_back(card)):
        yield b.words(f": {in_words(ask.ended.removeprefix('blocked: '))}")
    if ask.note:
        yield b.words(f" “{ask.note}”", italic=True)


def _passed_on(card: Card) -> Iterator[Element]:
    """To whom, by whom and when: its reader need not answer it any more."""
    yield b.words(f"{_became(card)} to ", bold=True)
    yield from _people(card, card.ask.asked) if card.ask.asked else [b.words("everybody in the channel who may answer")]
    if card.ask.passed_on_by and card.ask.passed_on_at:
        last = card.ask.passed_on_by.split(AND)[-1]
        yield b.words(" by ")
        yield from [b.words("you")] if last == card.reader else _people(card, [last])
        yield b.words(", ")
        yield b.moment(card.ask.passed_on_at)
    yield b.words(".")


def _effect(card: Card) -> Iterator[Element]:
    """What was done since, what will be, and what came of it."""
    if card.undo_until is not None:
        yield b.words("Nothing has left the house yet; it can be undone until ")
        yield b.moment(card.undo_until)
        yield b.words(".")
    elif _undone(card):
        yield from b.told(f"{sentence(in_words(card.case.decision.actions[0].error or ''))}: nothing was done.", card.names)
    elif card.ask.state in APPROVED:
        yield from b.told(standing(card.case.decision), card.names)
    elif task := mending(card.case.decision):
        yield b.words(f"{sentence(task)}.")
    outcome = card.case.decision.outcome
    if outcome is not None and outcome.result:
        figure = f" {words.number(outcome.value)}" if outcome.value not in (None, 1) else ""
        metric = f", {spoken(outcome.metric)}{figure}" if outcome.metric else ""
        yield b.words(f" Outcome: {words.role(outcome.result)}{metric}.", bold=True)
    if outcome is not None and outcome.guardrails:
        yield b.words(f" ⚠️ {words.listed([words.role(one) for one in outcome.guardrails]).capitalize()}.", bold=True)
