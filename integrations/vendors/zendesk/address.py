"""Where a Zendesk is. Only the subdomain is ever given: no host from outside is asked."""

import re

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def host_of(subdomain: str) -> str:
    """The host of a Zendesk. Raises ValueError for anything but a subdomain."""
    name = subdomain.strip().lower()
    if not _SUBDOMAIN.fullmatch(name):
        raise ValueError(f"'{subdomain[:80]}' is not a Zendesk subdomain: write the part before .zendesk.com, in letters, digits and hyphens")
    return f"{name}.zendesk.com"


def address_of(subdomain: str) -> str:
    """Its address. Raises ValueError for anything but a subdomain."""
    return f"https://{host_of(subdomain)}"
