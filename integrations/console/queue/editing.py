"""The words and parameters of an ask, changed before it is approved."""

from fastapi import Request, Response

from integrations.console import answers, editing
from integrations.console.forms import form_of
from integrations.console.pages import Pages
from integrations.console.queue.filters import way_back
from integrations.console.queue.reading import ANSWERING, one_of
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of

pages = Pages()


@pages.get("/queue/{ask}/edit", roles=ANSWERING)
async def edit(request: Request, ask: str) -> Response:
    """The words and parameters of an ask, to be changed before it is approved."""
    shown = await one_of(request, ask)
    return page(request, "queue/edit.html", one=shown, fields=editing.fields_of(shown), back=request.query_params.get("back", ""), wrong=False)


@pages.post("/queue/{ask}/edit", roles=ANSWERING)
async def change(request: Request, ask: str) -> Response:
    """Approve with what was changed. What is wrong is said at its field, and nothing that was written is lost."""
    form, who, service = await form_of(request), visitor_of(request).email, console_of(request).workspace.service
    shown = await one_of(request, ask)
    edit, given = editing.read(form, shown)
    errors = await editing.wrong_fields(service, ask, who, edit, given) if shown.live else {}
    if errors:
        fields = editing.fields_of(shown, given, errors)
        return page(request, "queue/edit.html", status=422, one=shown, fields=fields, back=form.text("back"), wrong=True)
    kind = "edit" if edit.changes else "approve"
    result = await service.answer(ask, kind, who=who, content=edit.content or None, params=edit.params or None)
    return await answers.done(request, way_back(form), result.says, tone="good" if result.won else "warn")
