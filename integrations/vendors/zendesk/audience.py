"""Who may be sent an article, in plans and regions, and which of them a customer has.

Labels limit an article by a convention of the desk's own. User segments are Zendesk's: whoever is in one of an article's may read it. What a
segment asks for is taken over where it can be said in plans and regions; where it cannot, nobody is sent the article.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.vendors.zendesk.answers import Article, Organization, Segment
from integrations.vendors.zendesk.fields import Fields

_CUSTOMERS = "signed_in_users"
"""The other type of a segment is `staff`."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Customers who have one of the plans and are in one of the regions; empty: all of them."""

    plans: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


EVERYBODY = Audience()


def audience_of(article: Article, segments: Mapping[int, Segment], fields: Fields) -> Audience | None:
    """Who may be sent it; None: no customer. `segments`: those that can be read, by their id."""
    readers = [segment_audience(one, segments.get(one), fields) for one in article.user_segments]
    return _both(limits_of(article, fields), _either(readers) if readers else EVERYBODY)


def segment_audience(segment_id: int, segment: Segment | None, fields: Fields) -> Audience | None:
    """Whoever has all `tags` and one of `or_tags`; None: nobody can say who.

    People who were added by name cannot be told from others here, so they do not widen it.
    """
    if segment_id in fields.public_segments:
        return EVERYBODY
    if segment is None or segment.user_type != _CUSTOMERS or segment.organization_ids or segment.group_ids:
        return None
    asked = [[tag] for tag in segment.tags] + ([list(segment.or_tags)] if segment.or_tags else [])
    if not asked and segment.added_user_ids:
        return None
    found: Audience | None = EVERYBODY
    for alternatives in asked:
        found = _both(found, _one_of(alternatives, fields))
    return found


def limits_of(article: Article, fields: Fields) -> Audience | None:
    """Whom its labels limit it to; None where one of them names nothing."""
    return _said(article.label_names, fields)


def topics(article: Article, fields: Fields) -> list[str]:
    """Its other labels."""
    return [label.lower() for label in article.label_names if not [*_plans((label,), fields), *_regions((label,), fields)]]


def customer(organization: Organization | None, fields: Fields) -> tuple[str | None, str | None]:
    """The plan and the region of a company, by the fields that are set up, else by its tags; None where it names none, or several."""
    if organization is None:
        return None, None
    said, tags = organization.organization_fields, organization.tags
    return (
        _one(_field(said, fields.organization_plan, fields.plans) if fields.organization_plan else _plans(tags, fields)),
        _one(_field(said, fields.organization_region, fields.regions) if fields.organization_region else _regions(tags, fields)),
    )


def _one_of(tags: Collection[str], fields: Fields) -> Audience | None:
    """Whoever has one of these tags, where all of them name plans, or all of them regions."""
    says = _said(tags, fields)
    telling = [tag for tag in tags if [*_plans((tag,), fields), *_regions((tag,), fields)]]
    return None if says is None or len(telling) < len(tags) or (says.plans and says.regions) else says


def _either(readers: Iterable[Audience | None]) -> Audience | None:
    """Whoever is in one of them. Those of which nobody can say who is in them add nobody."""
    known = [one for one in readers if one is not None]
    if EVERYBODY in known:
        return EVERYBODY
    plans, regions = {one.plans for one in known}, {one.regions for one in known}
    if not known or (len(plans) > 1 and len(regions) > 1):
        return None
    return Audience(*(frozenset[str]() if frozenset() in some else frozenset[str]().union(*some) for some in (plans, regions)))


def _both(one: Audience | None, other: Audience | None) -> Audience | None:
    """Whoever is in both."""
    if one is None or other is None:
        return None
    plans, regions = _common(one.plans, other.plans), _common(one.regions, other.regions)
    return None if plans is None or regions is None else Audience(plans, regions)


def _common(some: frozenset[str], others: frozenset[str]) -> frozenset[str] | None:
    if not some or not others:
        return some or others
    return some & others or None


def _said(words: Iterable[str], fields: Fields) -> Audience | None:
    words = tuple(words)
    found = Audience(frozenset(_plans(words, fields)), frozenset(_regions(words, fields)))
    return None if "" in found.plans | found.regions else found


def _plans(words: Iterable[str], fields: Fields) -> Iterator[str]:
    return _named(words, fields.plans, fields.plan_prefix)


def _regions(words: Iterable[str], fields: Fields) -> Iterator[str]:
    return _named(words, fields.regions, fields.region_prefix)


def _named(words: Iterable[str], known: Mapping[str, str], prefix: str) -> Iterator[str]:
    """In lower case: two spellings are one plan. Empty where nothing stands behind the prefix."""
    for word in words:
        if word in known:
            yield known[word].lower()
        elif word.lower().startswith(prefix.lower()):
            yield word[len(prefix) :].strip().lower()


def _field(said: Mapping[str, Any], key: str, known: Mapping[str, str]) -> Iterator[str]:
    value = said.get(key)
    if isinstance(value, str):
        yield known.get(value, value).strip().lower()


def _one(found: Iterable[str]) -> str | None:
    """The only one."""
    different = {one for one in found if one}
    return different.pop() if len(different) == 1 else None
