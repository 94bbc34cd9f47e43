"""What `doctor` says of mail: whether the server can be signed in to, and in whose names anything can be sent. It sends nothing."""

from collections.abc import Iterable, Sequence

from agent.domain.evidence import Person
from agent.domain.playbook import Playbook
from integrations.mail.letters import domain_of
from integrations.mail.smtp import NotTaken, Server, sign_in
from integrations.telling.words import listed, several
from integrations.vendors.connector import Check


async def check_server(server: Server) -> Check:
    """Connects, verifies and signs in."""
    try:
        guarded = await sign_in(server)
    except NotTaken as error:
        return Check("server", False, str(error), _mend(str(error)))
    who = f"signed in as {server.user}" if server.user else "it asks for no sign-in; set NEXTPLAY_MAIL_USER where it should"
    return Check("server", True, f"{server.host}:{server.port}, {guarded}, {who}")


def check_names(people: Iterable[Person], domains: Sequence[str]) -> Check:
    """Colleagues who may own what is sent, and have an address in whose name nothing can be."""
    ours, here = {domain.lower() for domain in domains}, [person.email for person in people if person.active]
    elsewhere = sorted(email for email in here if domain_of(email) not in ours)
    able = len(here) - len(elsewhere)
    if not able:
        return Check("names", False, f"no colleague has an address at {listed(domains)}", "Correct NEXTPLAY_MAIL_DOMAINS, or the directory")
    said = f"mail can be sent in the names of {several(able, 'colleague')}"
    rest = f"; nothing in those of {several(len(elsewhere), 'other')} ({', '.join(elsewhere[:5])})" if elsewhere else ""
    return Check("names", True, said + rest)


def check_plays(playbook: Playbook, server: Server | None) -> Check | None:
    """Which plays are mailed; None where none is, and none could be."""
    mailed = mailed_plays(playbook)
    if server is None:
        mend = "Set NEXTPLAY_MAIL_HOST (docs/mail.md), or take `by: mail` away: then they are tasks for their owners"
        return Check("plays", False, f"{listed(mailed)} are to be mailed, and no server is set: they are refused", mend) if mailed else None
    if not mailed:
        return Check("plays", True, "no play has `by: mail`, so nothing is mailed: what is to be sent is a task for its owner")
    return Check("plays", True, f"mailed are {listed(mailed)}")


def mailed_plays(playbook: Playbook) -> Sequence[str]:
    """The plays of which a step is mailed, by id."""
    return sorted(play.id for play in playbook.plays.values() if play.mailed)


def _mend(said: str) -> str:
    """What mends what the server said."""
    known = {
        "certificate": "Where it is your own authority's, name its file in NEXTPLAY_MAIL_CA_FILE; the host's name must stand in the certificate",
        "sign in": "Correct NEXTPLAY_MAIL_USER and NEXTPLAY_MAIL_PASSWORD; many providers want an app password, or SMTP to be allowed for the user",
        "STARTTLS": "Set NEXTPLAY_MAIL_TLS=implicit and NEXTPLAY_MAIL_PORT=465, or have the server offer STARTTLS: nothing is sent in the open",
        "speak TLS": "Where the port is 587, set NEXTPLAY_MAIL_TLS=starttls; where it is 465, implicit",
        "file of trusted": "Correct NEXTPLAY_MAIL_CA_FILE",
        "no host": "Correct NEXTPLAY_MAIL_HOST",
    }
    return next((mend for part, mend in known.items() if part in said), "Look at NEXTPLAY_MAIL_HOST, NEXTPLAY_MAIL_PORT and the firewall")
