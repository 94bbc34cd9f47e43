"""`nextplay people`: colleagues, who may use the console, and tokens for the API."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.domain.evidence import Person, Team
    from integrations.admission import Admission
    from integrations.bootstrap import Workspace
    from integrations.sessions import ConsoleRole
    from integrations.tokens import TokenRow


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    people = typer.Typer(help="Colleagues, who may use the console, and tokens for the API.")
    people.command("list")(list_)
    for command in (token, allow, disallow, link):
        people.command()(command)
    app.add_typer(people, name="people")


def list_(as_json: Json = False) -> None:
    """List the colleagues in the directory, with their roles and who is away, their teams, and who may use the console."""
    from rich.text import Text

    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import role, utc

    async def work(workspace: "Workspace") -> "tuple[list[Person], list[Team], dict[str, ConsoleRole]]":
        directory = workspace.sandbox.directory
        return list(await directory.people(workspace.clock())), list(await directory.teams()), await _admission(workspace).roles()

    found, teams, entering = within(work)
    if as_json:
        print_json(
            {
                "people": [
                    {
                        "id": p.id,
                        "email": p.email,
                        "name": p.name,
                        "roles": p.roles,
                        "active": p.active,
                        "away_until": p.away_until,
                        "delegate": p.delegate,
                        "manager": p.manager,
                    }
                    for p in found
                ],
                "teams": [{"id": t.id, "email": t.email, "name": t.name, "members": t.members} for t in teams],
                "console": [{"email": email, "role": given} for email, given in entering.items()],
            }
        )
        return
    page = Page()
    rows = [
        [
            p.email,
            p.name,
            ", ".join(role(r) for r in p.roles),
            Text("left", "dim") if not p.active else f"away until {utc(p.away_until)}" if p.away_until else "",
        ]
        for p in found
    ]
    page.table(rows, header=("e-mail", "name", "roles", ""), flex=2) if rows else page.line("The directory is empty. Fill the sandbox: nextplay demo")
    if teams:
        names = {p.id: p.name for p in found}
        page.blank()
        page.table([[t.email, t.name, ", ".join(names.get(m, m) for m in t.members)] for t in teams], header=("team", "name", "members"), flex=2)
    page.blank()
    if entering:
        page.table([[email, given] for email, given in entering.items()], header=("may use the console", "as"), flex=2)
    else:
        page.line("Nobody may use the console yet: nextplay people allow EMAIL --role ROLE")
    page.show()


def token(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose token it is.")],
    role: Annotated[str, typer.Option(help="viewer, operator, approver, admin or ingest.")],
    days: Annotated[int, typer.Option(help="For how many days it is valid.")] = 90,
    as_json: Json = False,
) -> None:
    """Make a token for the API. It is shown once, and stored nowhere."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import utc

    text, row = within(lambda workspace: _token(workspace, email, role, days))
    if as_json:
        print_json({"token": text, "id": row.id, "email": row.email, "role": row.role, "expires_at": row.expires_at})
        return
    page = Page(max(len(text), 80))
    page.line((text, "bold"))
    page.line(f"For {row.email} as {row.role}, until {utc(row.expires_at)}. It is not shown again.")
    page.line("Send it as: Authorization: Bearer TOKEN")
    page.show()


def allow(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Who may use the console.")],
    role: Annotated[str, typer.Option(help="viewer, agent, approver, operator or admin.")],
    as_json: Json = False,
) -> None:
    """Let somebody use the console, or change their role there."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    member, changed = within(lambda workspace: _admission(workspace).let_in(email, role, by="command line", at=workspace.wall()))
    email, given = member.email, member.role
    if as_json:
        print_json({"email": email, "role": given, "changed": changed})
        return
    page = Page()
    page.wrapped(f"{email} may use the console as {given}." if changed else f"{email} could do so before, as {given}.")
    page.line(f"Let them in with: nextplay people link {email}")
    page.show()


def disallow(email: Annotated[str, typer.Argument(metavar="EMAIL", help="Who may not use the console any more.")], as_json: Json = False) -> None:
    """Take somebody off the console; their sessions end at once."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    known = within(lambda workspace: _admission(workspace).take_off(email, by="command line", at=workspace.wall()))
    if as_json:
        print_json({"email": known, "role": None})
        return
    page = Page()
    page.wrapped(f"{known} may not use the console any more.")
    page.show()


def link(email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whom it lets in.")], as_json: Json = False) -> None:
    """Make a link that lets somebody into the console, once, within 15 minutes."""
    from integrations.cli.look import console, print_json
    from integrations.cli.opening import within

    url = within(lambda workspace: link_for(workspace, email, workspace.settings.address))
    if as_json:
        print_json({"link": url})
        return
    console().print(url, soft_wrap=True)
    console(stderr=True).print("It works once, within 15 minutes, while `nextplay serve` runs.", style="dim")


async def link_for(workspace: "Workspace", email: str, address: str) -> str:
    """A link for somebody who may use the console. Raises NotFound for others."""
    return await _admission(workspace).link(email, address, workspace.wall())


async def allowed(workspace: "Workspace", email: str, role: str) -> None:
    """Let somebody use the console."""
    await _admission(workspace).let_in(email, role, by="command line", at=workspace.wall())


def _admission(workspace: "Workspace") -> "Admission":
    import secrets

    from integrations.admission import Admission

    return Admission(workspace.store, workspace.settings.console_admins, secrets.token_bytes)


async def _token(workspace: "Workspace", email: str, role: str, days: int) -> "tuple[str, TokenRow]":
    import secrets

    from integrations.tokens import mint

    text, row = mint(email, role, now=workspace.wall(), ttl=timedelta(days=days), random=secrets.token_bytes)  # type: ignore[arg-type]  # `mint` checks the role
    await workspace.store.add_token(row)
    return text, row
