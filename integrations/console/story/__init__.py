"""One decision as a page: what each section shows, worked out from what is kept of the decision. Nothing here is HTML.

told.py       all sections together
facts.py      what was known, with what mattered first
options.py    the funnel, every candidate, the rules that took hold
content.py    the exact words, with the facts in them marked
asked.py      who was asked, and the cards that they saw
since.py      what of a card has changed since somebody saw it
doing.py      what may be done about it now, and by whom
"""
