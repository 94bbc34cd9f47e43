"""Writes a report whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from agent.errors import InvalidInput
from integrations.reports.pages import Page
from integrations.reports.rendering import render


def write(path: Path, page: Page) -> None:
    """Write the page beside its place and put it there in one step. Raises InvalidInput where that cannot be; what was there then stays."""
    write_text(path, render(page))


def write_text(path: Path, text: str) -> None:
    """The same for any text."""
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder, not a file.", "Name the file to write.")
    try:
        handle, name = mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that is there and may be written.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(name).unlink()
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.", "Name a file that may be written, on a disk with room.") from None


def _umask() -> int:
    """What new files are denied; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
