"""What a proxy in front says: whence somebody comes and, where it signs people in itself, who they are. Only proxies that the settings name count."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import structlog
from fastapi import Request

from agent.errors import InvalidInput, Unauthorised
from integrations.sessions import check_email
from integrations.settings import Settings

log = structlog.get_logger("nextplay.console")


def address_of(request: Request, settings: Settings) -> str:
    """Whence the request came: of an IPv6 address the network, for each of its hosts has any number of them.

    Behind a proxy that the settings name it is the last address in X-Forwarded-For that is no such proxy itself.
    """
    peer = request.client.host if request.client else ""
    said = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for one in [peer, *reversed(said)]:
        found = _address(one.strip())
        if found is None:
            break
        peer = _counted(found)
        if not _trusted(found, settings):
            break
    return peer


def claimed(request: Request, settings: Settings) -> str | None:
    """Whom the proxy says is signed in with it, if anybody. Raises Unauthorised for a header that is not from the proxy, or not one address."""
    name = settings.console_proxy_header
    values = request.headers.getlist(name) if name else []
    if not values:
        return None
    peer = request.client.host if request.client else ""
    found = _address(peer)
    if found is None or not _trusted(found, settings):
        log.warning("header of the proxy from elsewhere", header=name, peer=peer, path=request.url.path)
        raise Unauthorised(
            f"The request says by {name} who is signed in, and did not come from the proxy that may say so.",
            "Use the console's own address. An admin sets the proxy's with NEXTPLAY_CONSOLE_PROXY_FROM.",
        )
    if len(values) != 1:
        raise Unauthorised(f"The proxy sent {name} more than once.", "Set it up to replace what browsers send under that name.")
    try:
        return check_email(values[0]) if values[0].strip() else None
    except InvalidInput:
        raise Unauthorised(f"What the proxy sent as {name} is not an e-mail address.", "Set it up to send the address of who is signed in.") from None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _trusted(address: IPv4Address | IPv6Address, settings: Settings) -> bool:
    return any(address in ip_network(one) for one in settings.console_proxy_from)


def _counted(address: IPv4Address | IPv6Address) -> str:
    return f"{address}" if isinstance(address, IPv4Address) else f"{IPv6Network((int(address), 64), strict=False)}"
