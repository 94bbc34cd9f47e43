"""What can happen in a Zendesk that only Zendesk has: its tokens, its rights, its fields, its tickets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from integrations.sandbox.doubles.side_door import Trick
from integrations.sandbox.doubles.zendesk import desk
from integrations.sandbox.doubles.zendesk.world import Thing

if TYPE_CHECKING:
    from integrations.sandbox.doubles.zendesk.double import ZendeskDouble


def tricks_of(double: "ZendeskDouble") -> Mapping[str, Trick]:
    """All of them, for one Zendesk."""
    world, tokens, kept = double.world, double.tokens, dict[int, Thing]()
    secret, scopes = tokens.client_secret, tokens.scopes

    def sign_out(_of: str) -> None:
        tokens.revoke()
        tokens.client_secret = "another"  # noqa: S105  which nobody knows

    def narrow(of: str) -> None:
        tokens.revoke()
        tokens.scopes = tuple(of.split())

    def drop(of: str) -> None:
        kept[int(of)] = world.ticket_fields[int(of)]
        world.drop_field(int(of))

    def take_back(of: str) -> None:
        field = kept.pop(int(of))
        world.add_field(field["title"], field["type"], id=int(of))

    return {
        "token_over": Trick("every token was revoked: 401, until a new one is fetched", lambda _: tokens.revoke()),
        "signed_out": Trick("the client's secret was changed", sign_out, ends=lambda _: setattr(tokens, "client_secret", secret)),
        "narrowed": Trick("the client may less than it asks for", narrow, "SCOPES, such as read", ends=lambda _: setattr(tokens, "scopes", scopes)),
        "denied": Trick(
            "paths that begin so answer 403", double.denied.append, "PATH, such as /api/v2/tickets", ends=double.denied.remove,
        ),
        "no_field": Trick("a ticket field was deleted", drop, "ID", ends=take_back),
        "deleted": Trick("a ticket was deleted", lambda of: desk.deleted(world, _ticket(double, of)), "ID"),
        "merged": Trick("the first ticket was merged into the second", lambda of: _merge(double, of), "ID/ID"),
        "suspended": Trick(
            "the user that Nextplay works as was suspended", lambda _: _suspend(double, to=True), ends=lambda _: _suspend(double, to=False)
        ),
    }  # fmt: skip


def _ticket(double: "ZendeskDouble", of: str) -> int:
    """Its number. Raises LookupError where there is none, or none any more."""
    if double.world.tickets[int(of)]["status"] == "deleted":
        raise KeyError("it is deleted")
    return int(of)


def _merge(double: "ZendeskDouble", of: str) -> None:
    source, _, target = of.partition("/")
    desk.merged(double.world, _ticket(double, source), _ticket(double, target))


def _suspend(double: "ZendeskDouble", *, to: bool) -> None:
    double.world.users.setdefault(double.world.agent, {})["suspended"] = to
