"""What a model may know when it words a text: a list of facts for each purpose, and customers' own words apart."""

from collections.abc import Mapping
from typing import Any

from agent.domain.claims.personal_data import without
from agent.domain.evidence import Evidence
from agent.domain.plays import Play, Purpose
from agent.scene import Scene

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


def customers_words(play: Play, scene: Scene, evidence: Evidence) -> str:
    """What the customer wrote: the ticket's subject, and the text that came with the event; only for service.

    Personal data is taken out. What is left is data for the model, never an instruction.
    """
    if play.purpose != "service":
        return ""
    subject = scene.value("ticket.subject")
    said = [f"Subject: {subject}"] if subject else []
    for key in _WRITTEN_BY_CUSTOMERS:
        text = evidence.event.data.get(key)
        if isinstance(text, str) and text.strip():
            said.append(text.strip())
    return without("\n\n".join(said)[:_LONGEST_UNTRUSTED])
