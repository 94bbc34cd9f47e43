"""A world in which whoever could write something wrote what a browser should run: 200 tickets, their subjects, companies and people."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from evals.benchmarks.hostile import RIGHT
from evals.benchmarks.twins import Twin, decide
from integrations.sandbox import records
from integrations.tokens import mint
from tests.acceptance.hostile_texts import TEXTS
from tests.acceptance.workspaces import DATABASE, alone, seeded

MARK = "window.canary"
"""What none of them may get to: a page in which this is set has run what somebody wrote."""

CANARIES = [
    f"<script>{MARK}=1</script>",
    f"<img src=x onerror={MARK}=1>",
    f'"><svg onload="{MARK}=1"><animate onbegin="{MARK}=1" attributeName=x dur=1s>',
    f"' autofocus onfocus='{MARK}=1' onmouseover='{MARK}=1' x='",
    f'" autofocus onfocus="{MARK}=1" x="',
    f"</textarea></title></option></select><script>{MARK}=1</script>",
    f'<iframe srcdoc="<script>parent.canary=1;{MARK}=1</script>"></iframe>',
    f'<a href="javascript:{MARK}=1" id=main>here</a>',
    f"[here](javascript:{MARK}=1) ![x](x){{onerror={MARK}=1}}",
    f"<javascript:{MARK}=1|here> <https://evil.example/?{MARK}=1|here>",
    f'<div hx-get="/console/looks" hx-trigger="load" hx-on:htmx:load="{MARK}=1" hx-on:load="{MARK}=1" hx-vals="js:{{x:{MARK}=1}}"></div>',
    f'<form action="https://evil.example/{MARK}"><button autofocus>Approve</button></form><base href="https://evil.example/">',
    f'<meta http-equiv="refresh" content="0;url=javascript:{MARK}=1"><link rel=stylesheet href="https://evil.example/{MARK}.css">',
    f"<style>@import 'https://evil.example/{MARK}';</style><math><mtext><style><img src=x onerror={MARK}=1></style></math>",
    f"<!--><script>{MARK}=1</script>--> ]]><script>{MARK}=1</script>",
    f"{{{{constructor.constructor('{MARK}=1')()}}}} ${{{MARK}=1}} {{% raw %}}",
    f"<details open ontoggle={MARK}=1><summary>x</summary></details><video><source onerror={MARK}=1></video>",
    f'<template><script>{MARK}=1</script></template><object data="javascript:{MARK}=1"></object>',
]
MOST, FEW = 200, 2 * len(CANARIES)
"""So many tickets; and so many in every run of the tests, each canary twice."""

BODIES = [f"{text}\n\n{canary}" for text, canary in islice(zip(cycle(TEXTS), cycle(CANARIES), strict=False), MOST)]


def make_hostile(folder: Path, world: Path, tickets: int = MOST) -> Path:
    """The database of that world, with so many tickets decided."""
    import asyncio

    async def make() -> None:
        async with seeded(folder, world) as workspace:
            named = await workspace.database.glance(partial(_named, bases=[*RIGHT]))
            await workspace.sandbox.apply(json.dumps(named))
            await decide(
                workspace, [Twin(f"h{number}-", base, body) for number, (base, body) in enumerate(zip(cycle(RIGHT), BODIES[:tickets], strict=False))]
            )
            now = datetime.now(UTC)
            _, token = mint(f'"autofocus/onfocus="{MARK}=1"@x', "viewer", now=now, ttl=timedelta(days=9), random=secrets.token_bytes)
            await workspace.store.add_token(token)
            await workspace.service.new_draft(f"Change {CANARIES[0]}", who="ann@tessera.example")

    with alone(folder):
        asyncio.run(make())
    return folder / DATABASE


def _named(connection, bases: list[str]) -> Mapping[str, list[dict[str, str]]]:  # type: ignore[no-untyped-def]
    """The tickets that are copied, and whose they are, under names that no parent would give."""
    fixture: dict[str, list[dict[str, str]]] = {"accounts": [], "contacts": [], "tickets": []}
    names = cycle(CANARIES)
    for base in bases:
        ticket = records.one(connection, "tickets", base)
        assert ticket is not None
        fixture["tickets"].append({"id": base, "subject": f"Help {next(names)}"})
        fixture["accounts"].append({"id": ticket.data["account"], "name": f"Alder {next(names)}"})
        fixture["contacts"].append({"id": ticket.data["requester"], "name": f"Kim {next(names)}"})
    return fixture
