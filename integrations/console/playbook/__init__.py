"""The playbook: read as people read it, and changed safely.

reading.py     what is in force: surfaces, plays, rules, with what they did
stopping.py    blocks, and what holds surfaces back
drafting.py    drafts: their form, their proposal, their approval
trying.py      what a draft would have done, found out beside the serving
history.py     versions, their differences, and the way back
"""

from integrations.console.pages import Pages
from integrations.console.playbook import drafting, history, reading, stopping, trying

pages = Pages()
for _group in (reading, stopping, drafting, trying, history):
    pages.router.routes.extend(_group.pages.router.routes)
