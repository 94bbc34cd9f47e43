"""`nextplay sandbox misbehave`: has a vendor's double do wrong, or become well again."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from integrations.cli.look import Page

WELL = "well"
_AT = "Use the address that the demo prints, such as http://127.0.0.1:43210"


def misbehave(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the double answers; the demo with --vendor prints it.")],
    how: Annotated[str | None, typer.Argument(metavar="[HOW]", help="A fault or trick; 'well' ends them. Without it: what there is.")] = None,
    of: Annotated[str | None, typer.Argument(metavar="[OF]", help="What a trick needs to be told, such as a record.")] = None,
    times: Annotated[int, typer.Option("--times", min=1, max=1000, help="How many of the next requests a fault is for.")] = 1,
    share: Annotated[float | None, typer.Option("--share", min=0, max=1, help="Instead: which share of all requests from now on.")] = None,
    as_json: Json = False,
) -> None:
    """Have a vendor's double fail, or change something there, to see what Nextplay makes of it."""
    import asyncio

    from integrations.cli.look import Page, print_json

    told = asyncio.run(_told(url.rstrip("/"), how, of, times, share))
    if as_json:
        print_json(told)
        return
    page = Page()
    if how is None:
        _add_all(page, told)
    _add_set(page, url, told)
    page.show()


async def _told(url: str, how: str | None, of: str | None, times: int, share: float | None) -> dict[str, Any]:
    """What the double says after it was told. Raises InvalidInput."""
    from agent.errors import InvalidInput

    there = await _asked(url, "GET", "")
    if how is None:
        return there
    if how == WELL:
        return await _asked(url, "POST", "well", {})
    if how in there["tricks"]:
        if share is not None or times != 1:
            raise InvalidInput(f"{how} happens once.", "Leave out --times and --share: they are for faults.")
        return await _asked(url, "POST", "tricks", {"name": how, "of": of or ""})
    if how in there["faults"]:
        if of is not None:
            raise InvalidInput(f"{how} is a fault of requests, and needs nothing to be told.", "Leave out the last word.")
        shares, following = there["set"]["shares"], there["set"]["next"]
        said = {"shares": shares, "next": [*following, *[how] * times]} if share is None else {"shares": {**shares, how: share}, "next": following}
        return await _asked(url, "POST", "faults", said)
    known = ", ".join([*there["faults"], *there["tricks"], WELL])
    raise InvalidInput(f"This double of {there['vendor']} cannot be '{how}'.", f"It can be: {known}")


async def _asked(url: str, method: str, what: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
    import httpx2

    from agent.errors import InvalidInput
    from integrations.http import EgressRefusedError, http_client
    from integrations.sandbox.doubles.side_door import SIDE_DOOR

    try:
        async with http_client(hosts=[httpx2.URL(url).host], timeout_s=5) as client:
            answer = await client.request(method, f"{url}{SIDE_DOOR}/{what}".rstrip("/"), json=said)
            found: Any = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, EgressRefusedError, ValueError):
        raise InvalidInput(f"No double of a vendor answers at {url}.", _AT) from None
    if not isinstance(found, dict) or not {"faults", "error"} & {*found}:
        raise InvalidInput(f"What answers at {url} is no double of a vendor.", _AT)
    if "error" in found:
        raise InvalidInput(f"It was not done: {found['error']}.", f"See what there is: nextplay sandbox misbehave {url}")
    return found


def _add_all(page: "Page", told: dict[str, Any]) -> None:
    page.heading(f"What this double of {told['vendor']} can do wrong")
    rows = [[name, "", says] for name, says in told["faults"].items()]
    rows += [[name, trick["of"], trick["says"]] for name, trick in told["tricks"].items()]
    page.table(rows, header=("how", "of", "what happens"), flex=2, caps={1: 44})
    page.blank()


def _add_set(page: "Page", url: str, told: dict[str, Any]) -> None:
    """What holds now."""
    from integrations.telling.words import listed

    now, vendor = told["set"], told["vendor"]
    holds = [f"{name} for {share:.0%} of all requests" for name, share in now["shares"].items() if share]
    holds += [f"{name} of {of}" if of else name for name, of in now["tricks"]]
    if now["next"]:
        holds.append(f"for the next requests: {', '.join(str(one) if one else 'none' for one in now['next'])}")
    if not holds:
        page.wrapped(f"The double of {vendor} is well.")
        return
    page.wrapped(f"The double of {vendor} is told: {listed(holds)}.")
    page.wrapped(f"End it with: nextplay sandbox misbehave {url} {WELL}")
