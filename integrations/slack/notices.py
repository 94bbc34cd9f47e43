"""Messages that ask for nothing: notices, alarms, reminders, outcomes, hints, and what was done without asking."""

from collections.abc import Mapping

from integrations.db.slack import Post
from integrations.slack import blocks as b
from integrations.slack.card import Card, Shown
from integrations.slack.letter import pieces

SIGNS = {"alarm": "🚨", "reminder": "⏰", "done": "✅", "notice": "📌"}
WHY_DECISION = "nextplay_why_decision"
NOT_FOR_GUESTS = "The story of a decision is for full members of the workspace. Ask a colleague who is one."
MOST_PIECES = 5


def notice(post: Post, names: Mapping[str, str]) -> Shown:
    """A title, the words, and the way to the whole story. `names` are what colleagues are called."""
    title, body = str(post.payload.get("title", "")), str(post.payload.get("body", ""))
    made = [b.header(f"{SIGNS.get(post.kind, '')} {title}".strip())]
    made += [b.rich(b.section(*b.told(piece, names), most=b.LONGEST_TEXT)) for piece in list(pieces(body))[:MOST_PIECES]]
    if post.decision_id:
        made += [b.actions(b.button("Why", WHY_DECISION, post.decision_id)), b.context(post.decision_id)]
    return Shown(b.fallback(title), made)


def hint(post: Post) -> Shown:
    """A sentence of ours, such as what the buttons of a card do."""
    text = str(post.payload.get("body", ""))
    return Shown(b.fallback(text), [b.rich(b.section(b.words(text)))])


def reminder(card: Card) -> Shown:
    """One line beneath a card that still waits."""
    title = f"⏰ Still waiting: {card.title}"
    return Shown(b.fallback(title), [b.rich(b.section(b.words(title, bold=True), b.words(", until "), b.moment(card.ask.expires_at), b.words(".")))])


def outcome(post: Post, names: Mapping[str, str]) -> Shown:
    """What came of it, in two lines. `names` are what colleagues are called."""
    title, body = str(post.payload.get("title", "")), str(post.payload.get("body", ""))
    return Shown(b.fallback(f"{title}. {body}"), [b.rich(b.section(b.words(f"📈 {title}", bold=True), b.words("\n"), *b.told(body, names)))])
