"""Help articles in our words: each language of an article is one of ours."""

from collections.abc import Iterator, Mapping

from integrations.vendors.connector import Told
from integrations.vendors.zendesk.answers import Article, Segment, Translation
from integrations.vendors.zendesk.audience import EVERYBODY, Audience, audience_of, limits_of, topics
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.telling import told
from tools.plain_text import plain


def articles(said: Article, segments: Mapping[int, Segment], fields: Fields) -> Iterator[Told]:
    """One for each language in which it is published. `segments`: those that can be read, by their id."""
    readers = audience_of(said, segments, fields)
    return (_article(said, one, readers, fields) for one in said.translations if is_published(said, one))


def is_published(said: Article, translation: Translation) -> bool:
    """Neither the article nor this language is a draft or hidden, and there is something to read."""
    return not (said.draft or translation.draft or translation.hidden) and bool(plain(translation.body or ""))


def external_id(said: Article, translation: Translation) -> str:
    """An article in a language."""
    return f"{said.id}-{translation.locale.lower()}"


def _article(said: Article, translation: Translation, readers: Audience | None, fields: Fields) -> Told:
    """What no customer may be sent is internal; for colleagues, too, it is about the plans and regions that its labels name."""
    limits = readers or limits_of(said, fields) or EVERYBODY
    record = {
        "title": translation.title, "body": plain(translation.body or ""), "visibility": "internal" if readers is None else "public",
        "product": fields.sections.get(said.section_id or 0), "locale": translation.locale, "topics": topics(said, fields),
        "plans": sorted(limits.plans) or None, "regions": sorted(limits.regions) or None,
        "url": translation.html_url, "updated_at": max(said.updated_at, translation.updated_at), "withdrawn": False,
    }  # fmt: skip
    return told("articles", external_id(said, translation), record, max(said.updated_at, translation.updated_at))
