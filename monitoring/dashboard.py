"""Writes the Grafana dashboard from the list of panels below:

python monitoring/dashboard.py > monitoring/folder-sync.dashboard.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

_OF: Final = 'job=~"$job", instance=~"$instance"'
_SOURCE: Final = {"type": "prometheus", "uid": "$datasource"}
_WIDTH: Final = 24
_HEIGHT: Final = 7


class Panel(NamedTuple):
    """``targets``: (expression, legend). In expressions ``%`` stands for what chooses job and instance."""

    title: str
    description: str
    unit: str
    targets: Sequence[tuple[str, str]]
    kind: str = "timeseries"


ROWS: Final[Sequence[tuple[str, Sequence[Panel]]]] = (
    (
        "Now",
        (
            Panel("Running", "1 while a service works on the records.", "bool",
                  [("folder_sync_service_running{%}", "{{instance}}")], "stat"),
            Panel("Photos now", "How many photos are in each state.", "short",
                  [("sum by (state) (folder_sync_photos{%})", "{{state}}")], "stat"),
            Panel("Paused", "What stands still just now; see `folder-sync status`.", "bool",
                  [("max by (scope, name) (folder_sync_paused{%} == 1)", "{{scope}} {{name}}")], "stat"),
            Panel("Silent machines", "Of which machines nothing is heard, although their services did not end.", "bool",
                  [("max by (machine) (folder_sync_machine_silent{%} == 1)", "{{machine}}")], "stat"),
            Panel("First in line since", "How long the first queued photo has been on its way.", "s",
                  [("time() - folder_sync_oldest_queued_timestamp_seconds{%}", "{{account}}")], "stat"),
            Panel("Last upload", "How long ago the last photo was uploaded.", "s",
                  [("time() - folder_sync_last_upload_timestamp_seconds{%}", "{{account}}")], "stat"),
        ),
    ),
    (
        "Delivery",
        (
            Panel("Steps", "Photos that came into each state, a second.", "cps",
                  [("sum by (to) (rate(folder_sync_photo_steps_total{%}[$__rate_interval]))", "{{to}}")]),
            Panel("Rejected", "Photos that were rejected, by reason.", "short",
                  [("sum by (reason) (increase(folder_sync_rejections_total{%}[$__rate_interval]))", "{{reason}}")]),
            Panel("Uploaded", "Bytes of photos that were uploaded, a second.", "Bps",
                  [("sum by (account) (rate(folder_sync_uploaded_bytes_total{%}[$__rate_interval]))", "{{account}}")]),
            Panel("Time to the catalogue", "In what time 95 of 100 photos went from first seen to uploaded.", "s",
                  [("histogram_quantile(0.95, sum by (account, le) (rate("
                    "folder_sync_delivery_duration_seconds_bucket{%}[$__rate_interval])))", "{{account}}")]),
            Panel("Requests", "Requests to Closient by how they ended, a second.", "reqps",
                  [("sum by (outcome) (rate(folder_sync_requests_total{%}[$__rate_interval]))", "{{outcome}}")]),
            Panel("How long requests take", "In what time 95 of 100 requests were through, by kind.", "s",
                  [("histogram_quantile(0.95, sum by (call, le) (rate("
                    "folder_sync_request_duration_seconds_bucket{%}[$__rate_interval])))", "{{call}}")]),
            Panel("On their way", "Photos that are queued, being uploaded or in doubt.", "short",
                  [('sum by (state) (folder_sync_photos{%, state=~"queued|uploading|unconfirmed"})', "{{state}}")]),
        ),
    ),
    (
        "Quota",
        (
            Panel("Left", "The part of each window's requests that is left.", "percentunit",
                  [("folder_sync_quota_remaining{%} / folder_sync_quota_limit{%}", "{{account}} {{window}}")]),
            Panel("Through in", "How long until all that is queued will be uploaded.", "s",
                  [("folder_sync_backlog_clears_timestamp_seconds{%} - time()", "{{account}}")]),
        ),
    ),
    (
        "Folders",
        (
            Panel("Watched", "1 while a folder is watched, 0 while it is paused.", "bool",
                  [("folder_sync_folder_watched{%}", "{{folder}} ({{backend}})")]),
            Panel("A pass takes", "How long a pass through a folder takes.", "s",
                  [("folder_sync_folder_scan_duration_seconds{%}", "{{folder}}")]),
            Panel("Last heard", "How long ago watching was last proven.", "s",
                  [("time() - folder_sync_folder_heard_timestamp_seconds{%}", "{{folder}}")]),
        ),
    ),
    (
        "Catalogue",
        (
            Panel("Products", "How many have all that they should, something, or no image.", "short",
                  [("sum by (completeness) (folder_sync_products{%})", "{{completeness}}")]),
            Panel("Differences", "What differed when products were last held against the catalogue.", "short",
                  [("sum by (kind) (folder_sync_audit_differences{%})", "{{kind}}")]),
        ),
    ),
    (
        "Machine and records",
        (
            Panel("Room on the disk", "Free on the disk of the database.", "bytes",
                  [("folder_sync_disk_free_bytes{%}", "{{instance}}")]),
            Panel("Records", "Size of the database.", "bytes",
                  [("folder_sync_store_size_bytes{%}", "{{instance}}")]),
            Panel("Backup", "Age of the last backup.", "s",
                  [("time() - folder_sync_store_backup_timestamp_seconds{%}", "{{instance}}")]),
            Panel("Up for", "How long the service has been running.", "s",
                  [("time() - folder_sync_service_start_timestamp_seconds{%}", "{{instance}}")]),
            Panel("Browsers", "How many follow the page just now.", "short",
                  [("folder_sync_web_listeners{%}", "{{instance}}")]),
            Panel("Version", "What is installed.", "string",
                  [("folder_sync_build_info{%}", "{{version}}, Python {{python}}")], "stat"),
        ),
    ),
)  # fmt: skip


def dashboard() -> dict[str, Any]:
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        panels.append(
            {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _place(0, y, _WIDTH, 1)}
        )
        y += 1
        for start in range(0, len(row), 3):
            line = row[start : start + 3]
            wide = _WIDTH // len(line)
            panels += [_panel(panel, _place(at * wide, y, wide, _HEIGHT)) for at, panel in enumerate(line)]
            y += _HEIGHT
    return {
        "uid": "folder-sync",
        "title": "folder-sync",
        "description": "Product photos on their way into the Closient catalogue.",
        "tags": ["folder-sync"],
        "schemaVersion": 38,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source(), _variable("job", ""), _variable("instance", 'job=~"$job"')]},
        "panels": panels,
    }


def _place(x: int, y: int, wide: int, high: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": wide, "h": high}


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "options": {"textMode": "value_and_name"} if panel.kind == "stat" else {"tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": _SOURCE, "expr": expr.replace("%", _OF), "legendFormat": legend}
            for at, (expr, legend) in enumerate(panel.targets)
        ],
    }


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _variable(name: str, chosen_by: str) -> dict[str, Any]:
    query = f"label_values(folder_sync_build_info{{{chosen_by}}}, {name})"
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "sort": 1,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=2) + "\n")
