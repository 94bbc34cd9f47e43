"""What the settings say of mail."""

from collections.abc import Callable
from datetime import datetime

from integrations.mail.effects import MailEffects
from integrations.mail.letters import Stationery
from integrations.mail.smtp import Server
from integrations.settings import Settings
from tools.once import Sources


def server_of(settings: Settings) -> Server | None:
    """Where mail is handed over; None where nothing is mailed."""
    if settings.mail_host is None:
        return None
    return Server(
        settings.mail_host, settings.mail_port, settings.mail_tls, settings.mail_user, settings.mail_password, settings.mail_ca_file,
        named=settings.mail_domains[0],
    )  # fmt: skip


def mail_of(settings: Settings, sources: Sources, clock: Callable[[], datetime]) -> MailEffects | None:
    """What mails; None where nothing is mailed."""
    server = server_of(settings)
    if server is None:
        return None
    stationery = Stationery(settings.mail_domains, settings.mail_from, settings.mail_unsubscribe)
    return MailEffects(server, stationery, sources, clock)
