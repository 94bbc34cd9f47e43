"""`nextplay shadow`: what a surface would have done about its latest events, before anybody sees it."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.shadowing import Shadowed
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Page


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(shadow)


def shadow(
    surface: Annotated[str, typer.Option(metavar="SURFACE", help="The surface whose events are decided.")],
    last: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="How many of the latest events.")] = 20,
    as_json: Json = False,
) -> None:
    """Decide the latest real events of a surface under its present playbook, as if it were in shadow. Nothing is recorded or done.

    An event that was decided is decided again from the facts of then; for others the facts are read from the sources now."""
    from integrations.cli.look import print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "list[Shadowed]":
        return await workspace.service.shadow(surface, last=last)

    found = within(work)
    if as_json:
        print_json({"surface": surface, "events": found, "counts": _counts(found)})
    else:
        _page(surface, found).show()


def _counts(found: "list[Shadowed]") -> dict[str, Any]:
    """By where the facts are from, by choice, and by the route in either mode."""
    decided = [one for one in found if one.if_auto is not None]
    return {
        "events": len(found),
        "facts_from": Counter(one.facts_from for one in found),
        "chosen": Counter(one.title or "nothing" for one in decided),
        "if_suggest": Counter(one.if_suggest for one in decided),
        "if_auto": Counter(one.if_auto for one in decided),
    }


def _page(surface: str, found: "list[Shadowed]") -> "Page":
    from integrations.cli.look import Page

    page = Page()
    page.heading(f"Shadow of {surface}", f"{len(found)} latest events")
    if not found:
        page.wrapped("No event of this surface has come in yet.")
        return page
    for one in found:
        _add(page, one)
    page.blank()
    page.heading("In short")
    counts = _counts(found)
    gathered = counts["facts_from"].get("gathered", 0)
    for name, label in (("chosen", "Chosen"), ("if_suggest", "If it suggested"), ("if_auto", "If it acted by itself")):
        said = ", ".join(f"{count} {_route(what) if name != 'chosen' else what}" for what, count in counts[name].most_common())
        page.wrapped(said or "nothing", label=f"{label}: ")
    if gathered:
        page.wrapped(
            f"{gathered} of them had no recorded facts: theirs were read from the sources just now, and may have been others then.", label="! "
        )
    return page


def _add(page: "Page", one: "Shadowed") -> None:
    from rich.text import Text

    page.line((one.type, "bold"), f"  {one.subject_kind} {one.subject_id}", f"  {one.account or 'no account'}  ", (one.occurred_at[:16], "dim"))
    if one.if_auto is None:
        page.wrapped(one.note, indent=2, label=Text("—  ", "dim"))
        return
    page.wrapped(one.title or "does nothing", indent=2, label=Text("would  ", "dim"), at_most=2)
    if one.content and one.content.get("subject"):
        page.wrapped(one.content["subject"], indent=2, label=Text("words  ", "dim"), at_most=1)
    page.line((f"  how    in suggest it {_route(one.if_suggest)}, in auto it {_route(one.if_auto)}", ""))
    why = "; ".join(dict.fromkeys(reason.said for reason in one.reasons))
    if why:
        page.wrapped(why, indent=2, label=Text("why    ", "dim"), at_most=2)
    page.line((f"  facts  {'as recorded then' if one.facts_from == 'recorded' else 'read from the sources now'}", "dim"))


_ROUTES = {"act": "acts", "ask": "asks", "deferred": "waits", "none": "does nothing", "holdout": "is held out", "suppressed": "starts no work"}


def _route(name: str | None) -> str:
    return _ROUTES.get(name or "", name or "—")
