"""Signing in with an OpenID Connect provider: there, and back. What comes back counts only in the browser that went there."""

import hmac

import structlog
from fastapi import Request, Response
from starlette.responses import RedirectResponse

from agent.errors import NotFound, Unauthorised
from integrations.console import answers, entry
from integrations.console.pages import STRANGERS, Pages
from integrations.console.provider import LASTS, Errand, Provider
from integrations.console.visit import Console, console_of

log = structlog.get_logger("nextplay.console")

pages = Pages()
COOKIE = "__Host-nextplay-oidc"


@pages.get("/oidc", roles=STRANGERS)
async def there(request: Request, to: str = "/console") -> Response:
    """To the provider, and a cookie that says what for. A link and no form: the policy lets no form lead elsewhere."""
    entry.patient(request)
    console = console_of(request)
    errand = Errand.begun(console.wall(), answers.within(to)[:1_000], console.random)
    response = RedirectResponse(await _provider(console).way(errand, console.wall()), 303)
    response.set_cookie(COOKIE, errand.cookie, max_age=int(LASTS.total_seconds()), path="/", secure=True, httponly=True, samesite="lax")
    return response


@pages.get("/oidc/back", roles=STRANGERS)
async def back(request: Request) -> Response:
    """Back from the provider. The cookie has served, unless the provider could not be asked: then a reload asks again."""
    try:
        response = await _back(request)
    except Unauthorised as error:
        entry.wrong(request)
        response = await answers.failed(request, error)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def _back(request: Request) -> Response:
    entry.patient(request)
    console, said = console_of(request), request.query_params
    provider, now = _provider(console), console.wall()
    errand = Errand.read(request.cookies.get(COOKIE, ""), now)
    if errand is None or not hmac.compare_digest(said.get("state", "").encode(), errand.part("state").encode()):
        raise Unauthorised("This sign-in was not begun in this browser, or took longer than ten minutes.", "Begin again at the page for signing in.")
    if not provider.came_back(await provider.described(now), said.get("iss")):
        raise Unauthorised("Somebody else than the provider sent you back, so nobody was signed in.", "Begin again at the page for signing in.")
    if not said.get("code"):
        raise Unauthorised(f"{provider.name} did not sign you in: it was refused there, or called off.", "Try again, or ask an admin for a link.")
    email = await provider.who(errand, said["code"], now)
    if await console.admission.role(email) is None:
        log.warning("signed in, and not on the console", email=email)
        raise unknown(email, provider.name)
    await entry.begin(request, email, "oidc")
    return RedirectResponse(answers.within(errand.to), 303)


def unknown(email: str, by: str) -> Unauthorised:
    """Somebody whom another vouches for, and who may not use the console."""
    return Unauthorised(
        f"{by} says that you are {email}, who may not use this console.",
        f"Ask one of its admins to let you in, on the page People or with: nextplay people allow {email} --role ROLE",
    )


def _provider(console: Console) -> Provider:
    if console.provider is None:
        raise NotFound("Nobody signs in here with a provider.", "Use a link, or set NEXTPLAY_OIDC_ISSUER and NEXTPLAY_PUBLIC_URL.")
    return console.provider
