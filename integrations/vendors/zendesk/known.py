"""What the connector must be told of our own records, to say whose a ticket is."""

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

from integrations.vendors.connector import Key

Kind = Literal["account", "contact", "person", "ticket"]


class Known(Protocol):
    """Our records and links as they are now."""

    async def linked(self, kind: Kind, external_id: str) -> str | None:
        """Ours that is linked to an id of Zendesk's."""
        ...

    async def external(self, kind: Kind, own: str) -> str | None:
        """Zendesk's id that one of ours is linked to."""
        ...

    async def account(self, name: str) -> str | None:
        """The account that has this id, with us or in the CRM."""
        ...

    async def with_domain(self, domain: str) -> Sequence[str]:
        """The accounts of this domain."""
        ...

    async def with_address(self, kind: Literal["contact", "person"], email: str) -> Sequence[str]:
        """The contacts or people of this address."""
        ...

    async def ticket(self, external_id: str) -> tuple[int, str | None] | None:
        """The version of a ticket that we hold, and its account; None where we hold none."""
        ...

    async def held(self, key: Key) -> Collection[str]:
        """Our ids of all living records of a kind that Zendesk told us."""
        ...
