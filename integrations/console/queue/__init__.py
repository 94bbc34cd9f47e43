"""The queue: what waits for whom, and answers to it in place.

listing.py     the asks that wait, page by page, and one of them by itself
answering.py   an answer to one: the same call as in Slack
together.py    the same answer to several that are alike
editing.py     the words of one, changed before it is approved
filters.py     what the address says of which asks are looked at
reading.py     asks as one person sees them
"""

from integrations.console.pages import Pages
from integrations.console.queue import answering, editing, listing, together

pages = Pages()
for _group in (together, listing, answering, editing):  # so that an address of together.py is not taken for an ask's
    pages.router.routes.extend(_group.pages.router.routes)
