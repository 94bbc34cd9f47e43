"""A world small enough to be lived through twice: once under the playbook in force, once under a draft, with the same events and answers.

What is decided is done without a second look, and people answer what they are asked as a script says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from agent.domain.decision import ActionRecord, ApprovalRecord, Decision
from agent.domain.evidence import Calendar, Evidence, OpenProposal, Past, Touch
from agent.domain.facts import Status
from agent.domain.playbook import Playbook
from agent.domain.plays import LaunchLimits, Play, Surface
from agent.domain.records import Run
from agent.domain.rules import Rule
from agent.graph.papers import OPENING_ROUTES, superseded_by, unless_open
from agent.graph.recording import decision_of
from agent.ports import Kept
from agent.rejudging import judged_again
from agent.simulating import Conditions
from tests.unit.domain.building import AT, contact, event, evidence, facts, play, rule, surface, task

UNDO = timedelta(seconds=60)
CONDITIONS = Conditions("Tessera", UNDO)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
"""No two decisions are made at the very same moment: which of them another replaced could not be told from when it ended."""
FAMILIES: Mapping[str, tuple[str, ...]] = {"a1": ("a1", "a2"), "a2": ("a1", "a2"), "b1": ("b1",)}
OFFICE = Calendar("UTC", dict.fromkeys(range(5), (8 * 60, 18 * 60)))


@dataclass(frozen=True, slots=True)
class Happening:
    """An event: when, on which account, how large the deal, and what else is so. `uncounted`: contacts are missing from the history."""

    hour: int
    account: str
    kind: Literal["deal.stage_changed", "contract.window_opened"] = "deal.stage_changed"
    amount: float = 20_000
    p1: bool = False
    subject: str = "deal"
    answer: Literal["approve", "reject", "ignore"] = "approve"
    after: int = 3
    uncounted: bool = False


@dataclass(slots=True)
class Fate:
    """What becomes of one decision: when it is done, rejected, or ended by another."""

    decision: Decision
    evidence: Evidence
    play: Play | None = None
    done: datetime | None = None
    rejected: datetime | None = None
    ended: datetime | None = None
    asked: bool = False
    superseded: datetime | None = None

    def cut(self, at: datetime) -> None:
        """Another takes its place, if it still waits."""
        if self.superseded is None:
            self.superseded = at
        self.ended = at if self.ended is None else min(self.ended, at)
        if self.done is not None and self.done > at:
            self.done = None
        if self.rejected is not None and self.rejected > at:
            self.rejected = None


Answering = Callable[[int, Decision, datetime | None], tuple[datetime | None, datetime | None, datetime | None]]
"""Of an event's number, what was decided and the moment until which it waits: when it is done, rejected and ended."""


@dataclass(slots=True)
class World:
    """One life. `answering` says what becomes of what asks, acts or waits."""

    playbook: Playbook
    happenings: Sequence[Happening]
    answering: Answering
    fates: list[Fate] = field(default_factory=list)

    def live(self) -> "World":
        """Let everything happen."""
        for number, happening in enumerate(self.happenings):
            self._decide(number, happening)
        return self

    def kept(self) -> list[Kept]:
        """The decisions with what became of them."""
        return [Kept(_joined(fate), fate.evidence) for fate in self.fates]

    def _decide(self, number: int, happening: Happening) -> None:
        given = self._evidence(number, happening)
        judgement, text = judged_again(given, self.playbook, None, vendor=CONDITIONS.vendor)
        run = Run(f"run_{number:04}", happening.account, given.event, given.surface, "new", given.at)
        decision = unless_open(decision_of(run, self.playbook, given, judgement, text), given)
        fate = Fate(decision, given, self.playbook.plays.get(judgement.chosen.play) if judgement.chosen else None)
        self.fates.append(fate)
        if judgement.chosen is None or decision.route not in OPENING_ROUTES:
            return
        for name in superseded_by(self.playbook, judgement.chosen.play, given):
            next(one for one in self.fates if one.decision.id == name).cut(given.at)
        fate.asked = decision.route == "ask"
        fate.done, fate.rejected, fate.ended = self.answering(number, decision, judgement.verdicts[judgement.chosen.id].until)

    def _evidence(self, number: int, happening: Happening) -> Evidence:
        at, family = AT + happening.hour * HOUR + number * SECOND, FAMILIES[happening.account]
        touches = tuple(touch for fate in self.fates for touch in _touches(fate) if touch.account in family and touch.at <= at)
        past = [one for fate in self.fates for one in _past(fate) if one.account in family and one.at <= at]
        last = max((touch.at for touch in touches if touch.account == happening.account), default=None)
        people = tuple(contact(f"{happening.account}-{name}", account=happening.account) for name in ("ann", "bob"))
        values: dict[str, Any] = {
            "account.name": happening.account, "deal.amount": happening.amount, "family.open_p1_tickets": int(happening.p1),
            "account.days_since_contact": Status.MISSING if happening.uncounted else None if last is None else (at - last).days,
        }  # fmt: skip
        known = [*facts(values), *(one for person in people for one in facts({"contact.first_name": person.first_name}, of=person.id))]
        return evidence(
            at=at, event=event(id=f"evt_{number}", type=happening.kind, occurred_at=at, received_at=at, account=happening.account,
                               subject_id=f"{happening.account}-{happening.subject}"),
            surface="deals" if happening.kind == "deal.stage_changed" else "renewals", account=happening.account, family=family, contacts=people,
            calendars=dict.fromkeys((person.id for person in people), OFFICE), touches=touches,
            past=tuple(sorted(past, key=lambda one: (one.at, one.decision, one.what))),
            open_proposals=tuple(_open(fate) for fate in self.fates if _waits(fate, at) and fate.decision.subject.account in family),
            labels={"mail": 60, "offer": 60, "call": 60, "task": 60},
            facts=tuple(replace(one, read_at=at, as_of=at) for one in known),
        )  # fmt: skip


def answered_by(happenings: Sequence[Happening]) -> Answering:
    """People answer as the happenings say."""

    def answering(number: int, decision: Decision, until: datetime | None) -> tuple[datetime | None, datetime | None, datetime | None]:
        one, at = happenings[number], decision.created_at
        soonest = at + UNDO if _visible(decision) else at
        if decision.route != "ask":
            done = soonest if until is None else max(until, soonest)
            return done, None, done
        then = at + one.after * HOUR
        if one.answer == "reject":
            return None, then, then
        if one.answer == "ignore":
            return None, None, None
        done = then if until is None else max(then, until)
        return done, None, done

    return answering


def answered_as(before: World) -> Answering:
    """What becomes of a decision in another life, as a simulation assumes it."""

    def answering(number: int, decision: Decision, until: datetime | None) -> tuple[datetime | None, datetime | None, datetime | None]:
        was, at = before.fates[number], decision.created_at
        old = was.decision
        opened = old.route in OPENING_ROUTES
        if old.choice == decision.choice and opened and decision.route in ("ask", old.route):
            if decision.route == "deferred" and until is not None and was.done is not None:
                return max(was.done, until), was.rejected, max(was.done, until)
            return was.done, was.rejected, was.ended
        soonest = at + UNDO if _visible(decision) else at
        if decision.route != "ask" or old.route != "ask":
            done = soonest if until is None else max(until, soonest)
            return done, None, done
        if was.rejected is not None:
            return None, was.rejected, was.rejected
        if was.done is None:
            return None, None, was.ended
        done = was.done if until is None else max(was.done, until)
        return done, None, done

    return answering


def _visible(decision: Decision) -> bool:
    return decision.chosen is not None and decision.chosen.reach == "customer"


def _touches(fate: Fate) -> Iterable[Touch]:
    chosen = fate.decision.chosen
    if fate.done is not None and chosen is not None and chosen.reach == "customer":
        account = fate.decision.subject.account or ""
        yield Touch(chosen.recipient or "", account, fate.done, chosen.channel, chosen.purpose, "nextplay", "sent", ours=True)


def _past(fate: Fate) -> Iterable[Past]:
    chosen, account = fate.decision.chosen, fate.decision.subject.account or ""
    if chosen is None:
        return
    about = (fate.decision.id, chosen.play, chosen.kind, account, fate.decision.subject.id, chosen.recipient or "", "")
    if fate.done is not None:
        yield Past(*about, "delivered", fate.done)
    if fate.rejected is not None:
        yield Past(*about, "rejected", fate.rejected, "irrelevant")


def _waits(fate: Fate, at: datetime) -> bool:
    return fate.decision.route in OPENING_ROUTES and (fate.ended is None or fate.ended > at)


def _open(fate: Fate) -> OpenProposal:
    decision = fate.decision
    chosen, proposal = decision.chosen, decision.proposal
    assert chosen is not None
    assert proposal is not None
    return OpenProposal(decision.id, chosen.play, "", decision.subject.account or "", chosen.recipient or "", proposal.digest, decision.subject.id)


def _joined(fate: Fate) -> Decision:
    """The record as the store would give it."""
    decision, chosen = fate.decision, fate.decision.chosen
    if chosen is None or decision.route not in OPENING_ROUTES:
        return decision
    assert fate.play is not None
    steps = [
        ActionRecord(key=f"{decision.id}-{index}", step=index, kind=step.do.value, state="done", target="x", at=fate.done, error=None)
        for index, step in enumerate(fate.play.steps)
        if fate.done is not None
    ]  # fmt: skip
    asks = []
    if fate.asked:
        state, answer, at = "open", None, None
        if fate.rejected is not None:
            state, answer, at = "rejected", "reject", fate.rejected
        elif fate.done is not None:
            state, answer, at = "approved", "approve", fate.done
        elif fate.superseded is not None:
            state, at = "superseded", fate.superseded
        asks.append(ApprovalRecord(
            id=f"apr_{decision.id}_1_0", state=state, asked=["rep@x.test"], needed_role="deal_owner", expires_at=decision.created_at + 900 * HOUR,
            answered_by="rep@x.test" if answer else None, answer=answer, reason="irrelevant" if state == "rejected" else None, at=at,
        ))  # fmt: skip
    elif fate.superseded is not None and fate.done is None:  # it waited for its moment
        steps = []
    return decision.model_copy(update={"actions": steps, "approvals": asks})


# --- the playbook in force, and what drafts do to it ---------------------------------------------------------------------

_TEXT = {"subject": {"en": "Hello {{ contact.first_name }}"}, "body": {"en": "A word on {{ account.name }}."}}


def in_force() -> Playbook:
    """Two surfaces, four plays, and a rule of every kind."""
    plays = [
        play("mail", content=_TEXT, value="deal.amount * 0.01", recipient={"roles": ["champion"], "at_most": 2}),
        play("offer", content=_TEXT, value="deal.amount * 0.008", exclusive_group="money", purpose="contractual"),
        task("call", value="60.0"), task("task", value="20.0"),
    ]  # fmt: skip
    rules = [
        rule(
            id="account-cap", layer="contact", scope="family", applies_to={"proactive": True}, params={"n": 2},
            effect={"kind": "cap", "per": "3d", "limit": "params.n"},
        ),
        rule(id="again", layer="contact", scope="account", effect={"kind": "cooldown", "of": ["rejected"], "per": "4d"}),
        rule("family.open_p1_tickets > params.limit", id="no-selling", params={"limit": 0}, applies_to={"reach": "customer"}),
        rule("deal.amount > params.high", id="large", effect="ask", params={"high": 60000}),
        rule("deal.amount < params.low", id="small", params={"low": 4000}, applies_to={"reach": "customer"}),
        rule("account.days_since_contact < params.days", id="just-met", params={"days": 1}, applies_to={"plays": ["offer"]}),
        rule(id="hours", layer="contact", applies_to={"reach": "customer"}, effect={"kind": "defer", "until": "recipient_hours"}),
        rule("contact.first_name == 'B1-bob'", id="not-bob", applies_to={"plays": ["mail"]}),
        rule("history.days_since_rejected < 9.0", id="cool", effect={"kind": "boost", "factor": 0.6}),
    ]  # fmt: skip
    names = [one.id for one in plays]
    deals = surface(plays=names, max_risk="high", launch={"decisions_at_least": 60})
    renewals = surface(id="renewals", plays=["offer", "call"], mode="suggest", trigger={"types": ["contract.window_opened"]})
    return Playbook.of([deals, renewals], plays, rules, "in-force")


def changed(book: Playbook, **parts: Any) -> Playbook:
    """A draft: the playbook with some of its rules, plays or surfaces replaced; None takes a rule away."""

    def merged(kind: str, known: Mapping[str, Any]) -> dict[str, Any]:
        return {name: one for name, one in {**known, **parts.get(kind, {})}.items() if one is not None}

    return Playbook(merged("surfaces", book.surfaces), merged("plays", book.plays), merged("rules", book.rules), "draft")


def with_params(book: Playbook, name: str, **params: float) -> Rule:
    """A rule with other parameters."""
    numbers = {key: float(value) for key, value in params.items()}
    return book.rules[name].model_copy(update={"params": {**book.rules[name].params, **numbers}})


def drafts(book: Playbook) -> dict[str, Playbook]:
    """Each thing that a draft may do, alone."""
    deals, mail, offer = book.surfaces["deals"], book.plays["mail"], book.plays["offer"]

    def of_surface(one: Surface, **changes: Any) -> Playbook:
        return changed(book, surfaces={one.id: one.model_copy(update=changes)})

    return {
        "a limit that seldom matters": changed(book, rules={"no-selling": with_params(book, "no-selling", limit=1)}),
        "another limit": changed(book, rules={"large": with_params(book, "large", high=15000)}),
        "a tighter cap": changed(book, rules={"account-cap": with_params(book, "account-cap", n=1)}),
        "no cap": changed(book, rules={"account-cap": None}),
        "no pause": changed(book, rules={"again": None}),
        "a rule more": changed(book, rules={"new": rule("deal.amount > 30000.0", id="new", applies_to={"plays": ["mail"]})}),
        "a rule about people": changed(book, rules={"new": rule("contact.first_name == 'A1-ann'", id="new")}),
        "a rule that is off": changed(book, rules={"no-selling": book.rules["no-selling"].model_copy(update={"enabled": False})}),
        "another reason": changed(book, rules={"small": book.rules["small"].model_copy(update={"why": "another"})}),
        "the usual launch check": of_surface(deals, launch=LaunchLimits()),
        "another lever": changed(book, rules={"cool": rule("history.days_since_rejected < 9.0", id="cool", effect={"kind": "boost", "factor": 2.0})}),
        "asks instead": of_surface(deals, mode="suggest"),
        "in shadow": of_surface(deals, mode="shadow"),
        "a play less": of_surface(deals, plays=("offer", "call", "task")),
        "another value": changed(book, plays={"offer": offer.model_copy(update={"value": "deal.amount * 0.02"})}),
        "other words": changed(book, plays={"mail": play("mail", content={**_TEXT, "subject": {"en": "Good day"}}, value=mail.value)}),
        "another group": changed(book, plays={"mail": mail.model_copy(update={"exclusive_group": "money"})}),
        "no such event": of_surface(deals, trigger=deals.trigger.model_copy(update={"types": ()})),
    }
