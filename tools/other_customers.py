"""Which other customers a text names: looked up by the text's own words, so that a CRM of any size can tell."""

from collections.abc import Collection, Iterable, Sequence

from agent.domain.claims.plain_text import bare, plain
from agent.domain.claims.proper_names import mentioned, spoken, words_of
from tools.ports import Crm


async def others_named(crm: Crm, texts: Iterable[str], *, ours: Collection[str]) -> Sequence[str]:
    """The names of companies other than `ours`, and of people there, that the texts name. Raises SourceError.

    A name that a customer of ours has too is nobody else's.
    """
    text = "\n".join(bare(plain(part)) for part in texts)
    found = await crm.names(words_of([text]))
    own = {form for one in found if one.account in ours for form in spoken(one.name)}
    others = {form for one in found if one.account not in ours for form in spoken(one.name)} - own
    return mentioned(sorted(others), text, capital=True)
