"""What no playbook can leave out: operators' blocks, and plays that lack something they need."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from agent.domain.candidates import Candidate, Verdict
from agent.domain.event import QUESTION
from agent.domain.evidence import Block, Evidence
from agent.domain.plays import Play
from agent.domain.rules import ClauseResult, Layer, RuleResult

BLOCK = "block:"
"""How the ids of blocks begin."""

LACK = "built-in:no-"
"""How the ids of results begin that say what a candidate lacks."""

NO_WORDS = f"{LACK}words"
"""Forbids what cannot be put into words, because its text would print what is not known."""

NO_RECIPIENT = f"{LACK}recipient"
"""Forbids what would go to nobody: there is no one whom rules about the recipient could look at."""

NO_ADDRESS = f"{LACK}address"
"""Forbids a mail to somebody of whom nobody knows the address."""


Reach = Literal["open", "other", "none"]
"""What a recipient may still have of a play: this candidate · not this, perhaps another · nothing."""


def reach_of(rule_id: str) -> Reach:
    """What is left of a recipient of whom a built-in result says no."""
    if rule_id == NO_RECIPIENT or rule_id.startswith(f"{BLOCK}contact:"):
        return "none"
    return "other" if rule_id == NO_ADDRESS else "open"


def built_in(evidence: Evidence, candidate: Candidate, play: Play) -> list[RuleResult]:
    """The forbidding results of every block and lack that concerns a candidate."""
    return [*_blocks(evidence, candidate), *_lacks(evidence, candidate, play)]


def _blocks(evidence: Evidence, candidate: Candidate) -> Iterator[RuleResult]:
    refs = {
        "surface": evidence.surface,
        "play": candidate.play,
        "account": evidence.account,
        "contact": candidate.recipient,
    }
    for block in evidence.blocks:
        if block.ref == refs[block.target] and (block.until is None or block.until > evidence.at):
            yield _blocked(block)


def _blocked(block: Block) -> RuleResult:
    says = f"{block.by} blocked the {block.target} {block.ref}: {block.why}"
    clause = ClauseResult("blocked", "true", says, {block.target: block.ref}, "the block were lifted")
    return _forbid(f"{BLOCK}{block.target}:{block.ref}", Layer.ELIGIBILITY, clause)


def _lacks(evidence: Evidence, candidate: Candidate, play: Play) -> Iterator[RuleResult]:
    """Nothing is done for nobody we know; a play that needs a recipient, content or group and found none cannot be carried out."""
    if evidence.account is None and evidence.event.subject_kind != QUESTION:
        subject = f"{evidence.event.subject_kind} {evidence.event.subject_id}"
        yield _lack("account", f"no account is known for the {subject}", "it were linked to an account")
    if play.reach == "customer" and candidate.recipient is None:
        yield _lack("recipient", "there is nobody at the customer to write to")
    elif candidate.channel == "email":
        yield from _lacks_address(evidence, candidate)
    if play.material is not None and candidate.material is None:
        yield _lack("content", "no content fits")
    if play.target == "group" and candidate.target is None:
        yield _lack("group", "there is no group to send it to")


def without_words(verdict: Verdict, missing: str, why: str) -> Verdict:
    """The verdict on a candidate whose text cannot be written: it is not possible, whatever else is said of it."""
    clause = ClauseResult("words", "missing", why, {missing: None} if missing else {}, f"{missing or 'its text'} were known")
    lack = _forbid(NO_WORDS, Layer.FEASIBILITY, clause)
    return replace(verdict, verdict="forbid", until=None, ask_of=(), rules=(lack, *verdict.rules))


def _lacks_address(evidence: Evidence, candidate: Candidate) -> Iterator[RuleResult]:
    recipient = next((contact for contact in evidence.contacts if contact.id == candidate.recipient), None)
    if recipient is None:
        yield _lack("recipient", f"nobody knows the recipient {candidate.recipient} any more", "the recipient were known")
    elif not recipient.email:
        yield _lack("address", "the recipient has no e-mail address", "the recipient had an e-mail address")


def _lack(name: str, says: str, remedy: str = "") -> RuleResult:
    clause = ClauseResult(name, "true", says, {}, remedy or f"there were a fitting {name}")
    return _forbid(f"{LACK}{name}", Layer.FEASIBILITY, clause)


def _forbid(id_: str, layer: Layer, clause: ClauseResult) -> RuleResult:
    return RuleResult(id_, "forbid", layer.value, matched=True, clauses=(clause,))
