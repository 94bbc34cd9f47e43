"""`nextplay people`: colleagues, and tokens for the API."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.domain.evidence import Person, Team
    from integrations.bootstrap import Workspace
    from integrations.tokens import TokenRow


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    people = typer.Typer(help="Colleagues, and tokens for the API.")
    people.command("list")(list_)
    people.command()(token)
    app.add_typer(people, name="people")


def list_(as_json: Json = False) -> None:
    """List the colleagues in the directory, with their roles and who is away, and their teams."""
    from rich.text import Text

    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import role, utc

    async def work(workspace: "Workspace") -> "tuple[list[Person], list[Team]]":
        directory = workspace.sandbox.directory
        return list(await directory.people(workspace.clock())), list(await directory.teams())

    found, teams = within(work)
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


async def _token(workspace: "Workspace", email: str, role: str, days: int) -> "tuple[str, TokenRow]":
    import secrets
    from datetime import UTC

    from integrations.tokens import mint

    now = datetime.now(UTC)
    text, row = mint(email, role, now=now, ttl=timedelta(days=days), random=secrets.token_bytes)  # type: ignore[arg-type]  # `mint` checks the role
    await workspace.store.add_token(row)
    return text, row
