"""What is known of our own records, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from integrations.vendors.connector import Key, Read
from integrations.vendors.zendesk.known import Kind


@dataclass
class InMemory:
    """Implements `Known`."""

    links: dict[tuple[str, str], str] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    domains: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    tickets: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    has: dict[str, set[str]] = field(default_factory=dict)

    async def linked(self, kind: Kind, external_id: str) -> str | None:
        return self.links.get((kind, external_id))

    async def external(self, kind: Kind, own: str) -> str | None:
        return next((theirs for (of, theirs), ours in self.links.items() if (of, ours) == (kind, own)), None)

    async def account(self, name: str) -> str | None:
        return name if name in self.accounts else None

    async def with_domain(self, domain: str) -> Sequence[str]:
        return self.domains.get(domain, [])

    async def with_address(self, kind: str, email: str) -> Sequence[str]:
        return self.addresses.get((kind, email), [])

    async def ticket(self, external_id: str) -> tuple[int, str | None] | None:
        return self.tickets.get(external_id)

    async def held(self, key: Key) -> Collection[str]:
        return self.has.get(key, set())

    def take(self, read: Read) -> None:
        """Keep what was read, as the copy does."""
        for told in read.told:
            self.has.setdefault(told.key, set()).add(told.id)
            if told.key == "tickets" and told.external_id:
                self.tickets[told.external_id] = (told.version, told.fields.get("account"))
            if told.key == "links":
                self.links[told.fields["kind"], told.fields["external_id"]] = told.fields["id"]
        for gone in read.gone:
            for held in self.has.values():
                held.discard(gone)
