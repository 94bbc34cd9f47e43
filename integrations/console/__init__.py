"""The console: pages for operators and everybody who wants to know why.

    entering.py    in and out: one-time links, sessions
    pages.py       how a page is declared: its path, and which roles may use it
    guard.py       what stands before every page: host, origin, session, role, form token
    rendering.py   templates, and how moments, amounts and states are written
    zoned.py       moments within texts, told in the reader's zone
    NAME.py        the pages themselves, each with its templates in templates/NAME

Every page works without JavaScript as far as it only reads, and every form is a plain form; htmx only saves a page load.
"""
