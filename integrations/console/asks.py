"""An ask as the queue shows it: everything that is needed to say yes or no in ten seconds."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.escalation_path import escalation_path
from agent.domain.fact_names import in_words
from agent.domain.facts import Fact
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.domain.records import APPROVED, Approval
from agent.domain.spoken import happened, sentence
from agent.domain.weighing import true_since, weighed
from agent.listing import Asked
from integrations.telling import asking, words
from integrations.telling.case import Case
from integrations.telling.mattering import written
from integrations.telling.standing import standing
from integrations.telling.wording import SOURCES, labelled, lacked, without_code

FACTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact that spoke for it, as people read it; `since`: from when its value's age counts."""

    name: str
    value: str
    source: str
    since: datetime | None
    doubt: str


@dataclass(frozen=True, slots=True)
class Against:
    """What was not chosen, by what rule (None: it was only worth less), and why."""

    title: str
    rule: str | None
    why: str


@dataclass(frozen=True, slots=True)
class ShownAsk:
    """One ask as one person sees it. `may`: whether they may answer it; `undo_until` is set while what they said can be taken back."""

    asked: Asked
    case: Case
    play: Play | None
    names: Mapping[str, str]
    may: bool
    undo_until: datetime | None

    @property
    def ask(self) -> Approval:
        """The ask."""
        return self.asked.ask

    @property
    def title(self) -> str:
        """The play's title, as it was proposed."""
        return words.one_line(self.case.chosen.title) if self.case.chosen else "Proposal"

    @property
    def live(self) -> bool:
        """Whether it still waits for an answer."""
        return self.ask.state in asking.OPEN and self.ask.expires_at > self.case.now and not self._asked_again

    @property
    def ended(self) -> str:
        """Why it does not wait any more: the clock may not have come by yet since its time was over."""
        if self.ask.state not in asking.OPEN:
            return f"it is {words.role(self.ask.state)}"
        return "it was asked anew" if self._asked_again else "its time is over"

    @property
    def _asked_again(self) -> bool:
        return any(one.round > self.ask.round for one in self.asked.asks)

    @property
    def marks(self) -> list[tuple[str, str]]:
        """What stands out, each with its tone."""
        reasons = {reason.code for reason in self.case.decision.reasons}
        found = [("required by a rule", "bad")] if "required" in reasons else []
        found += [("sensitive", "warn")] if self.case.decision.sensitive.value else []
        found += [("changed since it was approved", "warn")] if self.ask.difference else []
        return found + ([("put off", "plain")] if self.live and self.ask.state == "snoozed" else [])

    @property
    def worth(self) -> str:
        """What is at stake."""
        return asking.worth(self.case)

    @property
    def happened(self) -> str:
        """What started it."""
        return happened(self.case.decision.trigger.type)

    @property
    def why(self) -> str:
        """Why a person is asked."""
        return "; ".join(words.one_line(one) for one in asking.why_asked(self.case))

    @property
    def changes(self) -> list[str]:
        """What has changed since it was approved."""
        return [words.one_line(sentence(in_words(line))) for line in self.ask.difference]

    @property
    def path(self) -> list[str]:
        """Why this group, where one was chosen."""
        return [words.one_line(line) for line in escalation_path(self.case.decision, self.case.chosen)]

    @property
    def facts(self) -> list[ShownFact]:
        """The first of those that spoke for it."""
        return [_fact(self.case, fact) for fact in weighed(self.case.decision)[:FACTS_SHOWN]]

    @property
    def expected(self) -> str:
        """What should come of it, and how sure that is."""
        return f"{asking.expected(self.case, self.play).strip()} {asking.confidence(self.case)}".strip()

    @property
    def against(self) -> list[Against]:
        """The runner-up with what it lacked, and the best of what rules struck out."""
        other, struck = asking.runner_up(self.case), asking.ruled_out(self.case)
        found = [Against(words.one_line(other.title), None, words.one_line(lacked(self.case, other)))] if other else []
        return [*found, *([Against(words.one_line(struck[0].title), struck[1], words.one_line(struck[2]))] if struck else [])]

    @property
    def address(self) -> str:
        """To whom it goes, and how."""
        proposal = self.case.decision.proposal
        if proposal is None:
            return ""
        to = self.case.named("contact", proposal.recipient) if proposal.recipient else "colleagues"
        return words.one_line(f"To {to} {f'by {proposal.channel}' if proposal.channel != 'internal' else ', inside the house'}").replace(" ,", ",")

    @property
    def params(self) -> list[tuple[str, str]]:
        """The parameters, as people read them."""
        given = self.case.decision.proposal.params if self.case.decision.proposal else {}
        return [labelled(name, words.value(value), self.case.currency) for name, value in given.items()]

    @property
    def content(self) -> list[tuple[str, str]]:
        """The words that will be sent, part by part."""
        given = self.case.decision.proposal.content if self.case.decision.proposal else {}
        return [(name, words.clean(text).strip()) for name, text in given.items() if text.strip()]

    @property
    def notes(self) -> list[str]:
        """What was noted when it was worded."""
        return [words.one_line(note) for note in (self.case.decision.proposal.notes if self.case.decision.proposal else ())]

    @property
    def mailed(self) -> bool:
        """Whether it leaves the house by mail on approval."""
        return self.play is not None and self.play.mailed

    @property
    def people(self) -> list[str]:
        """Who may answer, by name."""
        return [self.name(email) for email in self.ask.allowed or self.ask.asked]

    @property
    def routing(self) -> str:
        """Why these people are asked, where that is not plain."""
        return words.one_line(without_code(self.ask.routing)) if self.ask.routing else ""

    @property
    def also_needed(self) -> list[str]:
        """The roles that must approve besides."""
        return asking.also_needed(self.ask, self.asked.asks)

    @property
    def snoozes(self) -> list[tuple[str, str]]:
        """Until when it may be put off: the moment, and its words."""
        return [(until.isoformat(), said) for said, until in asking.snoozes(self.case.now, self.ask.expires_at)]

    @property
    def standing(self) -> str:
        """Where the decision stands, in a sentence."""
        return words.one_line(standing(self.case.decision))

    def name(self, email: str) -> str:
        """What a colleague is called."""
        return words.one_line(self.names.get(email, email))


def shown_ask(
    asked: Asked, who: str, *, answerable: Container[str], playbook: Playbook, names: Mapping[str, str], now: datetime, undo: timedelta
) -> ShownAsk:  # fmt: skip
    """An ask for a person. `answerable`: those for which their answer counts now; `undo`: how long they can undo, if at all."""
    case = Case(asked.decision, now, playbook.reporting_currency)
    play = playbook.plays.get(case.chosen.play) if case.chosen else None
    return ShownAsk(asked, case, play, names, asked.ask.id in answerable, _undo_until(asked, who, now, undo) if undo else None)


def _undo_until(asked: Asked, who: str, now: datetime, undo: timedelta) -> datetime | None:
    """Also before the engine has planned what follows from the last approval."""
    ask = asked.ask
    current = [one for one in asked.asks if one.round == max(other.round for other in asked.asks)]
    if ask.answered_by != who or ask not in current or any(one.state not in APPROVED for one in current):
        return None
    soon = ask.at + undo if ask.at is not None and not asked.decision.actions else None
    return asking.undo_until(asked.decision, ask, now) or (soon if soon is not None and soon > now else None)


def _fact(case: Case, fact: Fact) -> ShownFact:
    name, value = labelled(fact.name, written(fact), case.currency)
    doubt = "" if fact.status == "fresh" else str(fact.status)
    return ShownFact(sentence(name), words.one_line(value), SOURCES.get(fact.source, fact.source), true_since(fact), doubt)
