"""`nextplay surfaces`: in which mode each surface works, what holds it at a lower one than its playbook says, and how that is lifted."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace

Name = Annotated[str, typer.Argument(metavar="SURFACE", help="The surface.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; people will read it.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    surfaces = typer.Typer(help="The modes of the surfaces, and what holds them.")
    surfaces.command("list")(list_)
    surfaces.command()(lift)
    app.add_typer(surfaces, name="surfaces")


def list_(as_json: Json = False) -> None:
    """List the surfaces with their modes."""
    from rich.text import Text

    from integrations.cli.look import Cell, Page, print_json
    from integrations.cli.opening import within

    found = within(_modes)
    if as_json:
        print_json({"surfaces": found})
        return
    page = Page()
    rows: list[list[Cell]] = [
        [one["id"], one["playbook_mode"], Text(one["mode"], "yellow" if one["held"] else ""), "; ".join(cap["why"] for cap in one["held"])]
        for one in found
    ]
    page.table(rows, header=("surface", "playbook", "now", "why"), flex=3)
    page.show()


async def _modes(workspace: "Workspace") -> list[dict[str, Any]]:
    from agent.domain.modes import held_by, surface_mode

    caps = await workspace.service.caps()
    return [
        {
            "id": surface.id,
            "playbook_mode": surface.mode,
            "mode": surface_mode(surface, held_by(caps, surface.id)),
            "held": [
                {"kind": cap.kind, "mode": cap.mode, "why": cap.why, "guardrail": cap.guardrail, "since": cap.since}
                for cap in caps
                if cap.surface == surface.id
            ],
        }
        for surface in workspace.playbook.surfaces.values()
    ]


def lift(name: Name, who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Lift a demotion: the surface works in its playbook's mode again, and its limits are judged by what is delivered from now on."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> None:
        await workspace.service.lift(name, who=who, why=why)

    within(work, at=moment(at))
    if as_json:
        print_json({"surface": name, "lifted": True})
        return
    page = Page()
    page.wrapped(f"The surface {name} is no longer demoted.")
    page.show()
