"""The key that seals the audit log: a file beside the database that only its owner can read."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from tempfile import mkstemp

from integrations.db.errors import UnsuitableError

BYTES = 32


def audit_key(path: Path) -> bytes:
    """The key in the file, made on first use (mode 0600). Raises UnsuitableError when others can read it.

    Whoever has the key can forge the log: keep a copy of it away from the database, and put the database's backups
    elsewhere.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise UnsuitableError(f"Others can read the audit key {path}.", f"Run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) < BYTES:
        raise UnsuitableError(f"{path} is not an audit key.", "Put the right file back: the log is verified with it.")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole under another name and then linked, so that a second process finds either no key or all of it.
    handle, name = mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token_bytes(BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            Path(path).hardlink_to(name)
    finally:
        Path(name).unlink()
