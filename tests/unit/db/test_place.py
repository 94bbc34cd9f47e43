"""Where the database and its key may lie."""

import stat
from pathlib import Path

import pytest

from integrations.db.database import Database
from integrations.db.errors import UnsuitableError
from integrations.db.keys import audit_key
from integrations.db.mounts import mount_of, refuse_network
from integrations.db.sqlite import file_of, prepare
from integrations.db.store import SqlStore
from tests.databases import ON_SQLITE

MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/export /srv/share nfs4 rw 0 0
/dev/vdb /srv/share/local xfs rw 0 0
//host/my\\040docs /mnt/my\\040docs cifs rw 0 0
share /mnt/host virtiofs rw 0 0
sshfs /mnt/ssh fuse.sshfs rw 0 0
/dev/sdc /mnt/stick fuseblk rw 0 0
overlay /mnt/box overlay rw 0 0
server:/late /mnt/box nfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/np.db", "ext4"),
        ("/srv/share/np.db", "nfs4"),
        ("/srv/shared/np.db", "ext4"),
        ("/srv/share/local/x/np.db", "xfs"),
        ("/mnt/my docs/np.db", "cifs"),
        ("/mnt/host/np.db", "virtiofs"),
        ("/mnt/ssh/np.db", "fuse.sshfs"),
        ("/mnt/stick/np.db", "fuseblk"),
        ("/mnt/box/np.db", "nfs"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    assert mount_of(Path(path), MOUNTS)[1] == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse.sshfs", "fuse.gvfsd", "vboxsf"])
def test_network_file_systems_are_refused(kind: str, tmp_path: Path) -> None:
    mounts = f"/dev/vda / ext4 rw 0 0\nshare {tmp_path} {kind} rw 0 0\n"
    with pytest.raises(UnsuitableError, match=f"a {kind} file system, on which SQLite damages its file.*local disk"):
        prepare(f"sqlite:///{tmp_path}/new/np.db", mounts)
    assert not (tmp_path / "new").exists()


def test_local_and_unknown_places_are_taken() -> None:
    refuse_network(Path("/mnt/stick/np.db"), MOUNTS)
    refuse_network(Path("/anywhere/np.db"), "")


def test_a_link_into_a_network_file_system_is_followed(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    with pytest.raises(UnsuitableError):
        refuse_network(tmp_path / "link" / "np.db", f"/dev/vda / ext4 rw 0 0\nx {tmp_path}/share nfs rw 0 0\n")


@pytest.mark.parametrize("url", ["", "no address", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true", "postgresql://h/db"])
def test_addresses_that_name_no_file(url: str) -> None:
    with pytest.raises(UnsuitableError, match=r"sqlite:///path/to/nextplay\.db"):
        file_of(url)


def test_the_folder_and_file_are_made_for_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "c#d" / "np.db"
    database = Database(f"sqlite:///{path}")
    database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnsuitableError, match="cannot be made"):
        Database(f"sqlite:///{tmp_path}/file/np.db")


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "np.db").write_bytes(b"not a database, but long enough to have a header " * 40)
    with pytest.raises(UnsuitableError, match="cannot be opened as a database"):
        Database(f"sqlite:///{tmp_path}/np.db")


def test_the_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.key"
    key = audit_key(path)
    assert len(key) == 32
    assert audit_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    audit_key(path)
    path.chmod(0o640)
    with pytest.raises(UnsuitableError, match="chmod 600"):
        audit_key(path)


@pytest.mark.parametrize("text", ["", "abcd", "no hex " * 20])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UnsuitableError, match="not an audit key"):
        audit_key(path)


@ON_SQLITE
async def test_the_store_keeps_its_key_beside_the_database(url: str) -> None:
    database = Database(url)
    try:
        first = SqlStore(database).chain.key
        assert SqlStore(database).chain.key == first
        assert audit_key(Path(str(database.path)).with_name("nextplay.db.audit-key")) == first
    finally:
        database.close()
