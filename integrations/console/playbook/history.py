"""Which versions were in force, what each changed, and the way back."""

from urllib.parse import quote

from fastapi import Request, Response

from agent.errors import NotFound
from integrations.console.answers import done
from integrations.console.forms import form_of
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of
from integrations.telling import policy
from integrations.telling.words import several

pages = Pages()
SHOWN = 100


@pages.get("/playbook/history", roles=EVERYBODY)
async def history(request: Request) -> Response:
    """The versions, newest first."""
    workspace = console_of(request).workspace
    found = await workspace.service.playbook_history(limit=SHOWN)
    return page(request, "playbook/history.html", versions=found, current=workspace.playbook.version, policy=policy, shown=SHOWN)


@pages.get("/playbook/history/{version}", roles=EVERYBODY)
async def version(request: Request, version: str, against: str = "") -> Response:
    """What a version changed of the one before it, or of another."""
    workspace = console_of(request).workspace
    found = await workspace.service.playbook_history(limit=1_000)
    reigned = next((one for one in found if one.reign.version == version), None)
    if reigned is None:
        raise NotFound(f"The version {version[:40]} was never in force here.", "Choose one of the history.")
    before = against or reigned.before or ""
    differences = await workspace.service.playbook_differences(before, version) if before else []
    others = list(dict.fromkeys(one.reign.version for one in found if one.reign.version != version))[:SHOWN]
    return page(
        request, "playbook/version.html", one=reigned, version=version, before=before, differences=differences,
        others=[(one, one) for one in others], current=workspace.playbook.version, policy=policy,
    )  # fmt: skip


@pages.post("/playbook/roll-back", roles=("operator", "admin"))
async def roll_back(request: Request) -> Response:
    """Put the changes in force again that were when a version was."""
    form, service = await form_of(request), console_of(request).workspace.service
    back = await service.roll_back_playbook(form.need("version", "The version"), who=visitor_of(request).email, why=form.need("why", "The reason"))
    version, wanted = back.publication.version, back.publication.rolled_back_to or ""
    if not back.left:
        return await done(request, "/console/playbook/history", f"Version {version} is in force again.")
    said = (
        f"The changes of {wanted} are in force again, as version {version}. {several(len(back.left), 'difference')} to {wanted} stands in the files,"
    )
    return await done(
        request, f"/console/playbook/history/{quote(version, safe='')}?against={quote(wanted, safe='')}", f"{said} and stays as the files have it.",
        tone="warn",
    )  # fmt: skip
