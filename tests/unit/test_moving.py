"""The records of one engine in another: all of them, as they were, and going on from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from folder_sync.cli import main
from folder_sync.errors import StoreUnavailable
from folder_sync.photo import State
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.store import moving
from folder_sync.store.audit import Audits
from folder_sync.store.opening import store_at
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Database
from folder_sync.store.postgres.store import PostgresStore
from tests.support.engines import MISSING
from tests.support.postgres import MACHINE, new_schema, on_machine
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf
from tests.support.store_model import CORRUPT

OTHER_ENGINE = {"sqlite": "postgres", "postgres": "sqlite"}
PHOTOS = 5
FRONT = f"{GTIN}__Front.jpg"


def fill(shelf: Shelf) -> None:
    """A photo of each kind, rows that point at each other, and numbers whose rows have gone."""
    shelf.add(FRONT, "A")
    front = shelf.upload()
    shelf.add(f"{GTIN}__Front__primary.jpg", "B")
    shelf.add(f"{GTIN}__Front__2.jpg", "A")
    shelf.add(f"{OTHER_GTIN}__Front.jpg", CORRUPT)
    shelf.put(FRONT, "C")
    assert shelf.add(f"{GTIN}__Front__primary__2.jpg", "B").state is State.DUPLICATE
    Audits(shelf.db).conclude("main", GTIN, shelf.now, [Difference(Kind.TWICE, front.id, "x", "A tab\t, \\N, ü\n.")])
    shelf.db.change("UPDATE photo SET name = :name WHERE id = 2", {"name": b"\xff\x00\\.jpg"})
    shelf.db.change("DELETE FROM history WHERE id = (SELECT max(id) FROM history)")


def rows(database: Database, table: str) -> list[tuple[object, ...]]:
    return sorted(database.read(f"SELECT * FROM {table}"), key=repr)


def named_alike(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What this machine is called depends on the store."""
    return sorted(
        (tuple(str(v).removeprefix(MACHINE) if str(v).startswith(MACHINE) else v for v in row) for row in rows),
        key=repr,
    )


def numbers(database: Database) -> list[int]:
    return [database.ever_numbered(table) for table in moving.NUMBERED]


@pytest.mark.parametrize("engine", OTHER_ENGINE)
def test_all_records_are_there_as_they_were_and_go_on(engine: str, tmp_path: Path) -> None:
    with MISSING[engine](tmp_path / "one") as source, MISSING[OTHER_ENGINE[engine]](tmp_path / "two") as target:
        here = Shelf(source)
        fill(here)
        copied = moving.copy(here.db, target)
        opened = target.open(read_only=True)
        there = {table: named_alike(rows(opened, table)) for table in copied}
        assert there == {table: named_alike(rows(here.db, table)) for table in copied}
        assert {photo.watcher for photo in PhotoQueries(opened).photos()} == {target.watcher}
        assert copied["photo"] == PHOTOS
        assert copied["history"] > copied["difference"] == 1
        assert len(copied) > 20
        assert numbers(opened) == numbers(here.db)
        highest = here.db.ever_numbered("photo")
        opened.close()
        here.db.close()
        goes_on(Shelf(target), highest)


def goes_on(there: Shelf, highest: int) -> None:
    steps = there.db.ever_numbered("history")
    before = there.photo_queries.counts()[State.QUEUED]
    assert there.add(f"{OTHER_GTIN}__Back.jpg", "new").id == highest + 1
    assert there.photo_queries.counts()[State.QUEUED] == before + 1
    assert there.db.ever_numbered("history") == steps + 1
    Audits(there.db).conclude("main", OTHER_GTIN, there.now, [Difference(Kind.FOREIGN, None, "y", "")])
    assert there.upload().state is State.UPLOADED
    there.db.close()


def test_what_was_being_sent_is_settled_where_it_was_moved_to(tmp_path: Path) -> None:
    here = Shelf(tmp_path / "here.db")
    here.add(FRONT, "A")
    photo = here.claim()
    with new_schema() as target:
        moving.copy(here.db, target)
        there = Shelf(target)
        assert there.queue.doubts.recover(there.now, 0.0) == 1
        assert [found.id for found in there.queue.due("main", State.UNCONFIRMED, there.now, 5)] == [photo.id]
        there.db.close()
    here.db.close()


def test_the_photos_of_two_machines_do_not_fit_into_a_file(tmp_path: Path) -> None:
    with new_schema() as source:
        for store in (source, on_machine("another", source)):
            shelf = Shelf(store)
            shelf.add(FRONT, store.watcher)
            shelf.db.close()
        opened = source.open()
        with pytest.raises(StoreUnavailable, match=r'There are records of another machine \("another"\)'):
            moving.copy(opened, store_at(tmp_path / "there.db"))
        opened.close()
    assert not (tmp_path / "there.db").exists()


@pytest.mark.parametrize("engine", MISSING)
def test_one_that_has_photos_or_had_some_is_left_alone(engine: str, tmp_path: Path) -> None:
    here = Shelf(tmp_path / "here.db")
    with MISSING[engine](tmp_path) as target:
        there = Shelf(target)
        there.add(FRONT, "A")
        there.db.change("DELETE FROM photo")
        there.db.close()
        with pytest.raises(StoreUnavailable, match="There are records in"):
            moving.copy(here.db, target)
        there = Shelf(target)
        assert there.db.ever_numbered("photo") == 1
        there.db.close()
    here.db.close()


@pytest.mark.parametrize("engine", MISSING)
def test_what_fails_leaves_nothing_and_can_be_done_again(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Shelf(tmp_path / "here.db")
    fill(here)
    with MISSING[engine](tmp_path / "there") as target:
        target.open(create=True).close()  # a service had begun there, and found no photo
        with monkeypatch.context() as broken:
            broken.setattr(moving._Sum, "value", property(lambda _: object()))
            with pytest.raises(StoreUnavailable, match="The copy of the table"):
                moving.copy(here.db, target)
        opened = target.open()
        assert rows(opened, "photo") == []
        opened.close()
        assert moving.copy(here.db, target)["photo"] == PHOTOS
    here.db.close()
    assert [found.name for found in (tmp_path / "there").glob("*.moving*")] == []


def test_what_is_written_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody chose photos for retry beside it."""
    here = Shelf(tmp_path / "here.db")
    fill(here)
    beside = store_at(tmp_path / "here.db").open()
    numbered: Callable[[str], int] = here.db.ever_numbered

    def ever_numbered(table: str) -> int:
        beside.change("UPDATE photo SET note = 'retried'")
        return numbered(table)

    monkeypatch.setattr(here.db, "ever_numbered", ever_numbered)
    with pytest.raises(StoreUnavailable, match="written to while they were copied"):
        moving.copy(here.db, store_at(tmp_path / "there.db"))
    assert not (tmp_path / "there.db").exists()
    beside.close()
    here.db.close()


# The command


def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, *arguments: str) -> tuple[int, str]:
    (tmp_path / "config.toml").write_text(
        f"[accounts.main]\nkey_file = 'main.key'\n[[watch]]\npath = '{tmp_path}'\n"
        f"[store]\nurl = '{source}'\nmachine = '{MACHINE}'\n"
    )
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(tmp_path / "config.toml"), "store", *arguments])
    return int(ended.value.code or 0), "".join(capsys.readouterr())


def url_of(store: PostgresStore) -> str:
    ((host, schema),) = store.ask("SELECT current_setting('unix_socket_directories'), current_schema()")
    return f"postgresql://postgres@/postgres?host={host}&options=-csearch_path%3D{schema}"


def test_there_and_back_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    here = Shelf(tmp_path / "here.db")
    fill(here)
    file, back = f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/back.db"
    with new_schema() as server:
        running = here.db.store.lock()
        code, said = command(tmp_path, capsys, file, "move", url_of(server))
        assert code == 1
        assert "already works on" in said
        assert server.is_missing()
        running.release()
        code, said = command(tmp_path, capsys, file, "move", url_of(server))
        assert code == 0
        steps = len(rows(here.db, "history"))
        assert f"{PHOTOS} photos with {steps} steps were copied to {server.name}" in said
        working = server.open(create=True)
        assert command(tmp_path, capsys, url_of(server), "move", back)[0] == 1
        working.close()
        assert command(tmp_path, capsys, url_of(server), "move", back)[0] == 0
        sending = Shelf(server)
        sending.claim()
        sending.db.close()
        code, said = command(tmp_path, capsys, url_of(server), "move", f"sqlite:///{tmp_path}/other.db")
        assert code == 1
        assert "What became of 1 photos" in said
    opened = store_at(tmp_path / "back.db").open()
    assert rows(opened, "photo") == rows(here.db, "photo")
    opened.close()
    here.db.close()


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("", 2, "URL is empty"),
        ("photos.db", 2, "URL must be"),
        ("sqlite:////HOME/here.db", 2, "where the records are already"),
        ("sqlite:////HOME/there.db", 1, "There are no records in|does not exist|no database"),
    ],
)
def test_what_can_not_be(tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, code: int, told: str) -> None:
    home = str(tmp_path).removeprefix("/")
    ended, said = command(tmp_path, capsys, f"sqlite:///{tmp_path}/here.db", "move", url.replace("HOME", home))
    assert ended == code
    assert any(part in said for part in told.split("|")), said
    assert not (tmp_path / "there.db").exists()
