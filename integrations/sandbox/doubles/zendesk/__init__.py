"""Zendesk's double: Support, the help centre, OAuth and webhooks, as Zendesk speaks them on the wire.

`world` holds what there is and what may be done to it, `support`, `exports`, `guide` and `oauth` speak, `senders` calls webhooks, and `filling`
makes a world out of the sandbox's seed.
"""

from integrations.sandbox.doubles.zendesk.double import ZendeskDouble
from integrations.sandbox.doubles.zendesk.filling import fill
from integrations.sandbox.doubles.zendesk.world import World

__all__ = ["World", "ZendeskDouble", "fill"]
