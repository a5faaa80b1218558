"""`audit` against a catalogue that somebody else works in, too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from folder_sync.cli import main
from folder_sync.photo import Format
from folder_sync.service import auditing
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data

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


def test_it_goes_on_where_it_was_broken_off(
    studio: Studio, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg", f"{OTHER}__Front.jpg", f"{THIRD}__Front.jpg")
    asked: list[str] = []
    product = auditing.AccountAudit._product

    def killed_at_the_third(self: auditing.AccountAudit, gtin: Any, *rest: Any, **more: Any) -> bool:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(gtin)
        return product(self, gtin, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(auditing.AccountAudit, "_product", killed_at_the_third)
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
    assert len(studio.sandbox.ledger.calls) - calls == asked


def test_no_more_than_the_share_is_spent(studio: Studio, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(studio, capsys, f"{GTIN}__Front.jpg", f"{OTHER}__Front.jpg")
    studio.configure("requests_per_minute = 300\nrequests_per_day = 10000", audit={"quota_share": 0.0001})
    code, found = run()
    assert (code, found["unasked"]) == (1, 1)
    code, _, err = say(studio, capsys, "audit")
    assert code == 1
    assert "What audits may use of the quota of main is used up, or photos need it." in err
    assert "1 product to ask for; at the audits' share of the quota by " in err


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
