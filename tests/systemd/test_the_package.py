"""The life of the Debian package: in order, each test goes on where the one before it left off."""

from __future__ import annotations

import subprocess

from tests.systemd.conftest import Materials
from tests.systemd.machine import AS_SERVICE, Machine
from tests.systemd.packages import LATER_VERSION

_IS_MIGRATED = b"""
import sqlite3
database = sqlite3.connect("/var/lib/folder-sync/folder-sync.db")
print(*database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").fetchone())
"""
_UPGRADE = "apt-get install --yes /exchange/later/folder-sync_*.deb"


def test_lintian_finds_no_error(materials: Materials) -> None:
    command = ["lintian", "--allow-root", "--fail-on", "error", str(materials.package)]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_systemd_finds_nothing_to_say_about_the_units(machine: Machine) -> None:
    machine.guest.run("apt-get install --yes /exchange/folder-sync_*.deb")
    assert machine.guest.run("systemd-analyze verify folder-sync.service") == ""
    loginctl = machine.guest.run("loginctl enable-linger photographer; systemctl start user@$(id -u photographer)")
    assert loginctl == ""
    assert machine.guest.run("systemd-analyze verify --user folder-sync.service", user="photographer") == ""
    security = machine.guest.run("systemd-analyze security --no-pager --threshold=13 folder-sync.service")
    assert "Overall exposure level for folder-sync.service: 1." in security


def test_installing_enables_and_starts_nothing(machine: Machine) -> None:
    assert machine.guest.run("systemctl is-enabled folder-sync", fails=True) == "disabled"
    assert machine.guest.run("systemctl is-active folder-sync", fails=True) == "inactive"
    modes = machine.guest.run("stat --format '%a %U %G' /etc/folder-sync /var/lib/folder-sync")
    assert modes == "750 root folder-sync\n750 folder-sync folder-sync"


def test_an_upgrade_restarts_what_ran_and_brings_the_database_up_to_date(machine: Machine) -> None:
    machine.install_as_documented()
    name = machine.drop("before")
    machine.wait_for_state(name, "uploaded")
    first = machine.guest.property("InvocationID")
    machine.guest.run(_UPGRADE)
    assert machine.guest.property("ActiveState") == "active"
    assert machine.guest.property("InvocationID") != first
    assert LATER_VERSION in machine.guest.run("folder-sync --version")
    assert machine.guest.run("runuser -u folder-sync -- python3 -", stdin=_IS_MIGRATED) == "1"
    assert machine.photo(name)["state"] == "uploaded"
    machine.wait_for_state(machine.drop("after"), "uploaded")
    assert machine.stored("before") == 1


def test_it_brings_what_records_in_postgresql_need(machine: Machine) -> None:
    elsewhere = f"FOLDER_SYNC_STORE__URL='postgresql:///photos?host=/nowhere' {AS_SERVICE} status"
    said = machine.guest.run(f"{elsewhere} 2>&1", fails=True)
    assert "can't be reached" in said
    assert "/nowhere" in said


def test_an_upgrade_leaves_stopped_what_was_stopped(machine: Machine) -> None:
    machine.guest.run("systemctl stop folder-sync")
    machine.guest.run(f"{_UPGRADE} --reinstall")
    assert machine.guest.run("systemctl is-active folder-sync", fails=True) == "inactive"


def test_removal_stops_it_and_keeps_what_it_knows(machine: Machine) -> None:
    machine.guest.run("systemctl start folder-sync")
    process = machine.guest.property("MainPID")
    machine.guest.run("apt-get remove --yes folder-sync")
    for path in (f"/proc/{process}", "/opt/folder-sync", "/usr/bin/folder-sync"):
        machine.guest.run(f"test -e {path} -o -L {path}", fails=True)
    kept = machine.guest.run("ls /etc/folder-sync /var/lib/folder-sync")
    for name in ("config.toml", "main.key", "folder-sync.db"):
        assert name in kept


def test_installed_again_it_goes_on(machine: Machine) -> None:
    machine.guest.run(_UPGRADE)
    machine.guest.run("systemctl start folder-sync")
    machine.wait_for_state(machine.drop("again"), "uploaded")
    assert machine.stored("before") == 1
    assert "before" in machine.guest.run(f"{AS_SERVICE} list --state uploaded")


def test_purging_drops_everything_but_the_user(machine: Machine) -> None:
    machine.guest.run("apt-get purge --yes folder-sync")
    enabled = "/etc/systemd/system/multi-user.target.wants/folder-sync.service"
    for path in ("/etc/folder-sync", "/var/lib/folder-sync", "/opt/folder-sync", enabled):
        machine.guest.run(f"test -e {path} -o -L {path}", fails=True)
    machine.guest.run("id folder-sync")
