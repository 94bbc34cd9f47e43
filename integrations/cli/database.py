"""`nextplay db`: upgrade, check, back up and move the database, and keep in it what should be."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from integrations.cli import retention
from integrations.cli.options import As, Json


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    db = typer.Typer(help="The database.")
    for command in (upgrade, check, backup, restored, move, retention.purge, retention.erase):
        db.command()(command)
    app.add_typer(db, name="db")


def address() -> str:
    """The address of the database that the settings name."""
    from integrations.settings import load

    return load().database_url.get_secret_value()


def upgrade(as_json: Json = False) -> None:
    """Bring the database up to date, making it if there is none."""
    from integrations.cli.look import Page, print_json
    from integrations.db import migrations
    from integrations.db.backing import shown

    url = address()
    migrations.upgrade(url)
    if as_json:
        print_json({"database": shown(url), "ok": True})
        return
    page = Page()
    page.line(f"{shown(url)} is up to date.")
    page.show()


def check(as_json: Json = False) -> None:
    """Check that the database is as this version expects it; the exit code is 1 when it is not."""
    from integrations.cli.failures import Failed
    from integrations.cli.look import Page, print_json
    from integrations.db import migrations

    where = existing()
    problems = migrations.check(address())
    if as_json:
        print_json({"database": where, "ok": not problems, "problems": problems})
    elif not problems:
        page = Page()
        page.line(f"{where} is as it should be.")
        page.show()
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise Failed(f"The database is not ready: {problems[0].rstrip('.')}{more}.", "Bring it up to date with: nextplay db upgrade")


def existing() -> str:
    """Where the database is, as it may be printed. Raises NotFound for a file that is not there yet."""
    from agent.errors import NotFound
    from integrations.db.backing import is_on_a_server, shown
    from integrations.db.sqlite import file_of

    url = address()
    if not is_on_a_server(url) and not file_of(url).exists():
        raise NotFound(f"There is no database at {shown(url)} yet.", "Make it with: nextplay db upgrade")
    return shown(url)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put the copy.")],
    as_json: Json = False,
) -> None:
    """Copy the database while it is in use, and check the copy. The audit key is not in it: keep that elsewhere."""
    from agent.errors import Refused
    from integrations.cli.look import Page, print_json
    from integrations.db.backing import is_on_a_server

    where = existing()
    if is_on_a_server(address()):
        raise Refused(f"{where} is on a server, which copies it better than we could.", "Run: pg_dump --format=custom --file=FILE ADDRESS")
    path = Path(where)
    if file.exists():
        raise Refused(f"{file} is there already, and nothing is overwritten.", "Name another file.")
    size = copy(path, file)
    if as_json:
        print_json({"database": path, "backup": file, "bytes": size})
        return
    page = Page()
    page.line(f"Copied {path} to {file}: {size:,} bytes, checked.")
    page.line("The audit key is not in it: keep a copy of it, away from this one.")
    page.show()


def restored(who: As, as_json: Json = False) -> None:
    """Say that this database was restored from a backup, before anything drives it: for 30 days every effect is looked up before it is done."""
    import asyncio
    from datetime import UTC, datetime

    from integrations.cli.look import Page, print_json
    from integrations.db.database import Database
    from integrations.db.store import store_of
    from integrations.settings import load

    where, settings = existing(), load()
    database = Database(address())
    try:
        until = asyncio.run(store_of(database, settings.audit_key_file).restored(by=who, at=datetime.now(UTC)))
    finally:
        database.close()
    if as_json:
        print_json({"database": where, "look_first_until": until})
        return
    page = Page()
    page.wrapped(
        f"Until {until:%Y-%m-%d} every effect is looked up at its target by its marker first: what was done after the backup is not done again."
    )
    page.wrapped("What no target can tell waits for a person: nextplay effects list")
    page.show()


def move(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The address of an empty database, such as one of PostgreSQL.")],
    as_json: Json = False,
) -> None:
    """Copy the whole database into another, and compare the two. Stop `nextplay serve` first: nobody can write meanwhile."""
    from integrations import moving
    from integrations.cli.look import Page, console, print_json
    from integrations.db.backing import shown

    where = existing()
    with console(stderr=True).status("Copying …") as status:
        copied = moving.move(address(), to, lambda table, count: status.update(f"Copied {table}: {count:,} rows"))
    if as_json:
        print_json({"from": where, "to": shown(to), "rows": copied})
        return
    page = Page()
    page.wrapped(f"Copied {where} to {shown(to)}: {sum(copied.values()):,} rows of {sum(map(bool, copied.values()))} tables, compared row by row.")
    page.wrapped(
        "Now name it in NEXTPLAY_DATABASE_URL, and the audit key in NEXTPLAY_AUDIT_KEY_FILE: it is the same one. Then: nextplay audit verify"
    )
    page.show()


def copy(path: Path, file: Path) -> int:
    """Copy one moment of the database to a new file that only its owner can read; returns its size. Raises Failed."""
    from integrations.cli.failures import Failed

    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # Read-only: closing a writing connection could run a checkpoint beside another process's.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise Failed(f"{file} could not be written: {why}.", "Look at the disk and the permissions of the folder.") from None
    if found != "ok":
        raise Failed(f"The copy {file} is damaged: {found}.", "Look at the disk, and check the database with: nextplay doctor")
    return file.stat().st_size
