"""Where a database file may live. SQLite's WAL needs shared memory and locks that network file systems do not keep."""

import re
from pathlib import Path

from integrations.db.errors import UnsuitableError

MOUNTS = Path("/proc/mounts")
NETWORK = re.compile(
    r"nfs\d*|cifs|smb\d?|smbfs|smb2fs|9p|virtiofs|fuse|fuse\..+|vboxsf|prl_fs|vmhgfs|afs|ceph|glusterfs|lustre|gpfs|beegfs|ocfs2|gfs2|orangefs|"
    r"davfs|ncpfs|coda|sshfs|drvfs"
)


def mount_of(path: Path, mounts: str) -> tuple[str, str]:
    """Mount point and file system type that hold `path`, from text like /proc/mounts; ("", "") when unknown."""
    place = str(path.resolve())
    found = ("", "")
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), fields[1])
        holds = point in ("/", place) or place.startswith(point + "/")
        # A later mount on the same point hides the earlier one.
        if holds and len(point) >= len(found[0]):
            found = (point, fields[2])
    return found


def refuse_network(path: Path, mounts: str | None = None) -> None:
    """Raise UnsuitableError when `path` is on a network or shared file system. `mounts` replaces what the kernel says.

    Locks and shared memory there do not reach the other side: two processes would each believe that they write alone,
    and the file is damaged within a minute. A machine without /proc/mounts is not checked.
    """
    if mounts is None:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    point, kind = mount_of(path, mounts)
    if NETWORK.fullmatch(kind):
        raise UnsuitableError(
            f"{path} is on {point}, a {kind} file system, on which SQLite damages its file.",
            "Set NEXTPLAY_DATABASE_URL to a file on a local disk.",
        )
