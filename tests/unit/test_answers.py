"""Answers of the documented shape, and of any other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.closient import answers
from folder_sync.closient.answers import ImagePage, Organization, WhoAmI
from folder_sync.errors import Intermediary, OutcomeUnknown, UnknownProduct
from folder_sync.photo import Image
from tests.unit.api_bodies import GTIN, ID, IMAGE, ORGANIZATION, PAGINATION, envelope, sent


def test_an_image() -> None:
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()

    assert answers.read_image(201, {}, sent(IMAGE)) == Image(
        id=ID,
        title="Front of package",
        is_primary=True,
        created=created,
        image_url="https://www.closient.com/media/x.jpg",
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.250000Z", datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)),
        ("2026-01-02T03:04:05+00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:30", datetime(2026, 1, 2, 0, 34, 5, tzinfo=UTC)),
        ("2026-01-01T22:04:05-0500", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_when_an_image_was_made(text: str, moment: datetime) -> None:
    assert answers.read_image(201, {}, sent(IMAGE | {"created": text})).created == moment.timestamp()


@given(seconds=st.integers(-62135596800, 253402300799), microseconds=st.integers(0, 999999))
def test_every_time_that_python_writes_is_read(seconds: int, microseconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    created = answers.read_image(201, {}, sent(IMAGE | {"created": moment.isoformat()})).created

    assert created == pytest.approx(moment.timestamp(), abs=1e-4)


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("image_url", None, None),
        ("image_url", "javascript:alert(1)", None),
        ("image_url", "https://x/?key=csb_Zq3x7x7x7x7x7x7x7x7x7x7x7x7x7x79_01234567", None),  # sent back to us
        ("image_url", "https://x/a b", None),
        ("image_url", "https://x/\n", None),
        ("image_url", 7, None),
        ("image_url", "http://127.0.0.1:8000/x.jpg", "http://127.0.0.1:8000/x.jpg"),
        ("title", "", ""),
        ("title", "half \ud83d a pair", "half ? a pair"),
        ("title", " kept  as\tit is ", " kept  as\tit is "),
    ],
)
def test_what_else_an_image_may_say(field: str, value: object, read: object) -> None:
    assert getattr(answers.read_image(201, {}, sent(IMAGE | {field: value})), field) == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>It worked!</html>",
        sent(IMAGE)[:-1],
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 10_000,
        *(sent({name: value for name, value in IMAGE.items() if name != gone}) for gone in list(IMAGE)[:3]),
        sent(IMAGE | {"id": ID[:-1]}),
        sent(IMAGE | {"id": ID[:-1] + "0"}),  # no letter of the alphabet of shortuuid
        sent(IMAGE | {"id": "../../../whoami?x=12345"}),
        sent(IMAGE | {"id": 7}),
        sent(IMAGE)[:-1] + b', "id": "' + ID[::-1].encode() + b'"}',
        sent(IMAGE | {"is_primary": "true"}),
        *(
            sent(IMAGE | {"created": created})
            for created in (
                None,
                "yesterday",
                "2026-01-02",
                "2026-01-02T03",
                "2026-W01-1",
                "2026-13-01T00:00:00Z",
                "2025-02-29T00:00:00Z",
                "2026-01-00T00:00:00Z",
                "0000-01-01T00:00:00Z",
                "2026-01-01T00:00:61Z",
            )
        ),
    ],
)
def test_an_upload_whose_answer_makes_no_sense_may_have_landed(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="can't be understood") as caught:
        answers.read_image(201, {}, body)

    assert caught.value.status == 201


def test_a_page_of_images() -> None:
    body = sent({"data": [IMAGE, IMAGE | {"image_url": None}], "pagination": PAGINATION})
    page = answers.read_images(200, {}, body)

    assert page == ImagePage(page.images, has_next=True, total=3)
    assert [image.image_url for image in page.images] == ["https://www.closient.com/media/x.jpg", None]


def test_a_title_of_somebody_elses_can_be_kept_by_every_database() -> None:
    """PostgreSQL takes no NUL: each look at the product ended in an error of the program."""
    body = sent({"data": [IMAGE | {"title": "a\0b\ud800"}], "pagination": PAGINATION | {"total_count": "3"}})
    (image,) = answers.read_images(200, {}, body).images
    assert image.title == "a\ufffdb?"


@pytest.mark.parametrize(
    "body",
    [
        {"data": [IMAGE]},
        {"pagination": PAGINATION},
        {"data": {}, "pagination": PAGINATION},
        {"data": [None], "pagination": PAGINATION},
        {"data": [], "pagination": PAGINATION | {"has_next": None}},
    ],
)
def test_a_page_that_makes_no_sense(body: object) -> None:
    with pytest.raises(OutcomeUnknown, match="can't be understood"):
        answers.read_images(200, {}, sent(body))


def test_who_the_key_is() -> None:
    body = {
        "user_id": 1,
        "email": "studio@example.com",
        "organizations": [{"id": ORGANIZATION, "name": "Acme\x1b[31m GmbH"}],
        "metadata": {},
        "api_key": {"id": ID, "description": "Studio", "created": None, "role": "Editor", "metadata": {}},
    }

    assert answers.read_whoami(200, {}, sent(body)) == WhoAmI((Organization(ORGANIZATION, "Acme [31m GmbH"),), "Editor")


def test_a_user_without_key_and_organization() -> None:
    body: dict[str, object] = {"email": None, "organizations": [], "api_key": None}

    assert answers.read_whoami(200, {}, sent(body)) == WhoAmI((), None)


@pytest.mark.parametrize("organizations", [None, [None], [{"id": "x", "name": "Acme"}]])
def test_a_whoami_that_makes_no_sense(organizations: object) -> None:
    with pytest.raises(OutcomeUnknown):
        answers.read_whoami(200, {}, sent({"organizations": organizations}))


def test_a_whoami_that_is_not_there_is_another_address_and_no_product() -> None:
    with pytest.raises(OutcomeUnknown, match=r"not the Closient API.*base_url"):
        answers.read_whoami(404, {}, b"")


def test_a_trade_item() -> None:
    answers.read_trade_item(200, {}, sent({"id": ID, "gtin": GTIN, "product_name": "Muesli"}))
    for body in (b"<html>Welcome to the hotel's network</html>", sent({"id": ID}), sent([])):
        with pytest.raises(OutcomeUnknown, match="can't be understood"):
            answers.read_trade_item(200, {}, body)


def test_a_deletion() -> None:
    answers.read_deleted(204, {}, b"")
    with pytest.raises(UnknownProduct):
        answers.read_deleted(404, {}, envelope(404, "NOT_FOUND", "No such image."))
    with pytest.raises(Intermediary):  # the image may well be there still
        answers.read_deleted(404, {}, b"<html>")
    with pytest.raises(OutcomeUnknown):
        answers.read_deleted(200, {}, b"")
