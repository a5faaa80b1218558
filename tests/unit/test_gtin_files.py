"""Files of GTINs, as people and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from folder_sync.cli import gtin_files

A, B = "04006381333931", "00012345678905"


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}\n",
        f"\n  {A} \r\n\r\n{B}",
        "\ufeff4006381333931\n12345678905\n",  # a spreadsheet takes zeros off
        f"gtin\n{A}\n{B}\n",
        f"name,GTIN,price\nFront,{A},1\nBack,{B},2\n",
        f"Name;GTIN\nFront;{A}\nBack;{B}\n",
        f"sku\tgtin\n1\t{A}\n2\t{B}\n",
        f'name,gtin\n"Front, large","{A}"\nBack,"=""{B}"""\n',
        f"Front,{A}\nBack,{B}\n",
    ],
)
def test_what_is_understood(tmp_path: Path, text: str) -> None:
    file = tmp_path / "gtins.csv"
    file.write_text(text, encoding="utf-8", newline="")
    assert gtin_files.read(str(file), "--gtins") == [A, B]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{A}\n4006381333932\n", 'line 2: "04006381333932" is not a GTIN: its last digit would have to be 1'),
        ("", "holds no GTIN"),
        ("gtin\n", "holds no GTIN"),
        ("gtin,name\n,Front\n", 'line 2: "" is not a GTIN'),
        ("name,gtin\nFront\n", 'line 2: "" is not a GTIN'),
        ("a\nb\nc\nd\ne\n", "And 2 more."),
        ("0000000000000", "all zeros"),
    ],
)
def test_what_is_not(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "gtins.txt"
    file.write_text(text)
    with pytest.raises(click.BadParameter) as refused:
        gtin_files.read(str(file), "--gtins")
    assert said in refused.value.message


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="Is a directory"):
        gtin_files.read(str(tmp_path), "--gtins")
