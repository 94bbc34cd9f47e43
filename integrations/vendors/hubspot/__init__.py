"""HubSpot: its companies, contacts, deals, tickets and what was sent to them, read; tasks and notes, written.

`endpoints` is all that is ever asked, `client` asks it, `fields` says which property is which of ours, `mapping` puts it into our words, `connector`
reads, `effects` writes, `checks` looks whether it is well, and `wiring` puts them together.
"""
