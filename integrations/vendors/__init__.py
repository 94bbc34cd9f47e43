"""Other companies' systems of record, at the wire: thin typed clients, without anybody's SDK.

`endpoint` says what is ever asked, `credentials` who asks, `allowance` how often, and `caller` asks.
"""
