"""The exact content of a proposal, as a quotation: to whom, with which parameters, which subject, which words."""

from collections.abc import Iterator

from integrations.slack import blocks as b
from integrations.slack.blocks import Block, Element
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.wording import labelled

MOST_TEXT = 6000
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
        yield b.rich(b.quote(b.words(b.cut(subject, b.LONGEST_ROW), bold=True)))
    shown = "\n\n".join(body).strip()
    for piece in pieces(shown[:most]):
        yield b.rich(b.quote(b.words(piece)))
    if len(shown) > most:
        yield b.context(f"… and {len(shown) - most:,} more characters: press Why to read them before you answer.")
    if proposal.notes:
        yield b.context(b.cut("Note: " + "; ".join(proposal.notes), b.LONGEST_ROW))


def _address(case: Case) -> Iterator[Element]:
    proposal = case.decision.proposal
    assert proposal is not None, "called where there is a proposal"  # noqa: S101  wrong wiring, not wrong input
    to = case.named("contact", proposal.recipient) if proposal.recipient else "colleagues"
    yield b.words(f"To {to}", bold=True)
    yield b.words(f" by {proposal.channel}" if proposal.channel != "internal" else ", inside the house")
    if proposal.params:
        yield b.words(
            " · " + ", ".join(" ".join(labelled(name, words.value(given), case.currency)) for name, given in proposal.params.items()), bold=True
        )
    if proposal.send_at is not None:
        yield b.words(", not before ")
        yield b.moment(proposal.send_at)


def pieces(text: str, most: int = b.LONGEST_TEXT) -> Iterator[str]:
    """The text in pieces that one block can hold."""
    return (piece for part, _ in parts(text, most) if (piece := part.strip()))


def parts(text: str, most: int = b.LONGEST_TEXT) -> Iterator[tuple[str, str]]:
    """The text cut between paragraphs, lines or words where that is possible: each part, and what stood between it and the next."""
    while len(text) > most:
        marks = (((text.rfind(mark, most // 2, most)), mark) for mark in ("\n\n", "\n", " "))
        end, mark = next(((at, mark) for at, mark in marks if at > 0), (most, ""))
        yield text[:end], mark
        text = text[end + len(mark) :]
    if text:
        yield text, ""
