"""Zendesk, at the wire: `connected` makes its connector.

`endpoints` is everything that is ever asked, `fields` what an operator says of their own Zendesk, `mapping` puts what is read into our words,
`matching` finds out whose it is, `connector` reads and `effects` writes.
"""
