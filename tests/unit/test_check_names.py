"""What `check` says of names."""

from __future__ import annotations

from pathlib import Path

from folder_sync.report.checks import names as check_names
from folder_sync.report.checks.finding import Finding
from tests.support.configured import loaded


def found(home: Path, toml: str) -> list[Finding]:
    return list(check_names.check(loaded(home, f"[accounts.main]\n{toml}\n[[watch]]\npath = '{home}/export'\n")))


def test_nothing_is_said_where_nothing_is_configured(tmp_path: Path) -> None:
    assert found(tmp_path, "") == []


def test_how_many_files_each_pattern_leaves_out(tmp_path: Path) -> None:
    for name in ("drafts/a.jpg", "drafts/b.jpg", "x_proof.jpg"):
        (tmp_path / "export" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "export" / name).touch()
    (finding,) = found(tmp_path, "[intake]\nignore = ['Drafts/', '*_proof.*', 'drafs/']")
    assert finding.ok
    assert finding.detail == '"Drafts/" matches 2 files, "*_proof.*" matches 1 file, "drafs/" matches no file'


def test_a_folder_that_is_not_there_is_counted_nowhere(tmp_path: Path) -> None:
    assert found(tmp_path, "[intake]\nignore = ['x']") == []


def test_what_the_products_file_lists_and_which_lines_can_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("gtin,sku\n96385074,A\n12345678905,\n" + "1,B\n" * 12)
    first, *lines, more = found(tmp_path, "[catalogue]\nproducts_file = 'products.csv'")
    assert first.ok
    assert first.detail.endswith("lists 2 products, 1 of them by SKU")
    assert [line.check for line in lines] == [f"products, line {number}" for number in range(4, 14)]
    assert not any(line.ok for line in [*lines, more])
    assert "has 1" in lines[0].detail
    assert more.detail == "2 more lines can't be used"


def test_a_products_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "[catalogue]\nproducts_file = 'products.csv'")
    assert not finding.ok
    assert finding.detail.endswith("is not there")
