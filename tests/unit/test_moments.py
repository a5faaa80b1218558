"""Times as people write them."""

from __future__ import annotations

import click
import pytest

from folder_sync.cli.moments import Moment
from folder_sync.report.moments import local, parse
from folder_sync.web.moments import moment as on_the_page

NOW = 1_795_449_600.0  # 2026-11-23 17:00 in Berlin
MIDNIGHT = 1_795_388_400.0


pytestmark = pytest.mark.usefixtures("in_berlin")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", MIDNIGHT),
        ("2026-11-23 00:30", MIDNIGHT + 1_800),
        ("2026-11-23T00:30:15", MIDNIGHT + 1_815),
        ("2026-11-23T00:30Z", MIDNIGHT + 3_600 + 1_800),
        ("2026-11-23T00:30:00.500+02:00", MIDNIGHT - 3_600 + 1_800.5),
        ("00:30", MIDNIGHT + 1_800),
        ("9:05", MIDNIGHT + 9 * 3_600 + 300),
        ("9:05:07", MIDNIGHT + 9 * 3_600 + 307),
        ("3d", NOW - 3 * 86_400),
        ("12h", NOW - 12 * 3_600),
        ("90 m", NOW - 90 * 60),
        ("2026-07-01", 1_782_856_800.0),  # in summer time
    ],
)
def test_what_is_understood(text: str, moment: float) -> None:
    assert parse(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "soon", "3", "d", "23.11.2026", "2026-13-01", "25:00", "-3d", "99999999d"])
def test_what_is_not(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a time"):
        Moment().convert(text, None, None)


def test_as_people_read_it() -> None:
    assert local(MIDNIGHT) == "2026-11-23 00:00:00 CET"
    assert local(1_782_856_800.0) == "2026-07-01 00:00:00 CEST"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("23.11.2026", MIDNIGHT),
        (" 23.11.2026 00:30 ", MIDNIGHT + 1_800),
        ("23.11.2026, 00:30:15", MIDNIGHT + 1_815),
        ("2026-11-23", MIDNIGHT),
        ("", None),
    ],
)
def test_the_page_reads_times_as_it_writes_them_in_german_too(text: str, moment: float | None) -> None:
    assert on_the_page(text) == moment
