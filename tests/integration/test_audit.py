"""`audit` against a catalogue that somebody else works in, too."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from folder_sync.cli import main
from folder_sync.photo import Format, Gtin14
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.service.audit import account
from folder_sync.service.notify.monitor import Monitor
from folder_sync.store.audit import Audits
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.shelf import Shelf
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data
from tests.support.waiting import wait_for

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(studio: Studio, capsys: pytest.CaptureFixture[str]) -> Run:
    def audit(*options: str) -> tuple[int, dict[str, Any]]:
        code, out, err = say(studio, capsys, "audit", "--json", *options)
        assert out.startswith("{"), err
        return code, json.loads(out)

    return audit


def say(studio: Studio, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(studio.config), *arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def deliver(studio: Studio, capsys: pytest.CaptureFixture[str], *names: str) -> None:
    for name in names:
        studio.export(name)
    code, out, err = say(studio, capsys, "sync")
    assert code == 0, out + err


def kinds(found: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    return [(one["kind"], one["gtin"], one["photo"]) for one in found["differences"]]


def test_what_somebody_did_in_the_catalogue_is_found(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(studio, capsys, f"{GTIN}__Front__primary.jpg", f"{GTIN}__Back.jpg", f"{OTHER}__Front.jpg")
    code, found = run()
    assert (code, found) == (
        0,
        {"products": 2, "checked": 3, "unasked": 0, "differences": [], "mended": 0, "left": 0},
    )

    sandbox = studio.sandbox
    (other,) = sandbox.images(OTHER)
    assert sandbox.catalogue.delete(sandbox.organization_id, OTHER, other.id)
    logo = sandbox.put_image(GTIN, photo_data("logo"), "Logo", is_primary=True)
    calls = len(sandbox.ledger.calls)
    code, found = run()
    assert code == 1
    hero = next(record.id for record in studio.records() if record.is_primary)
    lost = next(record.id for record in studio.records() if record.gtin == OTHER)
    assert kinds(found) == [("other_hero", GTIN, hero), ("foreign", GTIN, None), ("missing", OTHER, lost)]
    assert {one["account"] for one in found["differences"]} == {"main"}
    assert found["differences"][1]["image_id"] == logo.id
    assert (found["products"], found["checked"], found["unasked"], found["left"]) == (2, 3, 0, 3)
    assert [call.method for call in sandbox.ledger.calls[calls:] if call.path.endswith("/images")] == ["GET", "GET"]

    code, found = run("--gtin", OTHER)
    assert kinds(found) == [("missing", OTHER, lost)]
    assert (code, found["products"]) == (1, 1)

    sandbox.catalogue.delete(sandbox.organization_id, GTIN, logo.id)
    code, out, err = say(studio, capsys, "audit")
    assert code == 1
    assert f"{OTHER}  missing: The image of " in out
    assert "2 products asked for, 2 images held against the records: 2 differences." in out
    assert "2 products to ask for" not in err  # it is done at once


def test_bytes_are_compared_where_that_tells_something(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    data = photo_data("a")
    studio.export(f"{GTIN}__Front.jpg", data)
    deliver(studio, capsys)
    sandbox = studio.sandbox
    sandbox.put_image(GTIN, data, "Front again")
    database = Database(studio.database, create=False)
    state = ServiceState(database)
    for same, expected in ((False, ["foreign"]), (True, ["twice"])):
        state.set_serves_unchanged("main", sandbox.url, Format.JPEG, 1.0, same=same)
        assert [one["kind"] for one in run()[1]["differences"]] == expected
    (ours,) = [image for image in sandbox.images(GTIN) if image.title == "Front"]
    ours.path.write_bytes(photo_data("b"))
    assert sorted(one["kind"] for one in run("--gtin", GTIN)[1]["differences"]) == ["other_bytes", "twice"]
    database.close()


def test_what_became_larger_by_its_conversion_is_served_as_it_was_sent(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """No more bytes were read than the file in the folder has: the rest was called other bytes."""
    studio.configure(convert={"max_pixels": 300})
    small = io.BytesIO()
    Image.effect_noise((400, 400), 90).save(small, "JPEG", quality=5)
    studio.export(f"{GTIN}__Front.jpg", small.getvalue())
    deliver(studio, capsys)
    (sent,) = studio.sandbox.images(GTIN)
    assert sent.size > len(small.getvalue())
    studio.sandbox.put_image(GTIN, sent.path.read_bytes(), "Front again")
    assert [one["kind"] for one in run("--gtin", GTIN)[1]["differences"]] == ["twice"]


def test_it_goes_on_where_it_was_broken_off(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg", f"{OTHER}__Front.jpg", f"{THIRD}__Front.jpg")
    asked: list[str] = []
    product = account.AccountAudit._product

    def killed_at_the_third(self: account.AccountAudit, gtin: Any, *rest: Any, **more: Any) -> bool:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(gtin)
        return product(self, gtin, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(account.AccountAudit, "_product", killed_at_the_third)
        code, found = run()
    assert (code, found["products"], found["unasked"]) == (1, 3, 1)
    calls = len(studio.sandbox.ledger.calls)
    code, found = run()
    assert (code, found["products"], found["checked"]) == (0, 1, 1)
    listed = [call.path.split("/")[-2] for call in studio.sandbox.ledger.calls[calls:] if call.path.endswith("/images")]
    assert len(listed) == 1
    assert listed[0] not in asked


@pytest.mark.parametrize(("status", "asked"), [(500, 3), (401, 1), (429, 1)])
def test_what_can_not_be_asked_is_counted(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str], status: int, asked: int
) -> None:
    deliver(studio, capsys, *(f"{gtin}__Front.jpg" for gtin in (GTIN, OTHER, THIRD, "04006381333931")))
    calls = len(studio.sandbox.ledger.calls)
    studio.sandbox.faults.add("status", route="list", status=status, count=4)
    code, found = run()
    assert (code, found["products"], found["unasked"], found["differences"]) == (1, 4, 4, [])
    listed = [call for call in studio.sandbox.ledger.calls[calls:] if call.path.endswith("/images")]
    assert len(listed) == asked


def test_no_more_than_the_share_is_spent(studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg", f"{OTHER}__Front.jpg")
    studio.configure("requests_per_minute = 300\nrequests_per_day = 10000", audit={"quota_share": 0.0002})
    calls = len(studio.sandbox.ledger.calls)
    code, found = run()
    assert (code, found["unasked"]) == (1, 2)
    assert len(studio.sandbox.ledger.calls) == calls + 1, "one in a thousand seconds: whose key it is"
    code, _, err = say(studio, capsys, "audit")
    assert code == 1
    assert "What audits may use of the quota of main is used up, or photos need it." in err
    assert len(studio.sandbox.ledger.calls) == calls + 1
    assert "2 products to ask for; at the audits' share of the quota, until " in err


@pytest.mark.parametrize("uploaded", ["keep", "move"])
def test_what_is_gone_is_sent_again_and_the_hero_set_anew(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str], uploaded: str
) -> None:
    studio.configure(after={"uploaded": uploaded, "superseded": "delete"})
    deliver(studio, capsys, f"{GTIN}__Front__primary.jpg", f"{GTIN}__Back.jpg", f"{OTHER}__Front.jpg")
    sandbox = studio.sandbox
    (gone,) = sandbox.images(OTHER)
    sandbox.catalogue.delete(sandbox.organization_id, OTHER, gone.id)
    logo = sandbox.put_image(GTIN, photo_data("logo"), "Logo", is_primary=True)
    (hero,) = [image for image in sandbox.images(GTIN) if image.title == "Front"]
    files = sorted(path.relative_to(studio.folder) for path in studio.folder.rglob("*.jpg"))

    code, found = run("--mend")
    assert (code, found["mended"], found["left"]) == (1, 2, 1)
    assert [one["kind"] for one in found["differences"]] == ["foreign"]
    assert {image.id for image in sandbox.images(GTIN)} >= {logo.id, hero.id}, "the command itself sends nothing"
    deliver(studio, capsys)
    assert [image.title for image in sandbox.images(OTHER)] == ["Front"]
    images = {image.title: image for image in sandbox.images(GTIN)}
    assert images.keys() == {"Front", "Back", "Logo"}
    assert images["Front"].is_primary
    assert images["Front"].id != hero.id
    assert images["Logo"].id == logo.id, "a foreign image is left alone"
    assert sorted(path.relative_to(studio.folder) for path in studio.folder.rglob("*.jpg")) == files

    code, found = run("--mend")
    assert (code, found["mended"], [one["kind"] for one in found["differences"]]) == (1, 0, ["foreign"])
    sandbox.catalogue.delete(sandbox.organization_id, GTIN, logo.id)
    assert run()[0] == 0


def test_what_is_gone_is_looked_for_first(studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    data = photo_data("a")
    studio.export(f"{GTIN}__Front.jpg", data)
    deliver(studio, capsys)
    sandbox = studio.sandbox
    (image,) = sandbox.images(GTIN)
    sandbox.catalogue.delete(sandbox.organization_id, GTIN, image.id)
    assert run("--mend")[1]["mended"] == 1
    again = sandbox.put_image(GTIN, data, "Front")  # somebody has put it back meanwhile
    deliver(studio, capsys)
    assert [image.id for image in sandbox.images(GTIN)] == [again.id]
    assert run()[0] == 0


def test_a_second_image_and_one_that_should_be_gone_are_deleted(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    data = photo_data("a")
    studio.export(f"{GTIN}__Front.jpg", data)
    studio.export(f"{OTHER}__Front.jpg")
    deliver(studio, capsys)
    studio.export(f"{OTHER}__Front.jpg", photo_data("anew"))
    deliver(studio, capsys)
    sandbox = studio.sandbox
    assert len(sandbox.images(OTHER)) == 2
    second = sandbox.put_image(GTIN, data, "Front again")
    studio.configure(after={"superseded": "delete"})
    code, found = run("--mend")
    assert (code, found["mended"], found["left"]) == (1, 2, 0)
    deliver(studio, capsys)
    assert second.id not in {image.id for image in sandbox.images(GTIN)}
    assert len(sandbox.images(GTIN)) == len(sandbox.images(OTHER)) == 1
    assert run()[0] == 0


def test_what_has_no_file_any_more_is_left(studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg")
    sandbox = studio.sandbox
    (image,) = sandbox.images(GTIN)
    sandbox.catalogue.delete(sandbox.organization_id, GTIN, image.id)
    (studio.folder / f"{GTIN}__Front.jpg").unlink()
    code, found = run("--mend")
    assert (code, found["mended"], kinds(found)) == (1, 0, [("missing", GTIN, 1)])


def test_the_service_does_it_by_itself_and_says_so(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg", f"{OTHER}__Front.jpg")
    sandbox = studio.sandbox
    (gone,) = sandbox.images(GTIN)
    sandbox.catalogue.delete(sandbox.organization_id, GTIN, gone.id)
    studio.configure(audit={"every_days": 1e-6, "quota_share": 1.0})
    database = Database(studio.database, create=False)
    audits = Audits(database)
    with running_service(studio):
        wait_for(lambda: audits.found() == {("main", "missing"): 1}, "it is found")
        wait_for(lambda: "main" in audits.finished(), "the audit is through")
        _, out, _ = say(studio, capsys, "status", "--json")
        assert json.loads(out)["audit"]["differences"] == 1
        assert json.loads(out)["audit"]["through_at"] is not None
        _, out, _ = say(studio, capsys, "status")
        assert "The catalogue differs from the records in 1 place: folder-sync audit says where." in out
        first = audits.finished()["main"]
        sandbox.put_image(GTIN, photo_data("x"))
        wait_for(lambda: audits.found().get(("main", "foreign")) == 1, "the next one finds more")
        wait_for(lambda: audits.finished()["main"] > first, "it is through, too")
        # Somebody mends it from beside the service, which hears of that.
        say(studio, capsys, "audit", "--mend", "--gtin", GTIN)
        wait_for(lambda: audits.found().get(("main", "missing")) == 0, "it is fixed")
        wait_for(lambda: "Front" in {image.title for image in sandbox.images(GTIN)}, "it is sent again")
    database.close()


def test_an_account_that_can_not_be_asked_is_asked_ever_less_often(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg")
    studio.configure(audit={"every_days": 1e-6, "quota_share": 1.0})
    sandbox = studio.sandbox
    sandbox.faults.add("status", route="list", status=500, count=1000)
    calls = len(sandbox.ledger.calls)

    def lists() -> list[float]:
        return [call.at for call in sandbox.ledger.calls[calls:] if call.path.endswith("/images")]

    with running_service(studio):
        wait_for(lambda: len(lists()) >= 4, "it is tried again")
    gaps = [later - earlier for earlier, later in itertools.pairwise(lists())]
    for number, gap in enumerate(gaps[:3]):
        assert gap >= 1e-6 * 86_400 * 2**number


def test_a_difference_is_told_of_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "x.db")
    audits = Audits(shelf.db)
    monitor = Monitor(
        ServiceState(shelf.db), PhotoQueries(shelf.db), QuotaBook(shelf.db), audits=audits, is_short={}, places=[]
    )
    assert monitor.look(1.0).troubles == []
    found = [Difference(Kind.FOREIGN, None, f"image-{number}", "") for number in range(2)]
    audits.conclude("main", Gtin14(GTIN), 1.0, found[:1])
    (trouble,) = monitor.look(2.0).troubles
    assert "in 1 place: `folder-sync audit` says where" in trouble.text
    audits.conclude("main", Gtin14(GTIN), 3.0, found)
    assert [one.subject for one in monitor.look(4.0).troubles] == ["catalogue:main"], "the same trouble as before"
    audits.conclude("main", Gtin14(GTIN), 5.0, [])
    assert monitor.look(6.0).troubles == []
    shelf.db.close()


def test_with_the_key_of_another_organization_nothing_is_missing(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg")
    studio.sandbox.change_organization()
    code, found = run("--mend")
    assert (code, found["unasked"], found["differences"], found["mended"]) == (1, 1, [], 0)
    _, _, err = say(studio, capsys, "audit")
    assert 'The records of the account "main" belong to organization ' in err
