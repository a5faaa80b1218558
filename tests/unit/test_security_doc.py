"""Every promise of docs/security.md names the tests that hold it, and those exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEST = re.compile(r"`(tests/[\w/.]+)::(\w+)`")
ROWS = [
    line
    for line in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("| threat |", "|---"))
]


@cache
def found_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_there_are_promises() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_promise_has_its_tests(row: str) -> None:
    threat, promise, proof = (cell.strip() for cell in row.strip("|").split("|"))
    assert threat
    assert promise
    named = TEST.findall(proof)
    assert named
    assert TEST.sub("", proof).strip() == ""
    assert [f"{file}::{test}" for file, test in named if test not in found_in(file)] == []
