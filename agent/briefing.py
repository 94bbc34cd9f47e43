"""What a model may know when it words a text: a list of facts for each purpose, and customers' own words apart."""

from collections.abc import Mapping
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.claims.personal_data import personal_data
from agent.domain.claims.stand_ins import Hidden, hidden
from agent.domain.evidence import Evidence
from agent.domain.plays import Play, Purpose
from agent.scene import Scene
from tools.subject import REQUEST

_EVERYBODY = (
    "contact.name",
    "contact.first_name",
    "contact.role",
    "contact.language",
    "account.name",
    "sender.name",
    "asset.title",
    "asset.url",
    "asset.kind",
    "asset.topics",
    "asset.passage",
    "article.title",
    "article.url",
    "article.product",
    "article.passage",
)
_SELLING = ("account.industry", "deal.kind", "deal.stage", "deal.interest", "deal.objection")
_SERVING = (
    "account.plan",
    "ticket.type",
    "ticket.priority",
    "ticket.product",
    "ticket.language",
    "ticket.incident",
    "usage.active_users",
    "usage.seats",
)
_CONTRACTING = (
    "account.plan",
    "contract.plan",
    "contract.end",
    "contract.notice_deadline",
    "contract.days_to_end",
    "contract.days_to_notice",
    "contract.auto_renew",
    "contract.seats",
    "usage.active_users",
    "usage.seats",
)
MODEL_MAY_KNOW: Mapping[Purpose, frozenset[str]] = {
    "marketing": frozenset(_EVERYBODY + _SELLING),
    "service": frozenset(_EVERYBODY + _SERVING),
    "contractual": frozenset(_EVERYBODY + _CONTRACTING),
}
"""The facts that a model may see, by the play's purpose.

Parameters of the play come on top; everything else is held back.
"""

_WRITTEN_BY_CUSTOMERS = ("body", "description", "comment", "text", "question", "query", "note", "message")
_LONGEST_UNTRUSTED = 6000
_LONGEST_VALUE = 500
"""Characters beyond the end that are looked at, for a value that begins before it."""


def may_show(play: Play) -> frozenset[str]:
    """The full names that a model may see of this play. A text parameter filled from a fact is as open as that fact."""
    facts = MODEL_MAY_KNOW[play.purpose]
    return facts | {
        f"params.{name}" for name, spec in play.params.items() if spec.type != "text" or spec.from_fact is None or spec.from_fact in facts
    }


def known_values(play: Play, scene: Scene) -> dict[str, Any]:
    """The values a model may see, as far as they are known; passages travel on their own."""
    values = {name: scene.value(name) for name in sorted(may_show(play)) if not name.endswith(".passage")}
    return {name: value for name, value in values.items() if value is not None}


def customers_words(play: Play, candidate: Candidate, scene: Scene, evidence: Evidence) -> Hidden:
    """What the customer wrote: the ticket's subject, and the text that came with the event; only for service.

    Stand-ins are in the place of personal data; what may be put back for them is there for the customer alone who wrote it.
    What is left is data for the model, never an instruction.
    """
    told = hidden(_cut(_said(play, scene, evidence)))
    return told if _goes_to_who_wrote(candidate, evidence) else Hidden(told.text)


def _said(play: Play, scene: Scene, evidence: Evidence) -> str:
    if play.purpose != "service":
        return ""
    subject = scene.value("ticket.subject")
    said = [f"Subject: {subject}"] if subject else []
    for key in _WRITTEN_BY_CUSTOMERS:
        text = evidence.event.data.get(key)
        if isinstance(text, str) and text.strip():
            said.append(text.strip())
    return "\n\n".join(said)


def _cut(text: str) -> str:
    """No value is cut in two: half a card number is not told for one."""
    found = personal_data(text[: _LONGEST_UNTRUSTED + _LONGEST_VALUE]) if len(text) > _LONGEST_UNTRUSTED else []
    return text[: min([_LONGEST_UNTRUSTED, *(one.start for one in found if one.start < _LONGEST_UNTRUSTED < one.end)])]


def _goes_to_who_wrote(candidate: Candidate, evidence: Evidence) -> bool:
    """The ticket's requester writes and is written to. A colleague's words are not, nor those of somebody else there, nor of who is not known."""
    event, asked = evidence.event, evidence.requester
    return asked is not None and candidate.recipient == asked and event.actor in (None, asked) and not event.type.startswith(REQUEST)
