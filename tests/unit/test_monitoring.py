"""``monitoring/``: the alerts and the dashboard, as far as that can be told without Prometheus."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MONITORING: Final = ROOT / "monitoring"
RULES: Final = (MONITORING / "folder-sync.rules.yml").read_text("utf-8")
RULE_TESTS: Final = (MONITORING / "folder-sync.rules.test.yml").read_text("utf-8")
DASHBOARD: Final = (MONITORING / "folder-sync.dashboard.json").read_text("utf-8")
ALERTS: Final = RULES.split("- alert: ")[1:]
METRIC: Final = re.compile(r"\bfolder_sync_\w+")


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD)["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("alert", ALERTS, ids=[alert.split()[0] for alert in ALERTS])
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_where_help_stands(alert: str) -> None:
    name = alert.split(maxsplit=1)[0]
    assert re.fullmatch(r"FolderSync[A-Z]\w+", name)
    assert re.search(r"^ +severity: (critical|warning|info)$", alert, re.MULTILINE)
    for annotation in ("summary", "description"):
        assert re.search(rf'^ +{annotation}: .*\."?$', alert, re.MULTILINE)
    where = re.search(r"^ +runbook_url: (docs/\w+\.md)#(\S+)$", alert, re.MULTILINE)
    assert where
    assert where[2] in anchors(ROOT / where[1])


@pytest.mark.parametrize("case", ["fires", "is silent"])
def test_every_alert_is_tried_where_it_has_to_fire_and_where_it_has_to_be_silent(case: str) -> None:
    tried = set(re.findall(rf'name: "(\w+) {case}: ', RULE_TESTS))
    assert tried == {alert.split()[0] for alert in ALERTS}


def test_the_dashboard_is_what_its_script_writes() -> None:
    written = subprocess.run([sys.executable, MONITORING / "dashboard.py"], capture_output=True, check=True).stdout
    assert written == (MONITORING / "folder-sync.dashboard.json").read_bytes()


@pytest.mark.parametrize("panel", panels(), ids=[panel["title"] for panel in panels()])
def test_a_panel_says_what_it_shows_and_of_which_machine(panel: dict[str, Any]) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "$datasource"
    for target in panel["targets"]:
        assert target["legendFormat"]
        chosen = re.findall(r'folder_sync_\w+\{job=~"\$job", instance=~"\$instance"', target["expr"])
        assert len(chosen) == len(METRIC.findall(target["expr"])), "a machine that was not chosen is shown"
        for counter in re.findall(r"(\w+\()?folder_sync_\w+_total\{[^}]*\}(\[\$__rate_interval\])?", target["expr"]):
            assert counter[0] in ("rate(", "increase("), "what only grows says nothing"
            assert counter[1]


def test_the_dashboard_can_be_imported_anywhere() -> None:
    dashboard = json.loads(DASHBOARD)
    assert "id" not in dashboard
    assert dashboard["editable"] is False
    assert [variable["name"] for variable in dashboard["templating"]["list"]] == ["datasource", "job", "instance"]
    taken = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(taken)) == len(taken)
    assert all(x + wide <= 24 for x, _, wide, _ in taken)
