"""Finds content assets (case studies, guides, …) that fit a deal or an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.fact_catalogue import CATALOGUE
from tools.materials import material_facts, strongest_first
from tools.ports import Crm, Search, Snapshot
from tools.result import ToolResult, facts_of, reads

SEARCHED = "search.assets"
USUAL_TOPICS = ("deal.interest", "deal.objection")


@dataclass(frozen=True, slots=True)
class Question:
    """What assets are wanted for: an account, perhaps one of its deals, and topics.

    A topic may be the name of a fact of the deal or the account, such as `deal.interest`: then its value is the
    topic. With none given, what the buyer cares about and objects to is searched for.
    """

    account: str | None
    deal: str | None = None
    topics: tuple[str, ...] = ()


@reads(SEARCHED, *facts_of("asset"))
async def find_assets(search: Search, crm: Crm, about: Question, at: datetime, *, kinds: Sequence[str] = (), at_most: int = 5) -> ToolResult:
    """The best assets for a deal or an account, in the account's language or in English."""
    account = await crm.account(about.account) if about.account else None
    deal = await crm.deal(about.deal) if about.deal else None
    topics = _topics(about.topics or USUAL_TOPICS, {"account": account, "deal": deal})
    stage = str(deal.data["stage"]) if deal and deal.data.get("stage") else None
    language = str(account.data.get("language") or "en")[:2] if account else "en"
    found = await search.assets(topics, stage=stage, kinds=kinds, language=language, at_most=at_most)
    materials = strongest_first(found)
    return ToolResult("ok" if materials else "no_data", material_facts(SEARCHED, materials, at), {"materials": materials})


def _topics(wanted: Sequence[str], records: Mapping[str, Snapshot | None]) -> list[str]:
    found = [value for topic in wanted for value in _values(topic, records)]
    return list(dict.fromkeys(found))


def _values(topic: str, records: Mapping[str, Snapshot | None]) -> list[str]:
    if topic not in CATALOGUE:
        return [topic]
    root, _, name = topic.partition(".")
    record = records.get(root)
    value: Any = record.data.get(name) if record else None
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]
