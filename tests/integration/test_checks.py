"""What `check` finds, one thing wrong at a time, against the sandbox."""

from __future__ import annotations

import errno
import importlib.util
import os
import sqlite3
from collections.abc import Mapping

import pytest

from folder_sync.errors import WatchUnavailable
from folder_sync.photo import State
from folder_sync.report import checks
from folder_sync.report.checks import database, folders
from folder_sync.report.checks.finding import Finding
from folder_sync.sandbox.codes import make_id, make_key
from folder_sync.service.notify.monitor import LOW_BYTES
from folder_sync.store.sqlite.database import Database
from tests.support.mounting import Mounts
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio


def wrong(studio: Studio, environ: Mapping[str, str] | None = None, low_bytes: int = LOW_BYTES) -> dict[str, Finding]:
    """What is not as it should be, by the name of the check."""
    findings = checks.check(studio.settings(), environ or {}, low_bytes=low_bytes)
    return {finding.check: finding for finding in findings if not finding.ok}


def test_everything_is_right(studio: Studio) -> None:
    assert wrong(studio) == {}
    assert not studio.database.exists()  # nothing is made by looking


def test_a_folder_that_is_not_there(studio: Studio) -> None:
    studio.folder.rmdir()
    (finding,) = wrong(studio).values()
    assert (finding.detail, finding.hint) == ("is not there", "Create it, or mount it.")


def test_a_file_where_a_folder_should_be(studio: Studio) -> None:
    studio.folder.rmdir()
    studio.folder.write_text("")
    (finding,) = wrong(studio).values()
    assert (finding.detail, finding.hint) == ("is not a folder", "Correct its path in the configuration.")


@pytest.mark.parametrize(
    ("error", "said"),
    [(errno.EACCES, "may not be read"), (errno.EIO, "can't be read: Input/output error"), (errno.ESTALE, "Stale")],
)
def test_a_folder_that_is_closed(studio: Studio, monkeypatch: pytest.MonkeyPatch, error: int, said: str) -> None:
    def refuse(path: bytes) -> None:
        raise OSError(error, os.strerror(error))  # root may read everything, so the kernel would not say so

    monkeypatch.setattr(os, "scandir", refuse)
    (finding,) = wrong(studio).values()
    assert said in finding.detail
    assert finding.hint


def test_a_folder_that_photos_can_not_be_moved_in(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode, **_: mode != os.W_OK)  # root may write everywhere
    assert "folder" not in " ".join(wrong(studio))
    for wish in ({"uploaded": "delete"}, {"rejected": "move"}):
        studio.configure(after=wish)
        assert "as [after] asks" in wrong(studio)[f"folder {studio.folder}"].detail


@pytest.mark.parametrize(
    ("leads_to", "said"),
    [
        ("export", "is {export} by another name"),
        ("export/inner", "overlaps with another: {other} lies in {export}"),
        (".", "overlaps with another: {export} lies in {other}"),
        ("elsewhere", ""),
        ("nowhere", "is not there"),
    ],
)
def test_a_folder_that_is_watched_by_two_names(studio: Studio, leads_to: str, said: str) -> None:
    other = studio.home / "other"
    for folder in ("export/inner", "elsewhere"):
        (studio.home / folder).mkdir()
    other.symlink_to(studio.home / leads_to)
    studio.config.write_text(studio.config.read_text().replace("[store]", f'[[watch]]\npath = "{other}"\n[store]'))
    found = [finding.detail for finding in wrong(studio).values()]
    assert found == ([said.format(export=studio.folder, other=other)] if said else [])


def test_a_folder_that_is_mounted_a_second_time(studio: Studio, mounts: Mounts) -> None:
    """Each of its photos was listed twice, and nothing said why; of two accounts each was sent it."""
    front, back, other = studio.folder / "front", studio.folder / "back", studio.home / "other"
    for folder in (front, back, other / "inner"):
        folder.mkdir(parents=True)
    mounts.tmpfs(back)
    assert wrong(studio) == {}
    mounts.bind(front, back)
    name = f"folder {studio.folder}"
    assert wrong(studio)[name].detail == f"the same files are seen at {front} and at {back}"
    studio.configure(intake={"ignore": ["back/"]})
    assert wrong(studio) == {}
    mounts.bind(studio.folder, other / "inner")
    studio.config.write_text(studio.config.read_text().replace("[store]", f'[[watch]]\npath = "{other}"\n[store]'))
    said = wrong(studio)[f"folder {other}"].detail
    assert said == f"overlaps with another: {studio.folder} lies in {other}"
    mounts.bind(front, other / "inner")
    said = wrong(studio)[f"folder {other}"].detail
    assert said == f"overlaps with another: the same files are seen at {front} and at {other}/inner"


def test_a_closed_folder_that_is_ignored(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice was to ignore it, and whoever did so was given it again."""
    inner = studio.folder / "inner"
    inner.mkdir()
    access = os.access
    closed = os.fsencode(inner)
    monkeypatch.setattr(os, "access", lambda path, mode, **how: path != closed and access(path, mode, **how))
    assert "can't be seen" in wrong(studio)[f"folder {studio.folder}"].detail
    studio.configure(intake={"ignore": ["inner/"]})
    assert wrong(studio) == {}


def test_a_folder_into_which_nothing_can_be_moved(studio: Studio) -> None:
    studio.configure(after={"uploaded": "move", "rejected": "move"})
    (studio.folder / "rejected").write_text("in the way")
    finding = wrong(studio)[f"folder {studio.folder}"]
    assert finding.detail == "nothing can be moved to rejected in it: Not a directory"


@pytest.mark.parametrize(
    "spoil", [lambda key: key[:-1], lambda key: key[:5] + ("y" if key[5] == "x" else "x") + key[6:], lambda key: ""]
)
def test_a_key_of_the_wrong_form(studio: Studio, spoil: object) -> None:
    assert callable(spoil)
    studio.key_file.write_text(str(spoil(studio.sandbox.key)))
    found = wrong(studio)
    assert list(found) == ["key of main"]
    assert studio.sandbox.ledger.calls == ()
    assert studio.sandbox.key[6:] not in str(found)


def test_a_key_that_is_refused(studio: Studio) -> None:
    studio.key_file.write_text(make_key())
    assert list(wrong(studio)) == ["key of main, accepted"]


def test_a_key_that_others_can_read(studio: Studio) -> None:
    studio.key_file.chmod(0o644)
    (finding,) = wrong(studio).values()
    assert finding.hint.startswith(f"chmod 600 {studio.key_file}, and ")
    studio.key_file.chmod(0o640)
    assert wrong(studio) == {}


def test_a_publishable_key(studio: Studio) -> None:
    sandbox = studio.sandbox
    studio.key_file.write_text(sandbox.accounts.add_key(sandbox.organization_id, prefix="cpk"))
    assert "meant for browsers" in wrong(studio)["key of main"].detail


def test_a_role_that_may_not_upload(studio: Studio) -> None:
    sandbox = studio.sandbox
    studio.key_file.write_text(sandbox.accounts.add_key(sandbox.organization_id, role="Viewer"))
    assert wrong(studio)["key of main, role"].detail == "Viewer, which may not upload"


def test_the_wrong_organization_and_none(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{make_id()}"')
    (finding,) = wrong(studio).values()
    assert studio.sandbox.organization_id in finding.hint
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    assert wrong(studio) == {}
    studio.configure()
    second = studio.sandbox.accounts.add_organization("Second")
    studio.sandbox.join_organization(organization_id=second)
    (finding,) = wrong(studio).values()
    assert finding.detail == "the key belongs to 2 organizations"
    assert f"{second} (Second)" in finding.hint


@pytest.mark.parametrize(("skew", "said"), [(-3600, "ahead of the server"), (3600, "behind the server")])
def test_a_clock_that_is_off(studio: Studio, skew: int, said: str) -> None:
    studio.sandbox.set_clock_skew(skew)
    assert said in wrong(studio)["clock"].detail


def test_nobody_there(studio: Studio) -> None:
    studio.sandbox.faults.add("drop_before_body", count=None)
    (finding,) = wrong(studio).values()
    assert finding.check == "key of main, accepted"
    assert f"base_url in the configuration ({studio.sandbox.url})" in finding.hint


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_whatever_the_server_says_there_is_something_to_do(studio: Studio, status: int) -> None:
    studio.sandbox.faults.add("status", route="whoami", status=status)
    (finding,) = wrong(studio).values()
    assert finding.hint.endswith(".")
    assert "by itself" not in finding.hint  # check does not try again


def test_a_key_without_any_organization(studio: Studio) -> None:
    studio.sandbox.leave_organization()
    (finding,) = wrong(studio).values()
    assert finding.detail == "the key belongs to no organization"
    assert "make a new key" in finding.hint


def test_a_folder_that_is_polled(studio: Studio) -> None:
    studio.configure(watch='backend = "polling"\npoll_seconds = 2.5')
    details = [finding.detail for finding in checks.check(studio.settings(), {})]
    assert "scanned every 2.5 seconds" in details


def test_a_network_share_that_is_watched_natively(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "file_system", lambda path: "nfs4")
    monkeypatch.setattr(database, "file_system", lambda path: "nfs4")
    studio.configure(watch='backend = "native"')
    found = wrong(studio)
    assert 'Set backend = "auto".' in {finding.hint for finding in found.values()}
    assert "SQLite's locks" in found["database"].detail


def test_inotify_limits(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise WatchUnavailable("There are too many folders to watch.", "Raise fs.inotify.max_user_watches.")

    monkeypatch.setattr(folders, "watch", refused)
    (finding,) = wrong(studio).values()
    assert finding.hint == "Raise fs.inotify.max_user_watches."


def test_a_damaged_database(studio: Studio) -> None:
    studio.database.parent.mkdir()
    studio.database.write_bytes(b"no database " * 500)
    assert "damaged" in wrong(studio)["database"].detail
    studio.database.unlink()
    Database(studio.database, create=True).close()
    assert wrong(studio) == {}


def test_an_sqlite_that_is_too_old(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before there is a database."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    assert wrong(studio)["database"].detail.startswith("SQLite 3.39 or later is needed")


def test_a_full_disk(studio: Studio) -> None:
    assert list(wrong(studio, low_bytes=1 << 62)) == ["disk space"]


def test_a_place_that_can_not_be_written(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.W_OK and access(path, mode))  # root may all
    assert wrong(studio)["database"].hint.startswith(f"Give this user the right to write to {studio.home}")


def test_a_password_of_the_records_that_is_not_there(studio: Studio) -> None:
    """All that was said was that."""
    settings = studio.settings()
    store = {"url": "postgresql://me@127.0.0.1:1/photos", "password_file": studio.home / "store.password"}
    settings = settings.model_copy(update={"store": settings.store.model_copy(update=store)})
    findings = {finding.check: finding for finding in checks.check(settings, {})}
    assert findings["key of main, role"].ok
    assert (
        findings["database"].detail == f"The password file {studio.home}/store.password of the database does not exist."
    )


def test_records_that_can_not_be_written(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that is read-only all was said to be well, and `run` ended."""
    Database(studio.database, create=True).close()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.W_OK and access(path, mode))  # root may all
    found = wrong(studio)["database"]
    assert found.detail == f"{studio.database} can't be written"


def test_barcodes_that_can_not_be_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """All was said to be well, and `run` ended."""
    studio.configure(quality={"other_barcode": "note"})
    assert wrong(studio) == {}
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "zxingcpp" else find_spec(name))
    assert wrong(studio)["barcodes"].hint == "Install folder-sync[barcode], or set other_barcode to off."


def test_two_accounts_of_one_organization(studio: Studio) -> None:
    """Each would take the other's images for a stranger's."""
    second = studio.sandbox.accounts.add_organization("Second")
    studio.sandbox.join_organization(organization_id=second)
    ours = studio.sandbox.organization_id

    def configure(organization: str) -> None:
        one = f'organization_id = "{ours}"'
        other = [f'base_url = "{studio.sandbox.url}"', f'key_file = "{studio.key_file}"']
        lines = [one, "[accounts.agency]", *other, f'organization_id = "{organization}"']
        studio.configure(account="\n".join(lines), watch='account = "main"')

    configure(second)
    assert wrong(studio) == {}
    configure(ours)
    assert wrong(studio)["organization of main, agency"].hint == "Give their watched folders one account."


def test_a_key_of_another_organization_than_the_records(studio: Studio) -> None:
    """All was said to be well, and each photo then waited for a product that the catalogue knew."""
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
    ours = studio.sandbox.organization_id
    studio.sandbox.change_organization()
    (finding,) = wrong(studio).values()
    assert finding.check == "organization of main"
    assert f"the records belong to {ours}, the key to " in finding.detail
