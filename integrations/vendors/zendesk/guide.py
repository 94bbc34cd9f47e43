"""Help articles in our words: each language of an article is one of ours."""

from collections.abc import Iterator

from integrations.vendors.connector import Told
from integrations.vendors.zendesk.answers import Article, Translation
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.telling import told
from tools.plain_text import plain


def articles(said: Article, fields: Fields) -> Iterator[Told]:
    """One for each language in which it is published."""
    return (_article(said, one, fields) for one in said.translations if is_published(said, one))


def is_published(said: Article, translation: Translation) -> bool:
    """Neither the article nor this language is a draft or hidden, and there is something to read."""
    return not (said.draft or translation.draft or translation.hidden) and bool(plain(translation.body or ""))


def external_id(said: Article, translation: Translation) -> str:
    """An article in a language."""
    return f"{said.id}-{translation.locale.lower()}"


def _article(said: Article, translation: Translation, fields: Fields) -> Told:
    record = {
        "title": translation.title, "body": plain(translation.body or ""), "visibility": "public" if is_public(said, fields) else "internal",
        "product": fields.sections.get(said.section_id or 0), "locale": translation.locale, "topics": [label.lower() for label in said.label_names],
        "url": translation.html_url, "updated_at": max(said.updated_at, translation.updated_at), "withdrawn": False,
    }  # fmt: skip
    return told("articles", external_id(said, translation), record, max(said.updated_at, translation.updated_at))


def is_public(said: Article, fields: Fields) -> bool:
    """Whether a customer may be sent it: everybody may read it, or one of the segments that are set up as public may. Any other segment keeps it
    inside, also that of everybody who has signed in.
    """
    segments = {*said.user_segment_ids, *([said.user_segment_id] if said.user_segment_id is not None else [])}
    return not segments or bool(segments & fields.public_segments)
