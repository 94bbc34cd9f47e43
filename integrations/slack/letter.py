"""The exact content of a proposal, as a quotation: to whom, with which parameters, which subject, which words."""

from collections.abc import Iterator

from integrations.slack import blocks as b
from integrations.slack.blocks import Block, Element
from integrations.telling import words
from integrations.telling.case import Case

MOST_TEXT = 9000
"""Characters of the body that a card shows; a longer letter is read in full behind Why."""


def blocks(case: Case, *, most: int = MOST_TEXT) -> Iterator[Block]:
    """The proposal's content, its body cut after so many characters; nothing when there is none."""
    proposal = case.decision.proposal
    if proposal is None:
        return
    yield b.rich(b.section(*_address(case)))
    body = [text for name, text in proposal.content.items() if name != "subject" and text.strip()]
    subject = proposal.content.get("subject", "").strip()
    if subject:
        yield b.rich(b.quote(b.words(subject, bold=True)))
    shown = "\n\n".join(body).strip()
    for piece in pieces(shown[:most]):
        yield b.rich(b.quote(b.words(piece)))
    if len(shown) > most:
        yield b.context(f"… and {len(shown) - most:,} more characters: press Why to read them before you answer.")
    if proposal.notes:
        yield b.context("Note: " + "; ".join(proposal.notes))


def _address(case: Case) -> Iterator[Element]:
    proposal = case.decision.proposal
    assert proposal is not None, "called where there is a proposal"  # noqa: S101  wrong wiring, not wrong input
    to = case.named("contact", proposal.recipient) if proposal.recipient else "colleagues"
    yield b.words(f"To {to}", bold=True)
    yield b.words(f" by {proposal.channel}" if proposal.channel != "internal" else ", inside the house")
    if proposal.params:
        yield b.words(" · " + ", ".join(f"{words.role(name)} {words.value(given)}" for name, given in proposal.params.items()), bold=True)
    if proposal.send_at is not None:
        yield b.words(", not before ")
        yield b.moment(proposal.send_at)


def pieces(text: str, most: int = b.LONGEST_TEXT) -> Iterator[str]:
    """The text in pieces that one block can hold, cut between paragraphs, lines or words where that is possible."""
    while len(text) > most:
        end = next((at for mark in ("\n\n", "\n", " ") if (at := text.rfind(mark, most // 2, most)) > 0), most)
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text
