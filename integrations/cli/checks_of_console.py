"""What `nextplay doctor` says of the ways into the console: what is set up by halves, and what anybody could use."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

from agent.errors import Unavailable
from integrations.admission import Admission
from integrations.cli.checks_of_systems import Said
from integrations.console.provider import Provider
from integrations.db.store import SqlStore
from integrations.settings import LOCAL_HOSTS, Settings
from integrations.telling.words import several
from integrations.wall_clock import wall_clock


async def check_console(settings: Settings, store: SqlStore) -> AsyncIterator[Said]:
    """Everything that there is to say."""
    roles = await Admission(store, settings.console_admins, bytes).roles()
    admins = sum(role == "admin" for role in roles.values())
    if not admins:
        yield Said("console", "warn", "nobody is an admin of it: nextplay people allow EMAIL --role admin, or NEXTPLAY_CONSOLE_ADMINS")
    else:
        yield Said("console", "ok", f"{several(len(roles), 'person', 'people')} may use it, {several(admins, 'admin')} among them")
    for said in (*_network(settings), *_proxy(settings)):
        yield said
    if settings.oidc_issuer is not None:
        yield await _provider(settings)


def _network(settings: Settings) -> Iterator[Said]:
    """Cookies travel safely by TLS alone, and browsers keep ours only then. Nobody but this machine needs it for itself."""
    public = urlsplit(settings.public_url or "")
    if settings.public_url is None and settings.host not in LOCAL_HOSTS:
        yield Said(
            "console: network", "fail",
            f"it listens on {settings.host}, and has no public address: put TLS in front, and set NEXTPLAY_PUBLIC_URL to its https address",
        )  # fmt: skip
    elif public.scheme == "http" and public.hostname not in LOCAL_HOSTS:
        yield Said(
            "console: network", "fail", "its public address is without TLS, so browsers keep no session: set an https one (NEXTPLAY_PUBLIC_URL)"
        )


def _proxy(settings: Settings) -> Iterator[Said]:
    if settings.console_proxy_header and not settings.console_proxy_from:
        yield Said(
            "console: proxy", "fail",
            f"{settings.console_proxy_header} is believed from nowhere, so everybody who comes with it is refused: set NEXTPLAY_CONSOLE_PROXY_FROM",
        )  # fmt: skip


async def _provider(settings: Settings) -> Said:
    provider = Provider.of(settings)
    if provider is None:
        return Said("console: provider", "fail", "nobody could come back from it: set NEXTPLAY_PUBLIC_URL to the address of this server")
    try:
        await provider.described(wall_clock())
    except Unavailable as error:
        return Said("console: provider", "fail", f"{error.message} See that NEXTPLAY_OIDC_ISSUER is exactly what it calls itself")
    return Said("console: provider", "ok", f"{provider.name} answers; its app must send people back to {provider.back}")
