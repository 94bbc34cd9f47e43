"""`nextplay db purge` and `nextplay db erase`: how long data stays, and how a person is taken out."""

from typing import Annotated

import typer

from integrations.cli.options import As, Json

Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without, it is only said what would be done.")]


def purge(yes: Yes = False, as_json: Json = False) -> None:
    """Take out what has been kept for as long as NEXTPLAY_RETAIN_… says. `nextplay serve` does so by itself, four times a day."""
    import asyncio
    from datetime import UTC, datetime

    from integrations.cli.database import address, existing
    from integrations.cli.look import Page, print_json
    from integrations.db.database import Database
    from integrations.retaining import keeping, purging
    from integrations.settings import env_name, load

    existing()
    settings, at, database = load(), datetime.now(UTC), Database(address())
    try:
        old = asyncio.run(keeping.purge(database, settings, at) if yes else database.read_core(lambda c: purging.look(c, settings, at)))
        paused = asyncio.run(keeping.forget_paused(database, closed_only=True)) if yes else None
    finally:
        database.close()
    if as_json:
        rows = [{"class": one.name, "rows": one.rows, "before": one.before, "setting": env_name(one.setting), "costs": one.costs} for one in old]
        print_json({"done": yes, "classes": rows, "checkpoints": paused})
        return
    page = Page()
    for one in old:
        since = f"before {one.before:%Y-%m-%d}" if one.before else "kept for ever"
        page.line((f"{one.rows:>9,}  ", "bold" if one.rows else ""), f"{one.name}, {since}")
        if one.rows:
            page.wrapped(one.costs, indent=11)
    page.line("Done." if yes else "Nothing was changed. To do it: nextplay db purge --yes")
    page.show()


def erase(
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="The id of the contact, as decisions name it.")],
    who: As,
    why: Annotated[str, typer.Option("--why", help="Why, for the audit log. Do not name the person.")],
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="VALUE", help="What else names the person: an address, a number. Repeatable.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take a person out of every table, the checkpoints and the indexes. Erase them in your CRM and helpdesk first: what is there is read again."""
    import asyncio
    from datetime import UTC, datetime

    from integrations.cli.database import address, existing
    from integrations.cli.look import Page, print_json
    from integrations.db.database import Database
    from integrations.db.store import store_of
    from integrations.retaining import keeping
    from integrations.retaining.erasing import Erased, Trial
    from integrations.retaining.erasing import erase as erased
    from integrations.settings import load

    existing()
    settings, at, database = load(), datetime.now(UTC), Database(address())
    try:
        chain = store_of(database, settings.audit_key_file).chain

        async def work() -> tuple[Erased, bool]:
            try:
                done = await database.write_core(lambda c: erased(c, chain, contact, also=also or (), by=who, why=why, at=at, trial=not yes))
            except Trial as trial:
                return trial.done, True
            await keeping.forget_paused(database, closed_only=False)
            return done, True

        done, _ = asyncio.run(work())
    finally:
        database.close()
    whole = keeping.leave_nothing(database) if yes else True
    if as_json:
        print_json({"done": yes, "stand_in": done.stand_in, "changed": done.changed, "deleted": done.deleted, "decisions": done.decisions,
                    "audit_payloads": done.payloads, "audit_sealed": done.sealed, "rewritten": whole})  # fmt: skip
        return
    page = Page()
    for table in dict.fromkeys([*done.changed, *done.deleted]):
        page.line(f"{done.changed.get(table, 0):>7,} changed {done.deleted.get(table, 0):>5,} deleted  {table}")
    page.wrapped(f"{done.decisions:,} decisions are about them: they lose texts and evidence, and cannot be replayed.")
    page.line(f"{done.payloads:,} payloads of the audit log are erased.")
    if done.sealed:
        page.wrapped(f"{done.sealed:,} audit entries name them in what is sealed (who did it, or what it was about), which cannot be changed.")
    if not whole:
        page.wrapped("Somebody reads the database, so that old pages may still hold what was erased: stop nextplay serve, and run this once more.")
    page.line("Done. Prove the log: nextplay audit verify" if yes else "Nothing was changed. To do it: the same with --yes")
    page.show()
