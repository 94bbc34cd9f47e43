"""What can happen in a portal that only HubSpot has: its rights, its properties, its records, its index."""

from collections.abc import Callable, Mapping

from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.side_door import Trick


def tricks_of(portal: Portal) -> Mapping[str, Trick]:
    """All of them, for one portal."""
    good = dict(portal.tokens)

    def fail_inside(count: str) -> None:
        portal.writes_fail_inside = int(count)

    def lagging(seconds: str) -> None:
        portal.index_lag_s = float(seconds)

    return {
        "signed_out": Trick("the access token is good no more: 401", lambda _: portal.tokens.clear(), ends=lambda _: portal.tokens.update(good)),
        "denied": Trick(
            "a scope was taken away: 403", portal.missing_scopes.add, "SCOPE, such as crm.objects.deals.read",
            ends=portal.missing_scopes.discard,
        ),
        "no_property": Trick(
            "a property was deleted from the schema", lambda of: _properties(portal, of).remove(of.partition("/")[2]),
            "TYPE/PROPERTY, such as companies/nextplay_tier", ends=lambda of: _properties(portal, of).add(of.partition("/")[2]),
        ),
        "deleted": Trick("a record was deleted", _with(portal.archive, 2), "TYPE/ID, such as contacts/101"),
        "merged": Trick("the second record was merged into the first", _with(portal.merge, 3), "TYPE/ID/ID, such as companies/101/102"),
        "writes_fail_inside": Trick(
            "so many of the next writes answer 200 with an error inside, and are not done", fail_inside, "COUNT", ends=lambda _: fail_inside("0"),
        ),
        "lagging": Trick("search shows what is so many seconds old", lagging, "SECONDS", ends=lambda _: lagging("0")),
    }  # fmt: skip


def _properties(portal: Portal, of: str) -> set[str]:
    return portal.properties[of.partition("/")[0]]


def _with(does: Callable[..., object], parts: int) -> Callable[[str], None]:
    """Does it with the parts of what it was told."""

    def done(of: str) -> None:
        told = of.split("/")
        if len(told) != parts:
            raise ValueError("it has other parts")
        does(*told)

    return done
